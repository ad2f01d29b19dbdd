/** The body of the sink: opens destinations, and signs in and out. */

import type { Sink, SinkBody, SinkContext, Store } from '../../src/plugin.js';
import { Account } from './account.js';
import type { DriveConnection } from './connection.js';
import { type Destination, OWN_FOLDER, readDestination } from './destination.js';
import { DriveApi, type Signal } from './drive-api.js';
import { openFolder, openReadable, openRoot } from './folder.js';
import { FolderMemories } from './folder-memory.js';
import { checkFolderName } from './folder-name.js';
import { type Granting, NO_GRANTING, NO_PICKER, PickerGranting } from './granting.js';
import { openOwnFolder, openOwnReadable } from './new-folder.js';
import { readOptions } from './options.js';
import { DriveStore } from './store.js';
import { Uploads } from './upload.js';

/** What all destinations of one sign-in have in common. */
interface Drive {
  readonly connection: DriveConnection;
  readonly api: DriveApi;
  readonly uploads: Uploads;
  readonly memories: FolderMemories;
}

class GoogleDriveSink implements Sink {
  readonly #context: SinkContext;
  readonly #account: Account;
  #drive: Drive | undefined;

  /** @throws E_USAGE for options that cannot be. */
  constructor(context: SinkContext) {
    this.#context = context;
    this.#account = new Account(context, readOptions(context.options, context.arguments));
  }

  async open(
    typed: string | undefined,
    { signal, readOnly = false }: { readonly signal?: Signal; readonly readOnly?: boolean | undefined },
  ): Promise<Store> {
    const destination = readDestination(typed);
    const { api, uploads, memories } = await this.#connect(signal);
    const granting = this.#grantingFor(destination, readOnly);
    const folder = readOnly
      ? await this.#openReadable(api, destination, signal)
      : await this.#openFolder(api, destination, granting, signal);
    return new DriveStore({ api, uploads, memories, folder, granting, label: typed ?? this.describe(undefined) });
  }

  /** @throws E_USAGE for what can be no destination. */
  describe(typed: string | undefined): string {
    const destination = readDestination(typed);
    if (destination.kind === 'own') return `My Drive/${OWN_FOLDER}`;
    return destination.kind === 'root' ? 'My Drive' : destination.id;
  }

  checkFolderName(name: string): void {
    checkFolderName(name);
  }

  login(options: { readonly signal?: Signal; readonly fresh: boolean }): Promise<string | undefined> {
    return this.#account.login(options.fresh, options.signal);
  }

  logout(options: { readonly signal?: Signal; readonly revoke: boolean }): Promise<void> {
    return this.#account.logout(options.revoke, options.signal);
  }

  signedIn(): Promise<boolean> {
    return this.#account.signedIn();
  }

  async #connect(signal: Signal): Promise<Drive> {
    const connection = await this.#account.connect(signal);
    // After another sign-in it may be another person's Drive: nothing of the earlier one is kept.
    if (this.#drive?.connection !== connection) {
      const api = new DriveApi(connection);
      const uploads = new Uploads(this.#context, connection);
      this.#drive = { connection, api, uploads, memories: new FolderMemories(api) };
    }
    return this.#drive;
  }

  #grantingFor(destination: Destination, readOnly: boolean): Granting {
    if (readOnly) return NO_PICKER;
    return destination.kind === 'folder'
      ? new PickerGranting(this.#context, this.#account, destination.id)
      : NO_GRANTING;
  }

  async #openReadable(api: DriveApi, destination: Destination, signal: Signal) {
    if (destination.kind === 'root') return openRoot(api, signal);
    if (destination.kind === 'own') return openOwnReadable(api, this.#context, await this.#account.name(), signal);
    return openReadable(api, destination.id, destination.resourceKey, signal);
  }

  async #openFolder(api: DriveApi, destination: Destination, granting: Granting, signal: Signal) {
    if (destination.kind === 'root') return openRoot(api, signal);
    if (destination.kind === 'own') return openOwnFolder(api, this.#context, await this.#account.name(), signal);
    return granting.around(() => openFolder(api, destination.id, destination.resourceKey, signal), signal);
  }
}

const body: SinkBody = { create: (context) => new GoogleDriveSink(context) };

export default body;
