/** Disks for tests: the real one with something around each call, and real folders that behave like those of other systems. */

import { dirname, join } from 'node:path';
import { type Disk, nodeDisk } from '../../../sinks/local-filesystem/disk.js';

/** Runs instead of a call: `perform` makes it. Calls of an open file are named after it: `create.write`. */
export type Around = (call: string, perform: () => Promise<unknown>, paths: readonly string[]) => Promise<unknown>;

export function diskWith(around: Around, disk: Disk = nodeDisk): Disk {
  return wrapped(disk, '', around);
}

/** What Node throws for a failed system call. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: made by a test`), { code });
}

/** FAT, exFAT, some network shares. */
export const diskWithoutLinks: Disk = {
  ...nodeDisk,
  link: async () => {
    throw systemError('EPERM');
  },
};

/** macOS and Windows as they come: names keep their case, and are found under any. Folders of the test have no twins. */
export const caselessDisk: Disk = {
  ...nodeDisk,
  lstat: async (path) => nodeDisk.lstat(await asStored(path)),
  open: async (path) => nodeDisk.open(await asStored(path)),
  unlink: async (path) => nodeDisk.unlink(await asStored(path)),
  create: async (path) => nodeDisk.create(await asStored(path)),
  mkdir: async (path) => nodeDisk.mkdir(await asStored(path)),
  link: async (path, second) => nodeDisk.link(await asStored(path), await asStored(second)),
  rename: async (path, to) => nodeDisk.rename(await asStored(path), await asStored(to)),
};

async function asStored(path: string): Promise<string> {
  const entries = await nodeDisk.list(dirname(path)).catch(() => []);
  const stored = entries.find(({ name }) => join(dirname(path), name).toLowerCase() === path.toLowerCase());
  return stored === undefined ? path : join(dirname(path), stored.name);
}

function wrapped<T extends object>(target: T, prefix: string, around: Around): T {
  return new Proxy(target, {
    get(object, property) {
      const method = Reflect.get(object, property);
      if (typeof method !== 'function') return method;
      const call = `${prefix}${String(property)}`;
      return async (...args: unknown[]) => {
        const paths = args.filter((argument) => typeof argument === 'string');
        const result = await around(call, () => method.apply(object, args), paths);
        return call === 'create' || call === 'open' ? wrapped(result as object, `${call}.`, around) : result;
      };
    },
  });
}
