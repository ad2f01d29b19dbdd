/** The runs of the catalog: what was asked for, how far it came, and whether it still goes on. */

import { AlbarettoError } from '../../errors.js';
import { ownIdentity } from '../../process-identity.js';
import type { CatalogDatabase } from './database.js';
import { type NewFailure, recordFailures } from './failed-items.js';
import { identityColumns, isLive, type ProcessColumns } from './live-process.js';
import type { NewSavedFile } from './saved-file.js';
import { recordFiles } from './saved-files.js';
import type { Column, Sql } from './sql.js';

/** `partial`: it came to its end, and some of its items failed. `interrupted`: it can be continued at its cursor. */
export type EndState = 'complete' | 'interrupted' | 'failed' | 'partial';

export interface NewRun {
  /** The same for runs that do the same; what `claimJob` claims. */
  readonly job: string;
  /** The command line as it was typed, without secrets: it is stored as it is given. */
  readonly command: string;
  readonly source?: string | undefined;
  /** What was asked for, in the form that `Source.open` takes; of more than {@link MOST_REFERENCES} none. */
  readonly references?: readonly string[] | undefined;
  readonly sink?: string | undefined;
  readonly destination?: string | undefined;
  /** What `--layout` said; not given: each source's own. */
  readonly layout?: string | undefined;
  /** Where an earlier run of the job had come to. */
  readonly cursor?: string | undefined;
  readonly startedAt: Date;
}

/** Totals since the beginning of the run, not what was added. */
export interface RunProgress {
  /** Where the listing can be taken up again: all before it is recorded. Not given: it stays. */
  readonly cursor?: string | undefined;
  /** Items that were stored by this run. */
  readonly saved: number;
  /** Items that were there already. */
  readonly present: number;
  readonly failed: number;
  readonly bytes: number;
}

export interface RunAdvance extends RunProgress {
  /** As for `SavedFiles.record`. */
  readonly files?: readonly NewSavedFile[] | undefined;
  /**
   * One failure for each source, task, item and reference, the last one given: it replaces those that earlier runs to the
   * same destination have left, so that an item is never listed twice.
   */
  readonly failures?: readonly NewFailure[] | undefined;
  readonly state?: EndState | undefined;
}

export interface Run extends NewRun, RunProgress {
  readonly references: readonly string[];
  readonly id: number;
  /** `running` only while its process lives; a run whose process ended without a word reads `interrupted`. */
  readonly state: 'running' | EndState;
  /** When it was begun, made progress or ended: the last sign of it. */
  readonly updatedAt: Date;
  readonly endedAt?: Date | undefined;
  readonly pid: number;
}

export interface Runs {
  /** Answers the run's id. It belongs to this process. */
  beginRun(run: NewRun): Promise<number>;
  /**
   * What a run has done since the last time, all of it or, when it throws, nothing: one transaction, because each costs
   * the disk some syncs. With a state the run ends. Throws E_INTERNAL for a run that is not there or has ended.
   */
  advanceRun(id: number, advance: RunAdvance): Promise<void>;
  /** Takes a run off the record that did nothing. One that has files or failures stays. */
  dropRun(id: number): Promise<void>;
  /** The newest run of a job that is over: how it ended, and the cursor to go on at. */
  lastRun(job: string): Promise<Run | undefined>;
  /** The newest run of a job that goes on now, in whichever process; this one counts too. */
  activeRun(job: string): Promise<Run | undefined>;
  /** Newest first. */
  runs(page?: { readonly limit?: number | undefined; readonly offset?: number | undefined }): Promise<readonly Run[]>;
}

/** A file of links that is fetched every hour is not to be copied into the catalog every hour. */
const MOST_REFERENCES = 100;

/** Runs of one job that are looked at for one that is over or goes on; more than that never run at once. */
const LOOKED_AT = 50;

interface RunRow extends ProcessColumns, Readonly<Record<string, Column>> {
  readonly started_at: number;
  readonly updated_at: number;
}

