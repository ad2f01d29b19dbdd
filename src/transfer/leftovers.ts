/**
 * What sessions that ended without saving everything have left. A later session takes over their folders whole, by one
 * rename each: at no instant is an item in neither of the two, and of two sessions that begin together one gets it.
 */

import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Disk } from '../disk.js';
import { errnoOf } from '../disk-failure.js';
import { AlbarettoError } from '../errors.js';
import type { Fetched } from './fetch.js';
import { type KeptBytes, type KeptOptions, namesIn, ownerOf, takenName } from './kept.js';
import { DATA_SUFFIX, RECORD_SUFFIX, readRecord, type StoredBytes, type StoredItem } from './kept-record.js';
import { fileBytes, type HeldBytes, PART_SUFFIX } from './spool.js';

const KEPT_FOR = 7 * 86_400_000;

export interface Leftovers {
  readonly items: number;
  readonly bytes: number;
  /**
   * Takes them over, digests compared. What is damaged is told and left out; what cannot be read now, or not be taken, is
   * told and stays for a later session.
   */
  take(keep: (fetched: Fetched) => Promise<void>, onProblem: (error: AlbarettoError) => void): Promise<void>;
  discard(): Promise<void>;
  /** Leaves them to a later session: their seven days begin anew. */
  defer(): Promise<void>;
}

export interface LeftoverOptions extends KeptOptions {
  /** Whether the process of a session still runs, or may. */
  isAlive(session: string): Promise<boolean>;
  now(): number;
}

interface LeftFolder {
  readonly path: string;
  /** By the name of its file. */
  readonly records: ReadonlyMap<string, StoredItem>;
}

/**
 * Looks at what dead sessions left. What can be of no use to anybody is cleaned away: unverified parts, bytes without a
 * record, and everything that is older than seven days.
 */
export async function findLeftovers(options: LeftoverOptions): Promise<Leftovers> {
  const { root, disk } = options;
  const folders: LeftFolder[] = [];
  for (const name of namesIn(root) ?? []) {
    const owner = ownerOf(name);
    if (owner === options.session || (await options.isAlive(owner))) continue;
    const folder = await tidied(join(root, name), options);
    if (folder !== undefined) folders.push(folder);
  }
  const items = folders.flatMap(({ records }) => [...records.values()]);
  return {
    items: items.length,
    bytes: items.flatMap(partsOf).reduce((sum, { size }) => sum + size, 0),
    async take(keep, onProblem) {
      for (const { path, records } of folders) {
        const taken = await told(() => claim(path, options), onProblem);
        if (taken === undefined) continue;
        for (const [name, item] of records) {
          await told(() => takeOver({ folder: taken, name, item }, disk, keep, onProblem), onProblem);
        }
        await disk.removeEmptyFolder(taken);
      }
    },
    async discard() {
      for (const { path } of folders) await removeFolder(path, disk);
    },
    async defer() {
      for (const { path } of folders) await disk.touch(path).catch(() => undefined);
    },
  };
}

/** A folder without what is of no use in it; `undefined` where nothing is left or somebody else was faster. */
async function tidied(path: string, { disk, now }: LeftoverOptions): Promise<LeftFolder | undefined> {
  const names = namesIn(path);
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (names === undefined || changed === undefined) return undefined;
  if (now() - changed > KEPT_FOR) {
    await removeFolder(path, disk);
    return undefined;
  }
  const recordNames = names.filter((name) => name.endsWith(RECORD_SUFFIX));
  const records = new Map<string, StoredItem>();
  for (const name of recordNames) {
    const record = readRecord(join(path, name));
    if (record !== undefined) records.set(name, record);
  }
  const spokenOf = new Set([...records.values()].flatMap(partsOf).map(({ file }) => basename(file)));
  // A record that cannot be read may still speak of any of the others.
  const allKnown = records.size === recordNames.length;
  const useless = (name: string) =>
    name.endsWith(PART_SUFFIX) ||
    name.endsWith('.tmp') ||
    (allKnown && name.endsWith(DATA_SUFFIX) && !spokenOf.has(name));
  // The program starts also where it may not clean.
  for (const name of names.filter(useless)) await disk.remove(join(path, name)).catch(() => undefined);
  if (recordNames.length === 0) await disk.removeEmptyFolder(path);
  return records.size === 0 ? undefined : { path, records };
}

