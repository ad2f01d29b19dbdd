/** The catalog's file: opened, migrated, shared with other processes, and written in transactions. */

import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'node-sqlite3-wasm';
import { AlbarettoError } from '../../errors.js';
import { damaged, engineFailure, fileFailure } from './catalog-failure.js';
import { createProcessLock, type ProcessLock } from './process-lock.js';
import { checkUnchanged, MIGRATIONS, migrate } from './schema.js';
import { type Sql, sqlOf } from './sql.js';
import { loadSqliteEngine, type SqliteEngine } from './sqlite-engine.js';
import { type FileCalls, type WatchedFiles, watchedFiles } from './sqlite-files.js';

/** Milliseconds that a transaction of ours waits for those of others, which take a few each. */
const PATIENCE = 20_000;
/** Milliseconds after which a transaction of another machine counts as abandoned. */
const STRANGER_PATIENCE = 10_000;

export interface DatabaseOptions {
  /** Milliseconds to wait for other processes before E_UNAVAILABLE. */
  readonly patience?: number;
  /** For tests of migration. */
  readonly migrations?: typeof MIGRATIONS;
  /** For tests of a disk that fails. */
  readonly fileCalls?: FileCalls;
}

/**
 * Work is synchronous and runs while no other process has the file. What is called first runs first. All throw
 * E_UNAVAILABLE (retryable: another process kept the file too long, or too many files are open), E_NO_SPACE,
 * E_DESTINATION (the disk refuses) or E_USAGE (the file is damaged, or of a newer program).
 */
export interface CatalogDatabase {
  read<T>(work: (sql: Sql) => T): Promise<T>;
  /** One transaction: on the disk when it resolves, undone when it rejects or the process ends before. */
  write<T>(work: (sql: Sql) => T): Promise<T>;
  /** After what was called before. Nothing can be called afterwards. */
  close(): Promise<void>;
}

interface Connection {
  readonly database: Database;
  readonly sql: Sql;
  readonly file: string;
}

export function lockFolderOf(path: string): string {
  return `${path}-lock`;
}

/** Where the engine keeps what a transaction is about to overwrite. */
export function journalOf(path: string): string {
  return `${path}-journal`;
}

export async function lockOf(path: string, patience = PATIENCE): Promise<ProcessLock> {
  return createProcessLock({ folder: lockFolderOf(path), patience, strangerPatience: STRANGER_PATIENCE });
}

/** Makes the file (0600, in a folder made 0700) where there is none. */
export async function openDatabase(path: string, options: DatabaseOptions = {}): Promise<CatalogDatabase> {
  const watched = watchedFiles(options.fileCalls);
  const migrations = options.migrations ?? MIGRATIONS;
  const lock = await lockOf(path, options.patience);
  const connections = connector(path, watched, migrations);
  const turns = takeTurns();
  const alone = async <T>(work: (sql: Sql) => T): Promise<T> => {
    const giveBack = await lock.acquire();
    try {
      watched.takeFailure();
      const { sql } = connections.get();
      checkUnchanged(sql, path, migrations);
      return work(sql);
    } catch (thrown) {
      if (thrown instanceof AlbarettoError) throw thrown;
      connections.reset();
      throw isOfTheEngine(thrown) ? engineFailure(path, thrown, watched.takeFailure()) : thrown;
    } finally {
      giveBack();
    }
  };
  await alone(() => undefined);
  return {
    read: (work) => turns.next(() => alone(work)),
    write: (work) => turns.next(() => alone((sql) => sql.transaction(() => work(sql)))),
    close: () => turns.end(() => connections.drop()),
  };
}

/** One after the other, in the order of the calls. */
function takeTurns() {
  let last: Promise<unknown> = Promise.resolve();
  let ended = false;
  const next = async <T>(work: () => T | Promise<T>): Promise<T> => {
    if (ended) throw new AlbarettoError({ code: 'E_INTERNAL', message: 'the catalog is closed', reach: 'run' });
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    next,
    async end(work: () => void): Promise<void> {
      if (ended) return;
      const turn = next(work);
      ended = true;
      await turn;
    },
  };
}

/** One connection, opened anew after a failure and when the file at the path is another one. */
function connector(path: string, watched: WatchedFiles, migrations: typeof MIGRATIONS) {
  let engine: SqliteEngine | undefined;
  let connection: Connection | undefined;
  const drop = () => {
    const old = connection;
    connection = undefined;
    try {
      old?.database.close();
    } catch {
      // Its file could not be closed: nothing that was committed depends on it.
    }
  };
  const open = (): Connection => {
    makeFiles(path);
    engine ??= loadSqliteEngine(watched.files);
    const database = new engine.Database(path);
    connection = { database, sql: sqlOf(database), file: fileAt(path) ?? '' };
    const { sql } = connection;
    sql.run('PRAGMA synchronous = FULL');
    // Of the journals that need no shared memory the safest: its name is on the disk before it is needed.
    sql.all('PRAGMA journal_mode = TRUNCATE');
    // Undoing what a killed process left deletes the journal.
    makeFiles(path);
    migrate(sql, path, migrations);
    return connection;
  };
  return {
    drop,
    /** An engine that failed may have lost its way altogether. */
    reset() {
      drop();
      engine = undefined;
    },
    get(): Connection {
      if (connection !== undefined && connection.file === fileAt(path)) return connection;
      drop();
      try {
        return open();
      } catch (thrown) {
        drop();
        throw thrown;
      }
    },
  };
}

/** Which file is there now: setting a damaged one aside puts another under its name. */
function fileAt(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? undefined : `${found.dev} ${found.ino}`;
}

/** The engine would make them with the rights that the process happens to give, and not sync their names. */
function makeFiles(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const made = [journalOf(path), path].filter((name) => !isPrivateFile(name));
    for (const name of made) {
      closeSync(openSync(name, 'a', 0o600));
      chmodSync(name, 0o600);
    }
    if (made.length > 0) syncFolder(dirname(path));
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'EISDIR') throw damaged(path, thrown);
    throw fileFailure(path, thrown);
  }
}

function isPrivateFile(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  // Windows knows no such rights.
  return found?.isFile() === true && ((found.mode & 0o077) === 0 || process.platform === 'win32');
}

function syncFolder(folder: string): void {
  // Windows neither can nor needs to.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function isOfTheEngine(thrown: unknown): boolean {
  const { name } = (thrown ?? {}) as { name?: unknown };
  return name === 'SQLite3Error' || name === 'RuntimeError';
}
