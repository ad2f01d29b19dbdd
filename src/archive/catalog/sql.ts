/** Statements to the engine, with values of ours. Each is prepared, run to its end and let go: none keeps a transaction open. */

import type { Database, Statement } from 'node-sqlite3-wasm';

const LONE_SURROGATE = /\p{Surrogate}/gu;

export type SqlValue = string | number | Date | null | undefined;

/** A column of a row that was read. */
export type Column = string | number | null;

export interface Sql {
  /** All rows. */
  all<Row>(statement: string, ...values: readonly SqlValue[]): readonly Row[];
  /** Answers how many rows it changed and the number of the row that it inserted last. */
  run(statement: string, ...values: readonly SqlValue[]): { readonly changes: number; readonly id: number };
  /** Runs one statement for each row of values; answers how many rows were changed in all. */
  runEach(statement: string, rows: Iterable<readonly SqlValue[]>): number;
  /** All that `work` does, or nothing of it. */
  transaction<T>(work: () => T): T;
}

export function sqlOf(database: Database): Sql {
  const prepared = <T>(text: string, work: (statement: Statement) => T): T => {
    const statement = database.prepare(text);
    try {
      return work(statement);
    } finally {
      statement.finalize();
    }
  };
  return {
    all: <Row>(text: string, ...values: readonly SqlValue[]) =>
      prepared(text, (statement) => statement.all(values.map(columnOf))) as unknown as readonly Row[],
    run: (text, ...values) =>
      prepared(text, (statement) => {
        const { changes, lastInsertRowid } = statement.run(values.map(columnOf));
        return { changes, id: Number(lastInsertRowid) };
      }),
    runEach: (text, rows) =>
      prepared(text, (statement) => {
        let changes = 0;
        for (const row of rows) changes += statement.run(row.map(columnOf)).changes;
        return changes;
      }),
    transaction(work) {
      database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        database.exec('COMMIT');
        return result;
      } catch (thrown) {
        if (database.inTransaction) rollBack(database);
        throw thrown;
      }
    },
  };
}

/** Where this fails too, the caller closes the database, and the next one who opens it rolls back. */
function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // The first failure is the one to tell.
  }
}

/** The engine ends a text at its first NUL and stores half of a surrogate pair as no character at all. */
function columnOf(value: SqlValue): Column {
  if (value === undefined) return null;
  if (value instanceof Date) return value.getTime();
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd').replace(LONE_SURROGATE, '\ufffd') : value;
}
