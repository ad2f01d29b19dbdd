/**
 * Which reserved id a file was, or is about to be, created with: written down and synced before each create, so that a
 * retry, a lost answer or a kill at any instant leads to the same id again and never to a second file (promise 3).
 *
 * One file of JSON lines a sink, appended to. Two processes may append at once: a line is one write, and the last line of
 * a key counts.
 */

import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AlbarettoError } from '../errors.js';

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

/** Everything here throws E_NO_SPACE or E_DESTINATION, which reach the whole run, when the file cannot be used. */
export interface Journal {
  find(location: string, key: string): Promise<JournalEntry | undefined>;
  /** Resolves when the entry is on the disk. */
  write(entry: JournalEntry): Promise<void>;
  /**
   * The same, unless another process has written one for the key meanwhile; answers the one that counts.
   * @param known The reservation of the entry that the caller knows of, if any: the new one takes its place.
   */
  begin(entry: JournalEntry, known: string | undefined): Promise<JournalEntry>;
}

/** A journal with more dead lines than this is written anew when it is opened. */
const COMPACT_ABOVE = 2000;

export function createJournal(path: string): Journal {
  let loaded: Promise<Map<string, JournalEntry>> | undefined;
  const load = () => {
    loaded ??= usable(path, () => read(path));
    return loaded;
  };
  let queue: Promise<unknown> = Promise.resolve();
  const append = (line: string): Promise<void> => {
    const written = queue.then(() => usable(path, () => appendSynced(path, `${line}\n`)));
    queue = written.catch(() => undefined);
    return written;
  };
  const write = async (entry: JournalEntry) => {
    const entries = await load();
    await append(JSON.stringify(entry));
    entries.set(nameOf(entry.location, entry.key), entry);
  };
  return {
    find: async (location, key) => (await load()).get(nameOf(location, key)),
    write,
    async begin(entry, known) {
      const name = nameOf(entry.location, entry.key);
      const release = await usable(path, () => locked(path));
      try {
        const there = (await usable(path, () => entriesIn(path))).get(name);
        if (there === undefined || there.reservation === known) {
          await write(entry);
          return entry;
        }
        (await load()).set(name, there);
        return there;
      } finally {
        await release();
      }
    },
  };
}

/** Waits for five seconds at most: without the lock two processes of one moment may begin the same thing twice. */
const PATIENT = { retries: 25, factor: 1.3, minTimeout: 20, maxTimeout: 250 };

async function locked(path: string): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const { default: lockfile } = await import('proper-lockfile');
  const options = { realpath: false, retries: PATIENT, onCompromised: () => undefined };
  const release = await lockfile.lock(path, options).catch(() => undefined);
  return async () => release?.().catch(() => undefined);
}

async function entriesIn(path: string): Promise<Map<string, JournalEntry>> {
  const entries = new Map<string, JournalEntry>();
  apply(await textOf(path), entries);
  return entries;
}

function nameOf(location: string, key: string): string {
  return `${location}\n${key}`;
}

async function read(path: string): Promise<Map<string, JournalEntry>> {
  const entries = new Map<string, JournalEntry>();
  const lines = apply(await textOf(path), entries);
  // A journal that stays long costs time and nothing else.
  if (lines - entries.size > COMPACT_ABOVE) await compact(path).catch(() => undefined);
  return entries;
}

/** Empty where there is no file. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return '';
    throw thrown;
  }
}

/** Answers how many lines there were. */
function apply(text: string, entries: Map<string, JournalEntry>): number {
  const lines = text.split('\n').filter((line) => line !== '');
  for (const line of lines) {
    const entry = parseEntry(line);
    if (entry !== undefined) entries.set(nameOf(entry.location, entry.key), entry);
  }
  return lines.length;
}

/** A line that a kill cut short is no entry: nothing was sent under it, because it had not been synced. */
function parseEntry(line: string): JournalEntry | undefined {
  try {
    const { key, location, reservation, sha256, state } = JSON.parse(line) as Record<string, unknown>;
    const texts = [key, location, reservation, sha256].every((value) => typeof value === 'string');
    return texts && (state === 'begun' || state === 'done')
      ? ({ key, location, reservation, sha256, state } as JournalEntry)
      : undefined;
  } catch {
    return undefined;
  }
}

/** How often another process's compaction is followed; where files have no lasting identity, it is not seen at all. */
const MOST_MOVES = 3;

async function appendSynced(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (let move = 0; move <= MOST_MOVES; move += 1) {
    const file = await open(path, constants.O_APPEND | constants.O_CREAT | constants.O_RDWR, 0o600);
    try {
      const { size } = await file.stat();
      // A line that was cut by a kill must not swallow this one.
      const last = Buffer.alloc(1);
      if (size > 0) await file.read(last, 0, 1, size - 1);
      await file.appendFile(size > 0 && last[0] !== 0x0a ? `\n${text}` : text);
      await file.datasync();
      if (size === 0) await syncFolder(dirname(path));
      // Written to a file that a compaction has replaced meanwhile, it may be lost.
      if (await isAt(path, file)) return;
    } finally {
      await file.close();
    }
  }
}

async function isAt(path: string, file: FileHandle): Promise<boolean> {
  const own = await file.stat();
  const there = await stat(path).catch(() => undefined);
  return there?.ino === own.ino && there.dev === own.dev;
}

/** A new file's name is on the disk when its folder is; not every system lets a folder be synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

/**
 * Writes the journal anew without its dead lines, while others may append: what reached the old file until its name was
 * gone is carried over, and whoever appends later finds the new one.
 */
async function compact(path: string): Promise<void> {
  // CommonJS: a bundle shows it as the default export alone.
  const { default: lockfile } = await import('proper-lockfile');
  // Where another process is at it, this fails, and that is well.
  const release = await lockfile.lock(path, { retries: 0, onCompromised: () => undefined });
  try {
    await rewrite(path);
  } finally {
    await release();
  }
}

async function rewrite(path: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const old = await open(path, 'r');
  try {
    const entries = new Map<string, JournalEntry>();
    apply(await old.readFile('utf8'), entries);
    const text = [...entries.values()].map((entry) => `${JSON.stringify(entry)}\n`).join('');
    await writeSynced(temporary, text);
    await rename(temporary, path);
    await syncFolder(dirname(path));
    const late = await old.readFile('utf8'); // goes on where the first reading ended
    if (late !== '') await appendSynced(path, late.endsWith('\n') ? late : `${late}\n`);
  } finally {
    await old.close();
    await rm(temporary, { force: true });
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function usable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = codeOf(cause);
    throw new AlbarettoError({
      code: reason === 'ENOSPC' || reason === 'EDQUOT' ? 'E_NO_SPACE' : 'E_DESTINATION',
      message: `the journal ${path} cannot be used (${reason})`,
      hint: 'nothing is sent without it, because a second try would make a second file',
      reach: 'run',
      cause,
    });
  }
}

function codeOf(thrown: unknown): string {
  return String((thrown as { code?: unknown }).code ?? 'unknown');
}
