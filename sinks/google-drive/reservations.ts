/** Which id a file is created with: the same one in every try of this run, until Drive says that it cannot be used. */

import type { PutOptions, StoreFile } from '../../src/plugin.js';
import type { DriveApi, Signal } from './drive-api.js';

/** Ids asked for at once where the caller brought none; they cost nothing when they are not used. */
const SPARE = 10;

export class Reservations {
  readonly #assigned = new Map<string, string>();
  #spare: string[] = [];
  #asking: Promise<void> | undefined;

  readonly #api: DriveApi;

  constructor(api: DriveApi) {
    this.#api = api;
  }

  /** The caller's reservation, or another one that stays with the file: the caller's too where it gives any. */
  async idFor(file: StoreFile, options: PutOptions): Promise<string> {
    const identity = fileIdentity(file);
    const known = this.#assigned.get(identity) ?? file.reservation;
    if (known !== undefined) return known;
    const id = await this.#another(options);
    this.#assigned.set(identity, id);
    return id;
  }

  /** Another id from now on: the present one holds something else. */
  async replace(file: StoreFile, options: PutOptions): Promise<void> {
    this.#assigned.set(fileIdentity(file), await this.#another(options));
  }

  #another({ reserve, signal }: PutOptions): Promise<string> {
    return reserve?.() ?? this.#take(signal);
  }

  async #take(signal: Signal): Promise<string> {
    for (;;) {
      const id = this.#spare.shift();
      if (id !== undefined) return id;
      this.#asking ??= this.#ask(signal).finally(() => {
        this.#asking = undefined;
      });
      await this.#asking;
    }
  }

  async #ask(signal: Signal): Promise<void> {
    this.#spare.push(...(await this.#api.generateIds(SPARE, signal)));
  }
}

/** Different bytes under one key are different files and need different ids. */
export function fileIdentity(file: StoreFile): string {
  return [file.key, file.bytes.digests[0]?.hex, file.reservation].join(' ');
}