async function removeFolder(path: string, disk: Disk): Promise<void> {
  for (const name of namesIn(path) ?? []) await disk.remove(join(path, name)).catch(() => undefined);
  await disk.removeEmptyFolder(path);
}

/** Answers the folder's new path; its seven days begin anew. `undefined`: another session was faster. */
async function claim(path: string, { root, session, disk }: LeftoverOptions): Promise<string | undefined> {
  const taken = join(root, takenName(session));
  try {
    await disk.rename(path, taken);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  await disk.touch(taken).catch(() => undefined);
  return taken;
}

interface LeftItem {
  readonly folder: string;
  /** Of its record. */
  readonly name: string;
  readonly item: StoredItem;
}

async function takeOver(
  { folder, name, item }: LeftItem,
  disk: Disk,
  keep: (fetched: Fetched) => Promise<void>,
  onProblem: (error: AlbarettoError) => void,
): Promise<void> {
  const fetched = await restore({ folder, name, item }, disk);
  if (fetched !== undefined) return keep(fetched);
  onProblem(damaged(item));
  for (const { file } of [{ file: name }, ...partsOf(item)]) await disk.remove(join(folder, basename(file)));
}

/** One failure is no reason to leave the rest. */
async function told<T>(work: () => Promise<T>, onProblem: (error: AlbarettoError) => void): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof AlbarettoError)) throw thrown;
    onProblem(thrown);
    return undefined;
  }
}

function damaged({ item }: StoredItem): AlbarettoError {
  return new AlbarettoError({
    code: 'E_DIGEST',
    message: `${item.id}: what was kept of it is damaged`,
    hint: 'fetch it again',
  });
}

/** `undefined` for an item that is damaged. */
async function restore({ folder, name, item: stored }: LeftItem, disk: Disk): Promise<Fetched | undefined> {
  const { item, own, companions } = stored;
  const { width, height, mediaType } = own;
  const size = width === undefined || height === undefined ? {} : { width, height };
  const bytes = await verified(folder, own, item.id, disk);
  if (bytes === undefined) return undefined;
  const parts: Fetched['companions'][number][] = [];
  for (const [index, part] of companions.entries()) {
    const held = await verified(folder, part, item.id, disk);
    const companion = item.companions?.[index];
    if (held === undefined || companion === undefined) return undefined;
    parts.push({ companion, bytes: held, mediaType: part.mediaType });
  }
  const kept: KeptBytes = { ...bytes, record: join(folder, name) };
  return { item, bytes: kept, mediaType, ...size, companions: parts };
}

/** A crash of the machine may have come before the bytes were on the disk: the digest decides. */
async function verified(
  folder: string,
  { file, size, digests }: StoredBytes,
  id: string,
  disk: Disk,
): Promise<HeldBytes | undefined> {
  const path = join(folder, basename(file));
  const expected = digests.find((digest) => digest.algorithm === 'sha256')?.hex;
  if (expected === undefined || (await digestOf(path, id)) !== expected) return undefined;
  return fileBytes(path, size, digests, disk);
}

/** `undefined` for a file that is not there. @throws E_DESTINATION for one that cannot be read, which says nothing about it. */
async function digestOf(path: string, id: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === 'ENOENT') return undefined;
    throw new AlbarettoError({
      code: 'E_DESTINATION',
      message: `${id}: what was kept of it cannot be read (${code ?? 'unknown error'})`,
      hint: 'it stays where it is; check the disk',
      cause: thrown,
    });
  }
  return hash.digest('hex');
}

function partsOf({ own, companions }: StoredItem): readonly StoredBytes[] {
  return [own, ...companions];
}
