/**
 * The lines that a person typed, across sessions: one line each in a private file.
 *
 * Several sessions may share the file. Each line is added under a lock and as a whole, so none is lost or mixed with
 * another's; each session goes on seeing the lines that it began with and its own.
 */

import { appendFile, chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Lines kept. */
const LIMIT = 1_000;

/** A longer line is no command that one would want back. */
const LONGEST = 10_000;

/** Milliseconds after which the lock of a process that died is broken. */
const STALE = 5_000;

export interface HistoryOptions {
  /** The file: made 0600, its folder 0700, with the first line. */
  readonly path: string;
  /** The line without its secrets, or `undefined` where it should not be recorded at all. */
  redact(line: string): string | undefined;
  /** Told once when the file cannot be read or written; the history then lasts as long as the session. */
  warn(text: string): void;
}

export interface History {
  /** Newest first. */
  entries(): readonly string[];
  /**
   * Records a line, unless it is blank, begins with a space, repeats the one before, holds control characters (a line
   * break is one) or is kept out by `redact`. Returns at once; the file follows.
   */
  add(line: string): void;
  /** Resolves when all that was added is on the disk, or could not be written. */
  flush(): Promise<void>;
}

/** Never rejects: a shell without its history is still a shell. */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const warn = once(options.warn);
  const entries = withoutRepetitions(await readLines(options.path, warn))
    .slice(-LIMIT)
    .reverse();
  let written = Promise.resolve();
  return {
    entries: () => entries,
    add(line) {
      if (!isRecordable(line)) return;
      const kept = options.redact(line);
      if (kept === undefined || !isRecordable(kept) || kept === entries[0]) return;
      entries.unshift(kept);
      entries.splice(LIMIT);
      written = written.then(() => append(options.path, kept)).catch((thrown) => warn(failure('written', thrown)));
    },
    flush: () => written,
  };
}

function isRecordable(line: string): boolean {
  return line.trim() !== '' && !line.startsWith(' ') && line.length <= LONGEST && !/\p{Cc}/u.test(line);
}

async function readLines(path: string, warn: (text: string) => void): Promise<string[]> {
  try {
    return fileLines(await readFile(path, 'utf8'));
  } catch (thrown) {
    if (!isMissing(thrown)) warn(failure('read', thrown));
    return [];
  }
}

/** What somebody else put into the file must not drive the terminal when it is called back: lines are checked here too. */
function fileLines(text: string): string[] {
  return text.split('\n').filter(isRecordable);
}

function withoutRepetitions(lines: readonly string[]): string[] {
  return lines.filter((line, index) => line !== lines[index - 1]);
}

async function append(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const release = await lock(path);
  try {
    await addLine(path, line, release !== undefined);
  } finally {
    await release?.().catch(() => undefined); // broken as stale by another process: it is gone already
  }
}

/**
 * Without the lock the line is only appended, which one write in append mode does safely; dropping the oldest lines
 * rewrites the file and could lose another session's line.
 */
async function addLine(path: string, line: string, locked: boolean): Promise<void> {
  const before = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (isMissing(thrown)) return '';
    throw thrown;
  });
  const lines = fileLines(before);
  if (locked && lines.length >= LIMIT) {
    await replace(path, [...lines, line].slice(-LIMIT));
    return;
  }
  // A line that another program left without its end must not swallow this one.
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  await appendFile(path, `${separator}${line}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
}

async function replace(path: string, lines: readonly string[]): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${lines.join('\n')}\n`, { mode: 0o600 });
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** `undefined` where another process holds on to the lock. */
async function lock(path: string): Promise<(() => Promise<void>) | undefined> {
  // A bundle gives what a CommonJS package exports under `default` alone.
  const { default: lockfile } = await import('proper-lockfile');
  try {
    return await lockfile.lock(path, {
      realpath: false, // the file may not be there yet
      stale: STALE,
      retries: { retries: 20, minTimeout: 20, maxTimeout: 300, randomize: true },
      onCompromised: () => undefined,
    });
  } catch (thrown) {
    if (codeOf(thrown) === 'ELOCKED') return undefined;
    throw thrown;
  }
}

function isMissing(thrown: unknown): boolean {
  return codeOf(thrown) === 'ENOENT';
}

function codeOf(thrown: unknown): string | undefined {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : undefined;
}

function failure(what: string, thrown: unknown): string {
  return `the command history cannot be ${what} (${codeOf(thrown) ?? 'unknown error'}): it lasts as long as this session`;
}

function once(warn: (text: string) => void): (text: string) => void {
  let told = false;
  return (text) => {
    if (told) return;
    told = true;
    warn(text);
  };
}
