/** The folders below a destination that a layout puts files into: each made once, when the first file is there. */

import type { Store } from '../plugin.js';
import type { Put } from './store.js';

export interface OpenFolder {
  readonly store: Store;
  readonly put: Put;
}

export interface FolderStores {
  /**
   * A folder below the destination; the destination itself for none. Asked for again, or at the same time, it is the same.
   * @throws what the store throws; asked for again it is tried again.
   */
  at(folder: readonly string[]): Promise<OpenFolder>;
  /** Runs work for one path after earlier work for it has ended: a document is read and written in one turn. */
  inTurn<T>(path: string, work: () => Promise<T>): Promise<T>;
  /**
   * Closes what `at` opened, but for the destination itself, which is its opener's.
   * @throws what the first of them throws; the others are closed all the same.
   */
  close(): Promise<void>;
}

export interface FolderOptions {
  /** What surrounds a store: retry, pace, journal. */
  surround(store: Store): Put;
  /** Opens a folder of a store, with its tries. */
  open(store: Store, name: string): Promise<Store>;
}

export function openFolders(root: Store, { surround, open }: FolderOptions): FolderStores {
  const opened = new Map<string, Promise<OpenFolder>>();
  const turns = new Map<string, Promise<unknown>>();
  const at = (folder: readonly string[]): Promise<OpenFolder> => {
    const key = JSON.stringify(folder);
    const known = opened.get(key);
    if (known !== undefined) return known;
    const made = make(folder);
    opened.set(key, made);
    made.catch(() => opened.delete(key));
    return made;
  };
  const make = async (folder: readonly string[]): Promise<OpenFolder> => {
    const name = folder.at(-1);
    const store = name === undefined ? root : await open((await at(folder.slice(0, -1))).store, name);
    return { store, put: surround(store) };
  };
  return {
    at,
    inTurn(path, work) {
      const mine = (turns.get(path) ?? Promise.resolve()).then(work);
      const ended = mine
        .catch(() => undefined)
        .then(() => {
          if (turns.get(path) === ended) turns.delete(path);
        });
      turns.set(path, ended);
      return mine;
    },
    async close() {
      const closed = [...opened.values()].map(async (folder) => {
        const store = (await folder.catch(() => undefined))?.store;
        if (store !== root) await store?.close?.();
      });
      opened.clear();
      const failed = (await Promise.allSettled(closed)).find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  };
}
