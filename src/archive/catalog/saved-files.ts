/** The saved files of the catalog: recorded, found again, searched, counted, forgotten. */

import { setImmediate as breathe } from 'node:timers/promises';
import { usageError } from '../../errors.js';
import type { CatalogDatabase } from './database.js';
import { clearFailuresOf } from './failed-items.js';
import { conditionOf, type FileFilter, isEmptyFilter } from './file-filter.js';
import {
  FILE_COLUMNS,
  type FileRow,
  type FileState,
  fileOf,
  fileValues,
  type NewSavedFile,
  type SavedFile,
} from './saved-file.js';
import type { Sql } from './sql.js';

/** Where the files of some items are looked for. */
export interface ItemsAt {
  readonly sink: string;
  readonly destination: string;
  readonly source: string;
  readonly items: readonly string[];
}

export interface SearchPage {
  /** At most so many; default: all. */
  readonly limit?: number | undefined;
  /** So many are passed over first. */
  readonly offset?: number | undefined;
  /** By the moment of saving; default `newest` first. */
  readonly order?: 'newest' | 'oldest' | undefined;
}

export type CountedBy = 'source' | 'sink' | 'destination' | 'task' | 'role' | 'state' | 'mediaType' | 'run';

export interface Count {
  /** The value that these files share; a run's id as text, empty for files of no run. */
  readonly key: string;
  readonly files: number;
  readonly bytes: number;
}

export interface DestinationCount {
  readonly sink: string;
  readonly destination: string;
  readonly files: number;
  readonly bytes: number;
  readonly lastSavedAt: Date;
}

export interface SavedFiles {
  /**
   * Records files after the sink's receipts: all of them or, when it throws, none. One row for each sink, destination,
   * source, item, role and name, whose state is `saved` from now on; another file under the same name replaces the row's
   * facts, the same bytes at the same place keep `savedAt` and `run` of their first time and move only `checkedAt` (and
   * what the service says of the item). A record that is not given leaves an earlier one as it is. Failures of an item
   * whose media is recorded are cleared, for this destination and for runs that had none.
   */
  record(files: readonly NewSavedFile[]): Promise<void>;
  /**
   * The rows of items at one destination, in every state and role; an item without any is not in the map. Ten thousand
   * items take some tenths of a second, during which others get their turn.
   */
  find(where: ItemsAt): Promise<ReadonlyMap<string, readonly SavedFile[]>>;
  /**
   * Files that fit, as they are when their part of the list is read: a few hundred at a time are in memory, and nothing is
   * locked in between, so that the caller may record, change and forget while it walks.
   */
  search(filter: FileFilter, page?: SearchPage): AsyncIterable<SavedFile>;
  /** How many files fit and how large they are together, by what they share; the largest number first. */
  countBy(what: CountedBy, filter?: FileFilter): Promise<readonly Count[]>;
  /** Every destination that has a row, by sink and name. */
  destinations(): Promise<readonly DestinationCount[]>;
  /** An id that is not there (any more) is passed over. */
  setState(ids: readonly number[], state: FileState, checkedAt: Date): Promise<void>;
  /**
   * Removes the rows that fit, with their records, and answers how many: as if these files had never been saved, so that
   * they are fetched again; what should not be fetched again gets the state `deleted` instead. Stored files are not
   * touched. Throws E_USAGE for a filter that asks for nothing.
   */
  forget(filter: FileFilter): Promise<number>;
  /** The common record that was given with a file. */
  commonRecord(id: number): Promise<string | undefined>;
}

/** Rows that are read or asked for at once; a few milliseconds. */
const PORTION = 500;

const COLUMNS = ['id', ...FILE_COLUMNS.filter((column) => column !== 'words')].join(', ');
const PLACE = ['sink', 'destination', 'source', 'item', 'role', 'name'];
const UNCHANGED = "files.sha256 = excluded.sha256 AND files.location = excluded.location AND files.state = 'saved'";
const FIRST_TIME = ['saved_at', 'run'];

const RECORD_FILE = `INSERT INTO files (${FILE_COLUMNS.join(', ')})
  VALUES (${FILE_COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (${PLACE.join(', ')}) DO UPDATE SET ${FILE_COLUMNS.filter((column) => !PLACE.includes(column))
    .map((column) =>
      FIRST_TIME.includes(column)
        ? `${column} = iif(${UNCHANGED}, files.${column}, excluded.${column})`
        : `${column} = excluded.${column}`,
    )
    .join(', ')}`;

const RECORD_RECORD = `INSERT INTO records (file, json)
  SELECT id, ? FROM files WHERE ${PLACE.map((column) => `${column} = ?`).join(' AND ')}
  ON CONFLICT (file) DO UPDATE SET json = excluded.json`;

const COUNTED: Readonly<Record<CountedBy, string>> = {
  source: 'source',
  sink: 'sink',
  destination: 'destination',
  task: 'task',
  role: 'role',
  state: 'state',
  mediaType: 'media_type',
  run: 'run',
};

