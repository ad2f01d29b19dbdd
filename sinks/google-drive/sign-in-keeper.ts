/** Signs a person in and keeps the sign-in in the credential store, with a word where it is another one than before. */

import { printable, type SinkContext } from '../../src/plugin.js';
import { type AccountRecords, belongsTo, type SignInRecord } from './account-record.js';
import { type Identity, identityName, type OAuthClient, projectOf } from './identity.js';
import type { DriveOptions } from './options.js';
import type { DriveScope } from './scopes.js';
import { type SignedIn, signInWithGoogle } from './sign-in.js';
import { whoseDrive } from './whose-drive.js';

type Signal = AbortSignal | undefined;

export class SignInKeeper {
  readonly #context: SinkContext;
  readonly #options: DriveOptions;
  readonly #records: AccountRecords;

  constructor(context: SinkContext, options: DriveOptions, records: AccountRecords) {
    this.#context = context;
    this.#options = options;
    this.#records = records;
  }

  /** The stored sign-in, if it was made with this identity. */
  async find(identity: Identity): Promise<SignInRecord | undefined> {
    const record = await this.#records.read();
    return record !== undefined && belongsTo(record, identity) ? record.signIn : undefined;
  }

  /**
   * Signs in and keeps what comes of it.
   * @param folder To be picked on the way; then only the scope `drive.file` is asked for, and where it was not picked
   * everything stays as it was.
   * @returns The folders that were picked.
   */
  async signIn(identity: OAuthClient, folder: string | undefined, signal: Signal): Promise<readonly string[]> {
    const earlier = await this.find(identity);
    await this.#warnOfOtherProject(identity);
    const scope: DriveScope = folder === undefined ? (this.#options.scope ?? 'drive.file') : 'drive.file';
    const wish = { scope, account: earlier?.account, signal, ...(folder === undefined ? {} : { folder }) };
    const signedIn = await signInWithGoogle(this.#context, identity, this.#options, wish);
    // The stored sign-in is not given up for one that does not open the folder: it may be another account's.
    if (folder !== undefined && !signedIn.picked.includes(folder)) return signedIn.picked;
    await this.#keep(identity, earlier, signedIn);
    const account = await whoseDrive(this.#context, signedIn.accessToken, scope, signal);
    if (account !== undefined) await this.#keepAccount(identity, earlier, account);
    return signedIn.picked;
  }

  async #keep(
    identity: OAuthClient,
    earlier: SignInRecord | undefined,
    { picked, ...tokens }: SignedIn,
  ): Promise<void> {
    const now = this.#context.now();
    const folders = [...new Set([...(earlier?.folders ?? []), ...picked])];
    const signIn: SignInRecord = { ...tokens, signedInAt: now, refreshedAt: now, folders };
    await this.#records.locked(() => this.#records.write({ identity, signIn }));
  }

  /** The file may have been downloaded again with a new secret since. */
  async keepClient(identity: OAuthClient): Promise<void> {
    const record = await this.#records.read();
    if (record === undefined || JSON.stringify(record.identity) === JSON.stringify(identity)) return;
    await this.#records.locked(async () => this.#records.write({ ...(await this.#records.read()), identity }));
  }

  async #keepAccount(identity: OAuthClient, earlier: SignInRecord | undefined, account: string): Promise<void> {
    if (earlier?.account !== undefined && earlier.account !== account) {
      this.#context.warn(
        `now signed in as ${printable(account, 200)}, no longer as ${printable(earlier.account, 200)}`,
      );
    }
    await this.#records.locked(async () => {
      const record = await this.#records.read();
      if (record?.signIn !== undefined) await this.#records.write({ identity, signIn: { ...record.signIn, account } });
    });
  }

  /** `drive.file` shows what this very Cloud project made: with another one, all of it seems to be gone. */
  async #warnOfOtherProject(identity: OAuthClient): Promise<void> {
    const before = (await this.#records.read())?.identity;
    if (before === undefined || projectOf(identityName(before)) === projectOf(identity.id)) return;
    this.#context.warn(
      'these credentials belong to another Cloud project than the last ones: what was saved with those is not visible to it, and is saved again',
    );
  }
}
