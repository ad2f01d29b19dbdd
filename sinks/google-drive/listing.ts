/**
 * What is in a folder already: one list for a thousand entries, asked for once, and then kept up to date by what the
 * stores themselves put there.
 */

import { AlbarettoError, untilAborted } from '../../src/plugin.js';
import type { DriveApi, FolderAddress, Signal } from './drive-api.js';
import type { DriveFile, DriveFolder } from './drive-file.js';
import { Entries } from './entries.js';

export class Listing {
  #entries = new Entries();
  #loading: Promise<void> | undefined;
  /** What was stored since the list was asked for: it may have been read before that. By id. */
  readonly #own = new Map<string, { readonly key: string | undefined; readonly file: DriveFile }>();
  readonly #ownFolders = new Map<string, DriveFolder>();

  readonly #api: Pick<DriveApi, 'listFolder'>;
  readonly #folder: FolderAddress;

  constructor(api: Pick<DriveApi, 'listFolder'>, folder: FolderAddress) {
    this.#api = api;
    this.#folder = folder;
  }

  /** Whether a question now is answered by a list that was asked for earlier. */
  get isAsked(): boolean {
    return this.#loading !== undefined;
  }

  /** The next question asks Drive anew. */
  expire(): void {
    this.#loading = undefined;
    this.#own.clear();
    this.#ownFolders.clear();
  }

  /** The files with this key, newest first; more than one where different media were saved under it. */
  async find(key: string, signal: Signal): Promise<readonly DriveFile[]> {
    return newestFirst((await this.entries(signal)).withKey(key));
  }

  /** The files with exactly this name, newest first: those of other programs too. */
  async named(name: string, signal: Signal): Promise<readonly DriveFile[]> {
    return newestFirst((await this.entries(signal)).withName(name));
  }

  /** Which of the keys are there. */
  async present(keys: Iterable<string>, signal: Signal): Promise<ReadonlySet<string>> {
    const entries = await this.entries(signal);
    return new Set([...keys].filter((key) => entries.withKey(key).length > 0));
  }

  /** Everything that lies in the folder. */
  async entries(signal: Signal): Promise<Entries> {
    for (;;) {
      const begun = this.#loading;
      const loading = begun ?? this.#load(signal);
      try {
        await untilAborted(loading, signal);
      } catch (thrown) {
        // The abort of somebody who asked first is nobody else's.
        if (begun === undefined || signal?.aborted || !isInterruption(thrown)) throw thrown;
      }
      // What was opened anew meanwhile is asked for anew.
      if (this.#loading === loading) return this.#entries;
    }
  }

  /** A file that was stored, or stored anew. */
  put(file: DriveFile, key: string | undefined): void {
    this.#own.set(file.id, { key, file });
    this.#entries.add(file, key);
  }

  putFolder(folder: DriveFolder): void {
    this.#ownFolders.set(folder.id, folder);
    this.#entries.addFolder(folder);
  }

  /** A file that turned out to be gone. */
  remove(id: string): void {
    this.#own.delete(id);
    this.#entries.remove(id);
  }

  /** A list that failed is asked for again by the next caller. */
  #load(signal: Signal): Promise<void> {
    const loading: Promise<void> = this.#read(signal).then(
      (entries) => {
        if (this.#loading !== loading) return;
        for (const { key, file } of this.#own.values()) entries.add(file, key);
        for (const folder of this.#ownFolders.values()) entries.addFolder(folder);
        this.#entries = entries;
      },
      (thrown: unknown) => {
        if (this.#loading === loading) this.#loading = undefined;
        throw thrown;
      },
    );
    this.#loading = loading;
    return loading;
  }

  async #read(signal: Signal): Promise<Entries> {
    const entries = new Entries();
    for await (const { files, folders } of this.#api.listFolder(this.#folder, signal)) {
      for (const file of files) entries.add(file, file.key);
      for (const folder of folders) entries.addFolder(folder);
    }
    return entries;
  }
}

/** By when they were made, which no new content changes: so the same one is the newest in every run. */
function newestFirst(files: readonly DriveFile[]): readonly DriveFile[] {
  return [...files].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
}

function isInterruption(thrown: unknown): boolean {
  return thrown instanceof AlbarettoError && thrown.code === 'E_INTERRUPTED';
}
