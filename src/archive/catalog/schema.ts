/** The tables of the catalog, and how an older file becomes the newest. */

import { AlbarettoError } from '../../errors.js';
import { damaged } from './catalog-failure.js';
import type { Sql } from './sql.js';

/** Marks the file as ours: `albr`, by https://www.sqlite.org/pragma.html#pragma_application_id */
export const APPLICATION_ID = 0x616c6272;

/**
 * The statements that lead from each version to the next; the first row makes version 1 of an empty file. A row that was
 * once released is never changed: a change is a new row.
 */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE runs (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       job TEXT NOT NULL, command TEXT NOT NULL,
       source TEXT, reference TEXT, sink TEXT, destination TEXT,
       state TEXT NOT NULL, cursor TEXT,
       saved INTEGER NOT NULL DEFAULT 0, present INTEGER NOT NULL DEFAULT 0,
       failed INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
       started_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, ended_at INTEGER,
       host TEXT NOT NULL, pid INTEGER NOT NULL, process_start TEXT NOT NULL
     ) STRICT`,
    'CREATE INDEX runs_by_job ON runs (job, id)',
    `CREATE TABLE files (
       id INTEGER PRIMARY KEY,
       source TEXT NOT NULL, task TEXT NOT NULL, item TEXT NOT NULL, number INTEGER NOT NULL,
       role TEXT NOT NULL, name TEXT NOT NULL,
       sha256 TEXT NOT NULL, md5 TEXT, size INTEGER NOT NULL, media_type TEXT NOT NULL,
       prompt TEXT, title TEXT, words TEXT NOT NULL, item_created_at INTEGER,
       sink TEXT NOT NULL, destination TEXT NOT NULL, location TEXT NOT NULL,
       saved_at INTEGER NOT NULL, run INTEGER REFERENCES runs (id),
       state TEXT NOT NULL, checked_at INTEGER NOT NULL
     ) STRICT`,
    'CREATE UNIQUE INDEX files_by_place ON files (sink, destination, source, item, role, name)',
    'CREATE INDEX files_by_time ON files (saved_at, id)',
    // Apart from the rows that are searched, because it is many times longer than they are.
    `CREATE TABLE records (
       file INTEGER PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
       json TEXT NOT NULL
     ) STRICT`,
    `CREATE TABLE failures (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       run INTEGER NOT NULL REFERENCES runs (id),
       source TEXT NOT NULL, task TEXT NOT NULL, item TEXT NOT NULL, number INTEGER NOT NULL,
       reference TEXT NOT NULL, stage TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,
       failed_at INTEGER NOT NULL
     ) STRICT`,
    'CREATE UNIQUE INDEX failures_by_item ON failures (source, item, task, reference, run)',
    'CREATE INDEX failures_by_run ON failures (run)',
    `CREATE TABLE claims (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       job TEXT NOT NULL UNIQUE,
       since INTEGER NOT NULL, seen_at INTEGER NOT NULL,
       host TEXT NOT NULL, pid INTEGER NOT NULL, process_start TEXT NOT NULL
     ) STRICT`,
  ],
  // How a run named its files, so that what is put back later is named the same way.
  ['ALTER TABLE runs ADD COLUMN layout TEXT'],
];

interface Marks {
  readonly version: number;
  readonly application: number;
  readonly tables: number;
}

/**
 * Brings the file to the newest version, one step a transaction. Throws E_USAGE, and leaves the file as it is, when a newer
 * program wrote it or when it is no catalog.
 */
export function migrate(sql: Sql, path: string, migrations = MIGRATIONS): void {
  const { version, application, tables } = marksOf(sql);
  if (version === 0 && tables > 0) throw foreign(path);
  if (version > 0 && application !== APPLICATION_ID) throw foreign(path);
  if (version > 0 && tables === 0) throw damaged(path);
  checkVersion(version, path, migrations);
  for (const [index, statements] of [...migrations.entries()].slice(version)) {
    sql.transaction(() => {
      for (const statement of statements) sql.run(statement);
      sql.run(`PRAGMA application_id = ${APPLICATION_ID}`);
      sql.run(`PRAGMA user_version = ${index + 1}`);
    });
  }
}

/** Throws E_USAGE when another process, of a newer program, has migrated the file since it was opened. */
export function checkUnchanged(sql: Sql, path: string, migrations = MIGRATIONS): void {
  checkVersion(versionOf(sql), path, migrations);
}

function checkVersion(version: number, path: string, migrations: typeof MIGRATIONS): void {
  if (version <= migrations.length) return;
  throw new AlbarettoError({
    code: 'E_USAGE',
    message: `the catalog ${path} was written by a newer albaretto (version ${version}, this one knows ${migrations.length})`,
    hint: 'update albaretto, or use another --profile',
    reach: 'run',
  });
}

function foreign(path: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_USAGE',
    message: `${path} is a database, but no catalog of albaretto`,
    hint: 'move it away',
    reach: 'run',
  });
}

function marksOf(sql: Sql): Marks {
  const application = sql.all<{ application_id: number }>('PRAGMA application_id')[0]?.application_id ?? 0;
  const tables = sql.all<{ tables: number }>('SELECT count(*) AS tables FROM sqlite_schema')[0]?.tables ?? 0;
  return { version: versionOf(sql), application, tables };
}

function versionOf(sql: Sql): number {
  return sql.all<{ user_version: number }>('PRAGMA user_version')[0]?.user_version ?? 0;
}
