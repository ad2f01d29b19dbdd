/** Where a file's bytes are, and reading them. No link is followed, not even one that came there since the listing. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AlbarettoError, type Location, printable } from '../../src/plugin.js';
import type { Disk, Facts } from './disk.js';
import { notFound, PLUGIN, readFailure } from './failure.js';
import type { CompanionFile } from './recorded.js';

/** A file that can be located: an item's own, or a companion. */
export interface Place {
  /** Without links. */
  readonly folder: string;
  readonly name: string;
  /** What the record says of a companion; what it says of an item's own file stands in the item. */
  readonly declared?: Pick<CompanionFile, 'size' | 'sha256'>;
}

export function pathOf({ folder, name }: Place): string {
  return join(folder, name);
}

/** @throws E_NOT_FOUND when there is no such file any more, or its folder is another one now. */
export async function locationOf(place: Place, disk: Disk): Promise<Location> {
  const path = pathOf(place);
  const { kind, size } = await look(place, disk).catch((thrown: unknown) => {
    throw readFailure('reading', path, thrown);
  });
  if (kind !== 'file') throw notFound(`${printable(path)} is no file any more`, 'fetch the folder again');
  return { kind: 'stream', size: place.declared?.size ?? size, open: () => bytesOf(path, place.declared, disk) };
}

async function look({ folder, name }: Place, disk: Disk): Promise<Facts> {
  if ((await disk.realpath(folder)) !== folder) {
    throw notFound(`${printable(folder)} is not the folder any more that was opened`, 'fetch it again');
  }
  return disk.lstat(join(folder, name));
}

/** @throws E_DIGEST at the end of a companion that differs from what its record declares. */
async function* bytesOf(path: string, declared: Place['declared'], disk: Disk): AsyncGenerator<Uint8Array> {
  const hash = declared === undefined ? undefined : createHash('sha256');
  try {
    for await (const chunk of disk.stream(path)) {
      hash?.update(chunk);
      yield chunk;
    }
  } catch (thrown) {
    throw readFailure('reading', path, thrown);
  }
  if (hash === undefined || hash.digest('hex') === declared?.sha256) return;
  throw new AlbarettoError({
    code: 'E_DIGEST',
    message: `${printable(path)} differs from what its record says of it`,
    hint: 'it was damaged, or changed since it was saved',
    plugin: PLUGIN,
  });
}
