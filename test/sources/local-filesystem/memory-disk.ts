/** A file system in memory, for tests that look at the same few files ten thousand times. It refuses what a real one does. */

import { dirname } from 'node:path';
import type { Disk, Facts } from '../../../sources/local-filesystem/disk.js';

const MODIFIED = new Date(Date.UTC(2024, 1, 3, 4, 5, 6));
const LONGEST_NAME = 255;

export interface MemoryDisk {
  readonly disk: Disk;
  /** With the folders above it. */
  write(path: string, content: Uint8Array): void;
}

export function memoryDisk(): MemoryDisk {
  const files = new Map<string, Buffer>();
  const folders = new Map<string, Set<string>>([['/', new Set()]]);

  const factsOf = (path: string): Facts => {
    checkPath(path);
    const file = files.get(path);
    if (file !== undefined) return { kind: 'file', size: file.length, modified: MODIFIED };
    if (folders.has(path)) return { kind: 'folder', size: 4096, modified: MODIFIED };
    throw failure(files.has(dirname(path)) ? 'ENOTDIR' : 'ENOENT', path);
  };
  const bytesOf = (path: string): Buffer | undefined => {
    factsOf(path);
    return files.get(path);
  };
  const addTo = (path: string): void => {
    const folder = dirname(path);
    if (folder === path) return;
    if (!folders.has(folder)) {
      folders.set(folder, new Set());
      addTo(folder);
    }
    folders.get(folder)!.add(path.slice(folder === '/' ? 1 : folder.length + 1));
  };

  const disk: Disk = {
    async realpath(path) {
      factsOf(path);
      return path;
    },
    async list(folder) {
      const names = folders.get(folder);
      if (names === undefined) throw failure(files.has(folder) ? 'ENOTDIR' : 'ENOENT', folder);
      const kindOf = (name: string) => factsOf(folder === '/' ? `/${name}` : `${folder}/${name}`).kind;
      return [...names].map((name) => ({ name, kind: kindOf(name) }));
    },
    lstat: async (path) => factsOf(path),
    async read(path, most) {
      const file = bytesOf(path);
      return file === undefined || file.length > most ? undefined : Buffer.from(file);
    },
    async *stream(path) {
      const file = bytesOf(path);
      if (file === undefined) throw failure('ENOENT', path);
      yield Buffer.from(file);
    },
  };
  return {
    disk,
    write(path, content) {
      files.set(path, Buffer.from(content));
      addTo(path);
    },
  };
}

/** As Node and Linux refuse paths that no file can have. */
function checkPath(path: string): void {
  if (path.includes('\0')) throw failure('ERR_INVALID_ARG_VALUE', path);
  if (path.split('/').some((name) => Buffer.byteLength(name) > LONGEST_NAME)) throw failure('ENAMETOOLONG', path);
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${JSON.stringify(path)}`), { code });
}