export function runs(database: CatalogDatabase, now: () => number): Runs {
  const latest = async (job: string, fits: (run: Run) => boolean): Promise<Run | undefined> => {
    const rows = await database.read((sql) =>
      sql.all<RunRow>('SELECT * FROM runs WHERE job = ? ORDER BY id DESC LIMIT ?', job, LOOKED_AT),
    );
    for (const row of rows) {
      const run = await runOf(row, now());
      if (fits(run)) return run;
    }
    return undefined;
  };
  return {
    beginRun: async (run) => {
      const own = identityColumns(await ownIdentity());
      return database.write(
        (sql) =>
          sql.run(
            `INSERT INTO runs (job, command, source, reference, sink, destination, layout, cursor, state, started_at,
                 updated_at, host, pid, process_start)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?)`,
            run.job,
            run.command,
            run.source,
            columnOf(run.references ?? []),
            run.sink,
            run.destination,
            run.layout,
            run.cursor,
            run.startedAt,
            now(),
            ...own,
          ).id,
      );
    },
    advanceRun: async (id, { files = [], failures = [], state, ...progress }) => {
      const own = identityColumns(await ownIdentity());
      return database.write((sql) => {
        if (files.length > 0) recordFiles(sql, files);
        if (failures.length > 0) recordFailures(sql, id, failures, now());
        setProgress(sql, id, progress, now(), own);
        if (state !== undefined) setEnd(sql, id, state, now());
      });
    },
    dropRun: (id) =>
      database.write((sql) => {
        sql.run(
          `DELETE FROM runs WHERE id = ? AND NOT EXISTS (SELECT 1 FROM files WHERE run = runs.id)
             AND NOT EXISTS (SELECT 1 FROM failures WHERE run = runs.id)`,
          id,
        );
      }),
    lastRun: (job) => latest(job, (run) => run.state !== 'running'),
    activeRun: (job) => latest(job, (run) => run.state === 'running'),
    runs: async ({ limit = -1, offset = 0 } = {}) => {
      const rows = await database.read((sql) =>
        sql.all<RunRow>('SELECT * FROM runs ORDER BY id DESC LIMIT ? OFFSET ?', limit, offset),
      );
      return Promise.all(rows.map((row) => runOf(row, now())));
    },
  };
}

function setProgress(
  sql: Sql,
  id: number,
  { cursor, saved, present, failed, bytes }: RunProgress,
  at: number,
  own: ReturnType<typeof identityColumns>,
): void {
  const { changes } = sql.run(
    `UPDATE runs SET cursor = coalesce(?, cursor), saved = ?, present = ?, failed = ?, bytes = ?, updated_at = ?
       WHERE id = ? AND state = 'running'`,
    ...[cursor, saved, present, failed, bytes, at, id],
  );
  if (changes === 0) throw unknownRun(id);
  sql.run(
    `UPDATE claims SET seen_at = ? WHERE job = (SELECT job FROM runs WHERE id = ?)
       AND host = ? AND pid = ? AND process_start = ?`,
    at,
    id,
    ...own,
  );
}

function setEnd(sql: Sql, id: number, state: EndState, at: number): void {
  const { changes } = sql.run(
    "UPDATE runs SET state = ?, updated_at = ?, ended_at = ? WHERE id = ? AND state = 'running'",
    ...[state, at, at, id],
  );
  if (changes === 0) throw unknownRun(id);
}

async function runOf(row: RunRow, now: number): Promise<Run> {
  const orphaned = row.state === 'running' && !(await isLive(row, row.updated_at, now));
  return {
    id: row.id as number,
    job: row.job as string,
    command: row.command as string,
    source: text(row.source),
    references: text(row.reference)?.split('\n') ?? [],
    sink: text(row.sink),
    destination: text(row.destination),
    layout: text(row.layout),
    state: orphaned ? 'interrupted' : (row.state as Run['state']),
    cursor: text(row.cursor),
    saved: row.saved as number,
    present: row.present as number,
    failed: row.failed as number,
    bytes: row.bytes as number,
    startedAt: new Date(row.started_at),
    updatedAt: new Date(row.updated_at),
    endedAt: row.ended_at === null ? undefined : new Date(row.ended_at as number),
    pid: row.pid as number,
  };
}

/** One a line: no reference holds a line break, and one that did could not be told from two. */
function columnOf(references: readonly string[]): string | undefined {
  const lines = references.filter((reference) => !reference.includes('\n'));
  return lines.length === 0 || references.length > MOST_REFERENCES ? undefined : lines.join('\n');
}

function text(column: Column | undefined): string | undefined {
  return (column as string | null) ?? undefined;
}

function unknownRun(id: number): AlbarettoError {
  return new AlbarettoError({ code: 'E_INTERNAL', message: `run ${id} is not running`, reach: 'run' });
}
