/**
 * A lock between processes that outlives none of them.
 *
 * One small file stands in a folder and is the lock: named `free`, or after the process that has it. Taking, giving back
 * and taking over from a process that ended are each one rename from the very name that was seen. Of several who try, the
 * file system lets one succeed, so that a lock cannot be broken a moment too late, when it is somebody else's already:
 * what deleting a stale lock file, by age or by process number, always risks.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AlbarettoError } from '../../errors.js';
import { identityText, ownIdentity, type ProcessIdentity, parseIdentity, stateOf } from '../../process-identity.js';
import { fileFailure } from './catalog-failure.js';

export interface ProcessLock {
  /**
   * Waits until no other process has the lock, and answers what gives it back. Meant to be held for milliseconds. Throws
   * E_UNAVAILABLE (retryable) when it is not had in time, E_DESTINATION or E_NO_SPACE when the folder cannot be used.
   */
  acquire(): Promise<() => void>;
}

export interface ProcessLockOptions {
  /** The lock's folder, made when it is not there; nobody else writes to it. */
  readonly folder: string;
  /** Milliseconds to wait at most. */
  readonly patience: number;
  /** Milliseconds after which one taking by a process of another machine, whose end cannot be seen, counts as left behind. */
  readonly strangerPatience: number;
}

const FREE = 'free';
const HELD = 'held-';
/** The longest pause between two tries. */
const PAUSE = 20;

/** Windows refuses a rename while a virus scanner looks at the file. */
const SCANNED: ReadonlySet<unknown> = new Set(process.platform === 'win32' ? ['EPERM', 'EACCES', 'EBUSY'] : []);

interface Sighting {
  readonly name: string;
  readonly since: number;
}

export async function createProcessLock(options: ProcessLockOptions): Promise<ProcessLock> {
  const own = await ownIdentity();
  return {
    async acquire() {
      const deadline = performance.now() + options.patience;
      let seen: Sighting | undefined;
      for (;;) {
        const mine = `${HELD}${identityText(own)}-${randomBytes(4).toString('hex')}`;
        if (renamed(options.folder, FREE, mine)) return () => giveBack(options.folder, mine);
        const name = await holderIn(options.folder, own);
        if (name !== undefined) {
          const known = name === seen?.name;
          if (!known) seen = { name, since: performance.now() };
          if (known && (await isLeftBehind(seen!, options)) && renamed(options.folder, name, mine)) {
            return () => giveBack(options.folder, mine);
          }
        }
        if (performance.now() > deadline) throw inUse(options.folder, name);
        await delay(1 + Math.random() * PAUSE);
      }
    },
  };
}

async function isLeftBehind(seen: Sighting, options: ProcessLockOptions): Promise<boolean> {
  const identity = identityIn(seen.name);
  const state = identity === undefined ? 'unknown' : await stateOf(identity);
  if (state === 'unknown') return performance.now() - seen.since > options.strangerPatience;
  return state === 'ended';
}

function identityIn(name: string): ProcessIdentity | undefined {
  return parseIdentity(name.slice(HELD.length, name.lastIndexOf('-')));
}

/** False when the file has another name by now. */
function renamed(folder: string, from: string, to: string): boolean {
  try {
    renameSync(join(folder, from), join(folder, to));
    return true;
  } catch (thrown) {
    const { code } = thrown as { code?: unknown };
    if (code === 'ENOENT' || SCANNED.has(code)) return false;
    throw fileFailure(folder, thrown);
  }
}

function giveBack(folder: string, mine: string): void {
  for (let tries = 0; !renamed(folder, mine, FREE) && SCANNED.size > 0 && tries < 50; tries += 1) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
}

/** The name under which somebody has the lock now. Makes the lock where there is none. */
async function holderIn(folder: string, own: ProcessIdentity): Promise<string | undefined> {
  try {
    return readdirSync(folder).find((name) => name.startsWith(HELD));
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== 'ENOENT') throw fileFailure(folder, thrown);
  }
  try {
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    await removeUnfinished(folder);
    make(folder, own);
  } catch (thrown) {
    throw fileFailure(folder, thrown);
  }
  return undefined;
}

/** The folder appears with the lock in it: an empty one could not be told from one whose lock is just being renamed. */
function make(folder: string, own: ProcessIdentity): void {
  const unfinished = `${folder}.${identityText(own)}`;
  mkdirSync(unfinished, { recursive: true, mode: 0o700 }); // there already where an earlier try failed
  writeFileSync(join(unfinished, FREE), '', { mode: 0o600 });
  try {
    renameSync(unfinished, folder);
  } catch (thrown) {
    rmSync(unfinished, { recursive: true, force: true });
    const { code } = thrown as { code?: unknown };
    // Somebody else was first.
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && !SCANNED.has(code)) throw thrown;
  }
}

async function removeUnfinished(folder: string): Promise<void> {
  const prefix = `${basename(folder)}.`;
  for (const name of readdirSync(dirname(folder))) {
    const identity = name.startsWith(prefix) ? parseIdentity(name.slice(prefix.length)) : undefined;
    if (identity !== undefined && (await stateOf(identity)) === 'ended') {
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
    }
  }
}

function inUse(folder: string, name: string | undefined): AlbarettoError {
  const identity = name === undefined ? undefined : identityIn(name);
  return new AlbarettoError({
    code: 'E_UNAVAILABLE',
    message: `the catalog is in use by ${identity === undefined ? 'another process' : `process ${identity.pid}`}`,
    hint: `try again; if no albaretto runs, delete ${folder}`,
    retryable: true,
    reach: 'run',
  });
}
