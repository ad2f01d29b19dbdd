/** Looking at what is there without changing it and without following a link. */

import { join } from 'node:path';
import { printable } from '../../src/plugin.js';
import type { Disk, Entry } from './disk.js';
import { diskFailure, errnoOf } from './failure.js';
import { isSingleName } from './file-name.js';

/** Nothing has this name: not there, below a file, or a name that this file system cannot have. */
export const NOTHING_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EILSEQ']);

/**
 * The entry itself, or `undefined` where nothing has or can have the name.
 * @throws E_DESTINATION for one that may not be looked at; it reaches that file alone.
 */
export async function lookAt(disk: Disk, path: string): Promise<Entry | undefined> {
  try {
    return await disk.lstat(path);
  } catch (thrown) {
    if (NOTHING_THERE.has(errnoOf(thrown) ?? '')) return undefined;
    throw diskFailure('looking at', printable(path), thrown).with({ reach: 'item' });
  }
}

/**
 * Finds paths like `models/a.json` below one folder. Each folder on the way is looked at once for all files: what is a
 * link there leads nowhere, wherever it points.
 */
export class PathsBelow {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #folders = new Map<string, Promise<boolean>>();

  constructor(disk: Disk, root: string) {
    this.#disk = disk;
    this.#root = root;
  }

  /** The path of a file's name, or `undefined` for one that can lead to no file below the folder. Nothing need be there. */
  async find(name: string): Promise<string | undefined> {
    const parts = name.split('/');
    if (!parts.every((part) => isSingleName(part))) return undefined;
    let path = this.#root;
    for (const folder of parts.slice(0, -1)) {
      path = join(path, folder);
      if (!(await this.#isFolder(path))) return undefined;
    }
    return join(path, parts.at(-1) ?? '');
  }

  #isFolder(path: string): Promise<boolean> {
    const known = this.#folders.get(path) ?? lookAt(this.#disk, path).then((entry) => entry?.kind === 'folder');
    this.#folders.set(path, known);
    return known;
  }
}
