/**
 * Fetched items that are not saved yet, on the disk: they outlive a crash and, if the person wants, an exit (promise 2).
 *
 * Each session has a folder of its own below `unsaved/`, named by its process. An item is a few files of bytes and one
 * JSON file, its record, which is written last and under a temporary name first: what has no record was never whole.
 * `leftovers.ts` finds what sessions left whose process is gone.
 */

import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Disk, writeWhole } from '../disk.js';
import type { Bytes } from '../plugin.js';
import { type Fetched, letGo } from './fetch.js';
import { DATA_SUFFIX, RECORD_SUFFIX, recordText } from './kept-record.js';
import { type FileBytes, fileBytes, type HeldBytes } from './spool.js';

export interface KeptSession {
  /** Where spilled bodies go while they come; made when it is first asked for. */
  folder(): Promise<string>;
  /**
   * Writes an item down. Answers the same item, its bytes readable from the disk when they were not in memory. When it
   * fails, the item that was given is still whole where it was, and nothing is left of the attempt.
   */
  keep(fetched: Fetched): Promise<Fetched>;
  /** The item was saved or dropped: its files go. May be called twice, and for an item that was never kept. */
  release(fetched: Fetched): Promise<void>;
  /** The end of the session: its folders go when nothing is left in them. */
  close(): Promise<void>;
}

export interface KeptOptions {
  /** The private folder of all sessions. */
  readonly root: string;
  readonly disk: Disk;
  /** Names this process for as long as the machine runs. */
  readonly session: string;
}

/** Bytes of an item that is written down. */
export interface KeptBytes extends HeldBytes {
  /** The path of the item's record. */
  readonly record: string;
}

/** Milliseconds between two signs of life. */
const BEAT = 6 * 3_600_000;

export function openKeptSession(options: KeptOptions): KeptSession {
  const { disk, root, session } = options;
  const path = join(root, session);
  let made: Promise<void> | undefined;
  let records = 0;
  let beat: NodeJS.Timeout | undefined;
  const own = () => (namesIn(root) ?? []).filter((name) => ownerOf(name) === session).map((name) => join(root, name));
  /** The days that things are kept are counted from the last sign of life: a session may lie open for weeks. */
  const touchAll = async () => {
    for (const folder of own()) await disk.touch(folder).catch(() => undefined);
  };
  const makeFolder = () => {
    beat ??= setInterval(() => void touchAll(), BEAT).unref();
    made ??= disk.makeFolder(path).catch((thrown: unknown) => {
      made = undefined; // the next item may find the disk in a better mood
      throw thrown;
    });
    return made;
  };
  return {
    async folder() {
      await makeFolder();
      return path;
    },
    async keep(fetched) {
      if (isKept(fetched.bytes)) return fetched;
      await makeFolder();
      records += 1;
      return writeDown(fetched, join(path, recordName(records)), disk);
    },
    async release(fetched) {
      // The record goes first: without it the bytes mean nothing to anybody.
      if (isKept(fetched.bytes)) await disk.remove(fetched.bytes.record);
      await letGo(fetched);
    },
    async close() {
      clearInterval(beat);
      for (const folder of own()) await disk.removeEmptyFolder(folder);
      await touchAll();
    },
  };
}

/** Names of records are in the order in which the items were kept. */
function recordName(number: number): string {
  return `${String(number).padStart(9, '0')}-${randomUUID()}${RECORD_SUFFIX}`;
}

/** A session that took over another one's folder has it under its own name with an addition. */
export function takenName(session: string): string {
  return `${session}+${randomUUID()}`;
}

/** The session whose folder this is. */
export function ownerOf(folder: string): string {
  return folder.split('+', 1)[0]!;
}

/** The names in a folder; `undefined` for one that cannot be read or is not there. */
export function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder).sort();
  } catch {
    return undefined;
  }
}

function isKept(bytes: Bytes): bytes is KeptBytes {
  return 'record' in bytes;
}

function bytesOf(fetched: Fetched): Bytes[] {
  return [fetched.bytes, ...fetched.companions.map((part) => part.bytes)];
}

async function writeDown(fetched: Fetched, record: string, disk: Disk): Promise<Fetched> {
  const folder = dirname(record);
  const placed: Placed[] = [];
  try {
    for (const bytes of bytesOf(fetched)) placed.push(await place(bytes, folder, disk));
    const paths = placed.map(({ bytes }) => bytes.path);
    await writeWhole(record, recordText(fetched, paths), disk);
  } catch (thrown) {
    await disk.remove(record).catch(() => undefined);
    for (const { undo } of placed) await undo().catch(() => undefined);
    throw thrown;
  }
  const [own, ...companions] = placed.map(({ bytes }) => bytes);
  const kept: KeptBytes = { ...own!, record };
  return {
    ...fetched,
    bytes: kept,
    companions: fetched.companions.map((part, index) => ({ ...part, bytes: companions[index]! })),
  };
}

/** Bytes under the name that a record speaks of, and the way back to where they were. */
interface Placed {
  readonly bytes: FileBytes;
  undo(): Promise<void>;
}

/** Bytes that are in memory stay readable there and lie on the disk as well; spilled ones change their name only. */
async function place(bytes: Bytes, folder: string, disk: Disk): Promise<Placed> {
  const held = bytes as HeldBytes;
  const path = join(folder, `${randomUUID()}${DATA_SUFFIX}`);
  const before = held.path;
  if (before !== undefined) {
    await disk.rename(before, path);
    return { bytes: fileBytes(path, held.size, held.digests, disk), undo: () => disk.rename(path, before) };
  }
  await copyTo(path, bytes, disk);
  const release = async () => {
    await held.release?.();
    await disk.remove(path);
  };
  return { bytes: { ...held, path, release }, undo: () => disk.remove(path) };
}

async function copyTo(path: string, bytes: Bytes, disk: Disk): Promise<void> {
  const file = await disk.create(path);
  try {
    try {
      for await (const chunk of bytes.open()) await file.write(chunk);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    await disk.remove(path).catch(() => undefined);
    throw thrown;
  }
}
