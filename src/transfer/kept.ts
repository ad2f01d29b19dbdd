/**
 * Fetched items that are not saved yet, on the disk: they outlive a crash and, if the person wants, an exit (promise 2).
 *
 * Each session has a folder of its own below `unsaved/`, named by its process. An item is a few files of bytes and one
 * JSON file, which is written last and under a temporary name first: what has no JSON file was never whole. Sessions
 * whose process is gone are offered to the next one; after seven days they are cleaned away.
 */

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Disk, writeWhole } from '../disk.js';
import { AlbarettoError } from '../errors.js';
import type { Digest, Item } from '../model.js';
import type { Bytes } from '../plugin.js';
import type { Fetched } from './fetch.js';
import { fileBytes, type HeldBytes, PART_SUFFIX } from './spool.js';

const DATA_SUFFIX = '.data';
const DAY = 86_400_000;
const KEPT_FOR = 7 * DAY;

export interface KeptSession {
  /** Where spilled bodies go while they come; made when it is first asked for. */
  folder(): Promise<string>;
  /** Writes an item down. Answers the same item, its bytes readable from the disk when they were not in memory. */
  keep(fetched: Fetched): Promise<Fetched>;
  /** The item was saved or dropped: its files go. */
  release(fetched: Fetched): Promise<void>;
  /** The end of the session: its folder goes when nothing is left in it. */
  close(): Promise<void>;
}

export interface KeptOptions {
  /** The private folder of all sessions. */
  readonly root: string;
  readonly disk: Disk;
  /** Names this process for as long as the machine runs. */
  readonly session: string;
  /** Whether the process of a session still runs, or may. */
  isAlive(session: string): Promise<boolean>;
  now(): number;
}

interface StoredBytes {
  readonly file: string;
  readonly size: number;
  readonly digests: readonly Digest[];
  readonly mediaType: string;
}

interface StoredItem {
  readonly version: 1;
  readonly item: Item;
  readonly own: StoredBytes & { readonly width?: number; readonly height?: number };
  readonly companions: readonly StoredBytes[];
}

export function openKeptSession(options: KeptOptions): KeptSession {
  const { disk } = options;
  const path = join(options.root, options.session);
  const records = new Map<string, string>();
  let made: Promise<void> | undefined;
  const makeFolder = () => {
    made ??= disk.makeFolder(path);
    return made;
  };
  return {
    async folder() {
      await makeFolder();
      return path;
    },
    async keep(fetched) {
      await makeFolder();
      const own = await store(fetched.bytes, path, disk);
      const companions: HeldBytes[] = [];
      for (const companion of fetched.companions) companions.push(await store(companion.bytes, path, disk));
      const record = join(path, `${randomUUID()}.json`);
      await writeWhole(record, JSON.stringify(describe(fetched, own, companions)), disk);
      records.set(keyOf(fetched.item), record);
      return {
        ...fetched,
        bytes: own,
        companions: fetched.companions.map((part, index) => ({ ...part, bytes: companions[index]! })),
      };
    },
    async release(fetched) {
      const record = records.get(keyOf(fetched.item));
      records.delete(keyOf(fetched.item));
      // The record goes first: without it the bytes mean nothing to anybody.
      if (record !== undefined) await disk.remove(record);
      for (const bytes of [fetched.bytes, ...fetched.companions.map((part) => part.bytes)])
        await (bytes as Partial<HeldBytes>).release?.();
    },
    async close() {
      if (made === undefined) return;
      await disk.removeEmptyFolder(path);
    },
  };
}

/** Bytes that are in memory stay readable there and lie on the disk as well; spilled ones change their name only. */
async function store(bytes: Bytes, folder: string, disk: Disk): Promise<HeldBytes> {
  const held = bytes as HeldBytes;
  const target = join(folder, `${randomUUID()}${DATA_SUFFIX}`);
  if (held.path !== undefined) {
    await disk.rename(held.path, target);
    return fileBytes(target, held.size, held.digests, disk);
  }
  const file = await disk.create(target);
  try {
    for await (const chunk of bytes.open()) await file.write(chunk);
  } finally {
    await file.close();
  }
  return {
    ...held,
    path: target,
    release: async () => {
      await held.release?.();
      await disk.remove(target);
    },
  };
}

