/** The items that a run could not fetch or save, until a later one does: what `retry` does again. */

import { type ErrorCode, isErrorCode } from '../../errors.js';
import type { CatalogDatabase } from './database.js';
import type { NewSavedFile } from './saved-file.js';
import type { Sql } from './sql.js';

export interface NewFailure {
  readonly source: string;
  readonly task: string;
  /** Empty where the reference as a whole failed, before its items were known. */
  readonly item: string;
  /** The item's number on the service's page, from 1; 0 where there is no item. */
  readonly index: number;
  /** In the form that `Source.open` takes. */
  readonly reference: string;
  /** What was being done: `list`, `fetch`, `save`, … */
  readonly stage: string;
  readonly code: ErrorCode;
  /** Printable, without secrets: it is stored as it is given, up to 2,000 characters. */
  readonly message: string;
}

export interface Failure extends NewFailure {
  readonly id: number;
  readonly run: number;
  readonly failedAt: Date;
}

export interface FailedItems {
  /**
   * What has failed in a run and was not saved since, in the order of recording; of the newest run that has anything left
   * for `last`, of every run for `all`.
   */
  failures(of: number | 'last' | 'all'): Promise<readonly Failure[]>;
  /** For those that are settled without a saved item: a reference that could be listed, an item that is not wanted. */
  clearFailures(ids: readonly number[]): Promise<void>;
}

const LONGEST_MESSAGE = 2_000;

const WANTED = {
  last: 'run = (SELECT max(run) FROM failures)',
  all: 'true',
};

interface FailureRow {
  readonly id: number;
  readonly run: number;
  readonly source: string;
  readonly task: string;
  readonly item: string;
  readonly number: number;
  readonly reference: string;
  readonly stage: string;
  readonly code: string;
  readonly message: string;
  readonly failed_at: number;
}

export function failedItems(database: CatalogDatabase): FailedItems {
  return {
    failures: async (of) => {
      const [wanted, values] = typeof of === 'number' ? ['run = ?', [of]] : [WANTED[of], []];
      const query = `SELECT * FROM failures WHERE ${wanted} ORDER BY id`;
      return (await database.read((sql) => sql.all<FailureRow>(query, ...values))).map(failureOf);
    },
    clearFailures: (ids) =>
      database.write((sql) => {
        sql.runEach(
          'DELETE FROM failures WHERE id = ?',
          ids.map((id) => [id]),
        );
      }),
  };
}

/** Within the transaction that records the saved media. */
export function clearFailuresOf(sql: Sql, media: readonly NewSavedFile[]): void {
  sql.runEach(
    `DELETE FROM failures WHERE source = ? AND item = ?
       AND run IN (SELECT id FROM runs WHERE (sink IS NULL OR sink = ?) AND (destination IS NULL OR destination = ?))`,
    media.map(({ source, item, sink, destination }) => [source, item, sink, destination]),
  );
}

/** Within the transaction of `Runs.advanceRun`, which says what comes of earlier ones. */
export function recordFailures(sql: Sql, run: number, failures: readonly NewFailure[], failedAt: number): void {
  sql.runEach(
    `DELETE FROM failures WHERE source = ? AND item = ? AND task = ? AND reference = ?
       AND run IN (SELECT other.id FROM runs AS other, runs AS own WHERE own.id = ?
         AND other.sink IS own.sink AND other.destination IS own.destination)`,
    failures.map(({ source, item, task, reference }) => [source, item, task, reference, run]),
  );
  sql.runEach(
    `INSERT OR REPLACE INTO failures (run, source, task, item, number, reference, stage, code, message, failed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    failures.map((failure) => [
      run,
      failure.source,
      failure.task,
      failure.item,
      failure.index,
      failure.reference,
      failure.stage,
      failure.code,
      failure.message.slice(0, LONGEST_MESSAGE),
      failedAt,
    ]),
  );
}

function failureOf({ number, code, failed_at, ...row }: FailureRow): Failure {
  // A newer program may have codes that this one has not.
  return { ...row, index: number, code: isErrorCode(code) ? code : 'E_INTERNAL', failedAt: new Date(failed_at) };
}
