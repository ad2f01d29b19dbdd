/**
 * What is in a folder already, by key and by id: one list for a thousand files, asked for once, and then kept up to date
 * by what the stores themselves put there.
 */

import type { DriveApi, FolderAddress, Signal } from './drive-api.js';
import type { DriveFile } from './drive-file.js';

export class Listing {
  #byKey = new Map<string, readonly DriveFile[]>();
  /** Those of other programs too, and those whose key another Cloud project has written. */
  #byId = new Map<string, DriveFile>();
  #loading: Promise<void> | undefined;
  /** What was stored since the list was asked for: it may have been read before that. By id. */
  readonly #own = new Map<string, { readonly key: string; readonly file: DriveFile }>();

  readonly #api: DriveApi;
  readonly #folder: FolderAddress;

  constructor(api: DriveApi, folder: FolderAddress) {
    this.#api = api;
    this.#folder = folder;
  }

  /** The next question asks Drive anew. */
  expire(): void {
    this.#loading = undefined;
    this.#own.clear();
  }

  /** The files with this key; more than one where different media were saved under it. */
  async find(key: string, signal: Signal): Promise<readonly DriveFile[]> {
    await this.#load(signal);
    return this.#byKey.get(key) ?? [];
  }

  /** Which of the keys are there. */
  async present(keys: Iterable<string>, signal: Signal): Promise<ReadonlySet<string>> {
    await this.#load(signal);
    return new Set([...keys].filter((key) => (this.#byKey.get(key)?.length ?? 0) > 0));
  }

  /** Every file that lies in the folder, by id. */
  async files(signal: Signal): Promise<ReadonlyMap<string, DriveFile>> {
    await this.#load(signal);
    return this.#byId;
  }

  /** A file that was stored, or stored anew. */
  put(key: string, file: DriveFile): void {
    this.#own.set(file.id, { key, file });
    this.#add(key, file);
  }

  /** A file that turned out to be gone. */
  remove(key: string, id: string): void {
    this.#own.delete(id);
    this.#byId.delete(id);
    this.#byKey.set(key, this.#others(key, id));
  }

  #add(key: string, file: DriveFile): void {
    this.#byId.set(file.id, file);
    this.#byKey.set(key, [...this.#others(key, file.id), file]);
  }

  #others(key: string, id: string): readonly DriveFile[] {
    return (this.#byKey.get(key) ?? []).filter((file) => file.id !== id);
  }

  /** A list that failed is asked for again by the next caller. */
  async #load(signal: Signal): Promise<void> {
    this.#loading ??= this.#read(signal).catch((thrown: unknown) => {
      this.#loading = undefined;
      throw thrown;
    });
    await this.#loading;
  }

  async #read(signal: Signal): Promise<void> {
    const files: DriveFile[] = [];
    for await (const page of this.#api.listFolder(this.#folder, signal)) files.push(...page);
    this.#byKey = new Map();
    this.#byId = new Map(files.map((file) => [file.id, file]));
    for (const file of files) if (file.key !== undefined) this.#add(file.key, file);
    for (const { key, file } of this.#own.values()) this.#add(key, file);
  }
}