export function savedFiles(database: CatalogDatabase): SavedFiles {
  return {
    record: (files) => database.write((sql) => recordFiles(sql, files)),
    find: (where) => findItems(database, where),
    search: (filter, page) => searchFiles(database, filter, page ?? {}),
    countBy: (what, filter) => database.read((sql) => countFiles(sql, COUNTED[what], filter ?? {})),
    destinations: () => database.read(countDestinations),
    setState: (ids, state, checkedAt) =>
      database.write((sql) => {
        sql.runEach(
          'UPDATE files SET state = ?, checked_at = ? WHERE id = ?',
          ids.map((id) => [state, checkedAt, id]),
        );
      }),
    forget: async (filter) => {
      if (isEmptyFilter(filter)) throw usageError('nothing says which files to forget', 'name a source, a folder, …');
      const { where, values } = conditionOf(filter);
      return database.write((sql) => sql.run(`DELETE FROM files WHERE ${where}`, ...values).changes);
    },
    commonRecord: (id) =>
      database.read((sql) => sql.all<{ json: string }>('SELECT json FROM records WHERE file = ?', id)[0]?.json),
  };
}

/** Within a transaction. */
export function recordFiles(sql: Sql, files: readonly NewSavedFile[]): void {
  sql.runEach(RECORD_FILE, files.map(fileValues));
  sql.runEach(
    RECORD_RECORD,
    files
      .filter((file) => file.record !== undefined)
      .map(({ record, sink, destination, source, item, role, name }) => [
        record,
        sink,
        destination,
        source,
        item,
        role,
        name,
      ]),
  );
  clearFailuresOf(
    sql,
    files.filter((file) => file.role === 'media'),
  );
}

async function findItems(database: CatalogDatabase, where: ItemsAt): Promise<Map<string, SavedFile[]>> {
  const found = new Map<string, SavedFile[]>();
  for (let start = 0; start < where.items.length; start += PORTION) {
    const items = JSON.stringify(where.items.slice(start, start + PORTION));
    const rows = await database.read((sql) =>
      sql.all<FileRow>(
        `SELECT ${COLUMNS} FROM files WHERE sink = ? AND destination = ? AND source = ?
           AND item IN (SELECT value FROM json_each(?)) ORDER BY id`,
        where.sink,
        where.destination,
        where.source,
        items,
      ),
    );
    for (const file of rows.map(fileOf)) {
      const known = found.get(file.item);
      if (known === undefined) found.set(file.item, [file]);
      else known.push(file);
    }
    await breathe();
  }
  return found;
}

/** Goes on after the last row that was read, by its place in the order: rows that come or go shift nothing. */
async function* searchFiles(
  database: CatalogDatabase,
  filter: FileFilter,
  page: SearchPage,
): AsyncGenerator<SavedFile> {
  const { where, values } = conditionOf(filter);
  const [sign, direction] = page.order === 'oldest' ? ['>', 'ASC'] : ['<', 'DESC'];
  let left = page.limit ?? Number.POSITIVE_INFINITY;
  let last: SavedFile | undefined;
  while (left > 0) {
    const portion = Math.min(PORTION, left);
    const after = last === undefined ? 'true' : `(saved_at, id) ${sign} (?, ?)`;
    // Without the index by name SQLite would sort every file of a destination for each portion.
    const query = `SELECT ${COLUMNS} FROM files INDEXED BY files_by_time WHERE ${where} AND ${after}
      ORDER BY saved_at ${direction}, id ${direction} LIMIT ? OFFSET ?`;
    const place = last === undefined ? [] : [last.savedAt, last.id];
    const offset = last === undefined ? (page.offset ?? 0) : 0;
    const rows = await database.read((sql) => sql.all<FileRow>(query, ...values, ...place, portion, offset));
    for (const row of rows) {
      last = fileOf(row);
      yield last;
    }
    if (rows.length < portion) return;
    left -= rows.length;
  }
}

function countFiles(sql: Sql, column: string, filter: FileFilter): readonly Count[] {
  const { where, values } = conditionOf(filter);
  return sql
    .all<{ key: string | number | null; files: number; bytes: number }>(
      `SELECT ${column} AS key, count(*) AS files, sum(size) AS bytes FROM files WHERE ${where}
         GROUP BY ${column} ORDER BY files DESC, key`,
      ...values,
    )
    .map(({ key, files, bytes }) => ({ key: String(key ?? ''), files, bytes }));
}

function countDestinations(sql: Sql): readonly DestinationCount[] {
  return sql
    .all<{ sink: string; destination: string; files: number; bytes: number; last: number }>(
      `SELECT sink, destination, count(*) AS files, sum(size) AS bytes, max(saved_at) AS last FROM files
         GROUP BY sink, destination ORDER BY sink, destination`,
    )
    .map(({ last, ...count }) => ({ ...count, lastSavedAt: new Date(last) }));
}