function describe(fetched: Fetched, own: HeldBytes, companions: readonly HeldBytes[]): StoredItem {
  const size =
    fetched.width === undefined || fetched.height === undefined ? {} : { width: fetched.width, height: fetched.height };
  return {
    version: 1,
    item: fetched.item,
    own: { ...stored(own, fetched.mediaType), ...size },
    companions: companions.map((bytes, index) => stored(bytes, fetched.companions[index]!.mediaType)),
  };
}

function stored(bytes: HeldBytes, mediaType: string): StoredBytes {
  return { file: basename(bytes.path!), size: bytes.size, digests: bytes.digests, mediaType };
}

function keyOf(item: Pick<Item, 'source' | 'id'>): string {
  return `${item.source}\n${item.id}`;
}

/** Sessions that ended without saving everything, and what they left. */
export interface Leftovers {
  readonly items: number;
  readonly bytes: number;
  /** Takes them over, digests compared; what is damaged is left out and told. */
  take(keep: (fetched: Fetched) => Promise<void>, onDamaged: (error: AlbarettoError) => void): Promise<void>;
  discard(): Promise<void>;
}

/** Looks at what dead sessions left; unverified parts, and everything older than seven days, are cleaned away. */
export async function findLeftovers(options: KeptOptions): Promise<Leftovers> {
  const found: { readonly folder: string; readonly record: string; readonly stored: StoredItem }[] = [];
  const folders: string[] = [];
  for (const session of names(options.root)) {
    if (session === options.session || (await options.isAlive(session))) continue;
    const folder = join(options.root, session);
    if (options.now() - statSync(folder).mtimeMs > KEPT_FOR) {
      await removeFolder(folder, options.disk);
      continue;
    }
    folders.push(folder);
    for (const name of names(folder)) {
      if (name.endsWith(PART_SUFFIX) || name.endsWith('.tmp')) await options.disk.remove(join(folder, name));
      const record = name.endsWith('.json') ? readStored(join(folder, name)) : undefined;
      if (record !== undefined) found.push({ folder, record: join(folder, name), stored: record });
    }
  }
  return {
    items: found.length,
    bytes: found.reduce((sum, { stored: { own } }) => sum + own.size, 0),
    async take(keep, onDamaged) {
      for (const { folder, record, stored } of found) {
        try {
          await keep(await restore(folder, stored, options.disk));
        } catch (thrown) {
          if (!(thrown instanceof AlbarettoError)) throw thrown;
          onDamaged(thrown);
        }
        await options.disk.remove(record);
      }
      for (const folder of folders) await removeFolder(folder, options.disk);
    },
    async discard() {
      for (const folder of folders) await removeFolder(folder, options.disk);
    },
  };
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

async function removeFolder(folder: string, disk: Disk): Promise<void> {
  for (const name of names(folder)) await disk.remove(join(folder, name));
  await disk.removeEmptyFolder(folder);
}

function readStored(path: string): StoredItem | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as StoredItem;
    return value.version === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}

async function restore(folder: string, { item, own, companions }: StoredItem, disk: Disk): Promise<Fetched> {
  const { width, height, mediaType } = own;
  const size = width === undefined || height === undefined ? {} : { width, height };
  return {
    item: revive(item),
    bytes: await verified(folder, own, item.id, disk),
    mediaType,
    ...size,
    companions: await Promise.all(
      companions.map(async (part, index) => ({
        companion: item.companions![index]!,
        bytes: await verified(folder, part, item.id, disk),
        mediaType: part.mediaType,
      })),
    ),
  };
}

/** A crash may have come before the bytes were on the disk: the digest decides. */
async function verified(
  folder: string,
  { file, size, digests }: StoredBytes,
  id: string,
  disk: Disk,
): Promise<HeldBytes> {
  const path = join(folder, basename(file));
  const hash = createHash('sha256');
  let read = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Uint8Array);
      read += (chunk as Uint8Array).length;
    }
  } catch {
    read = -1;
  }
  const expected = digests.find((digest) => digest.algorithm === 'sha256');
  if (read !== size || hash.digest('hex') !== expected?.hex) {
    throw new AlbarettoError({
      code: 'E_DIGEST',
      message: `${id}: what was kept of it is damaged`,
      hint: 'fetch it again',
    });
  }
  return fileBytes(path, size, digests, disk);
}

/** JSON has no dates. */
function revive(item: Item): Item {
  const dates: Partial<Record<'createdAt' | 'expiresAt', Date>> = {};
  for (const name of ['createdAt', 'expiresAt'] as const) {
    const value = item[name];
    if (value !== undefined) dates[name] = new Date(value);
  }
  return { ...item, ...dates };
}
