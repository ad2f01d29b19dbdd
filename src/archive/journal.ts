/**
 * Which reserved id a file was, or is about to be, created with: written down and synced before each create, so that a
 * retry, a lost answer or a kill at any instant leads to the same id again and never to a second file (promise 3).
 *
 * One file of JSON lines a sink, appended to. Two processes may append at once: a line is one write, and the last line of
 * a key counts.
 */

import { constants } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface JournalEntry {
  /** The file's key in its destination. */
  readonly key: string;
  /** The destination in its unique form. */
  readonly location: string;
  readonly reservation: string;
  /** sha256 of what is stored under it. */
  readonly sha256: string;
  readonly state: 'begun' | 'done';
}

export interface Journal {
  find(location: string, key: string): Promise<JournalEntry | undefined>;
  /** Resolves when the entry is on the disk. */
  write(entry: JournalEntry): Promise<void>;
  /** Forgets a reservation that cannot be used again. */
  forget(location: string, key: string): Promise<void>;
}

/** A journal with more dead lines than this is written anew when it is opened. */
const COMPACT_ABOVE = 2000;

export function createJournal(path: string): Journal {
  let loaded: Promise<Map<string, JournalEntry>> | undefined;
  const load = () => {
    loaded ??= read(path);
    return loaded;
  };
  let queue: Promise<unknown> = Promise.resolve();
  const append = (line: string): Promise<void> => {
    const written = queue.then(() => appendSynced(path, line));
    queue = written.catch(() => undefined);
    return written;
  };
  return {
    find: async (location, key) => (await load()).get(nameOf(location, key)),
    async write(entry) {
      const entries = await load();
      await append(JSON.stringify(entry));
      entries.set(nameOf(entry.location, entry.key), entry);
    },
    async forget(location, key) {
      const entries = await load();
      if (!entries.delete(nameOf(location, key))) return;
      await append(JSON.stringify({ location, key, forgotten: true }));
    },
  };
}

function nameOf(location: string, key: string): string {
  return `${location}\n${key}`;
}

async function read(path: string): Promise<Map<string, JournalEntry>> {
  const entries = new Map<string, JournalEntry>();
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return entries;
    throw thrown;
  }
  let lines = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    lines += 1;
    const entry = parseEntry(line);
    if (entry === undefined) continue;
    if (entry.forgotten === true) entries.delete(nameOf(entry.location, entry.key));
    else entries.set(nameOf(entry.location, entry.key), entry as JournalEntry);
  }
  if (lines - entries.size > COMPACT_ABOVE) await compact(path, entries);
  return entries;
}

/** A line that a kill cut short is no entry: nothing was sent under it, because it had not been synced. */
function parseEntry(
  line: string,
): (Partial<JournalEntry> & { location: string; key: string; forgotten?: boolean }) | undefined {
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    if (typeof value.location !== 'string' || typeof value.key !== 'string') return undefined;
    if (value.forgotten !== true && typeof value.reservation !== 'string') return undefined;
    return value as unknown as JournalEntry & { forgotten?: boolean };
  } catch {
    return undefined;
  }
}

async function appendSynced(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, constants.O_APPEND | constants.O_CREAT | constants.O_RDWR, 0o600);
  try {
    const { size } = await file.stat();
    // A line that was cut by a kill must not swallow this one.
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    await file.appendFile(`${size > 0 && last[0] !== 0x0a ? '\n' : ''}${line}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function compact(path: string, entries: ReadonlyMap<string, JournalEntry>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, [...entries.values()].map((entry) => `${JSON.stringify(entry)}\n`).join(''), {
    mode: 0o600,
  });
  await rename(temporary, path);
}
