/**
 * The catalog: the record of everything that was ever saved, of every run and of what is left to do.
 *
 * One SQLite file in the config folder, shared by all albaretto processes: each call is one short transaction, on the disk
 * when it resolves, and waits its turn behind those of other processes (up to 20 s, as a rule some milliseconds). Kills at
 * any instant leave what was committed and nothing else. Opening costs about 50 ms and
 * 10 MiB, and nothing of the engine is loaded before.
 *
 * Every method may throw E_UNAVAILABLE (retryable: another process kept the file too long), E_NO_SPACE or E_DESTINATION
 * (the disk refuses), E_USAGE (damaged, or of a newer program); the rest is said at each.
 */

import { renameSync } from 'node:fs';
import { fileFailure } from './catalog-failure.js';
import { journalOf, lockOf, openDatabase } from './database.js';
import { type FailedItems, failedItems } from './failed-items.js';
import { type Jobs, jobs } from './jobs.js';
import { type Runs, runs } from './runs.js';
import { type SavedFiles, savedFiles } from './saved-files.js';

export { isDamaged } from './catalog-failure.js';
export type { Failure, NewFailure } from './failed-items.js';
export type { FileFilter } from './file-filter.js';
export type { Claim, ClaimOptions, JobHolder } from './jobs.js';
export type { EndState, NewRun, Run, RunProgress } from './runs.js';
export type { FileRole, FileState, NewSavedFile, SavedFile } from './saved-file.js';
export type { Count, CountedBy, DestinationCount, ItemsAt, SearchPage } from './saved-files.js';

export interface Catalog extends SavedFiles, Runs, FailedItems, Jobs {
  readonly path: string;
  /**
   * What SQLite's own check of the whole file finds wrong with it; empty for a sound one. Takes about a second for
   * 100,000 files.
   */
  check(): Promise<readonly string[]>;
  /** Resolves when all that was called before is done. No method may be called afterwards. */
  close(): Promise<void>;
}

export interface CatalogOptions {
  /** Milliseconds that each call waits for other processes at most; default 20,000. */
  readonly patience?: number | undefined;
  /** Milliseconds since the epoch; default: the system's clock. */
  now?(): number;
}

/** The file's name in the config folder. */
export const CATALOG_NAME = 'catalog.sqlite';

/**
 * Opens the catalog, and makes it (0600, its folder 0700) where there is none. An older one is brought to the newest
 * version. Throws E_USAGE, and changes nothing, when the file was written by a newer program, is no catalog or is damaged
 * ({@link isDamaged}: `setAside` is the remedy).
 */
export async function openCatalog(path: string, options: CatalogOptions = {}): Promise<Catalog> {
  const now = options.now ?? Date.now;
  const database = await openDatabase(path, options.patience === undefined ? {} : { patience: options.patience });
  return {
    path,
    ...savedFiles(database),
    ...runs(database, now),
    ...failedItems(database),
    ...jobs(database, now),
    check: async () => {
      const found = await database.read((sql) => sql.all<{ integrity_check: string }>('PRAGMA integrity_check'));
      return found.map((row) => row.integrity_check).filter((text) => text !== 'ok');
    },
    close: () => database.close(),
  };
}

/**
 * Moves a catalog away, so that `openCatalog` makes a new one, and answers its new path beside the old one. Nothing is
 * deleted. Other processes that have it open go on with the new one. Throws what `openCatalog` throws for a file that is
 * in use or cannot be moved.
 */
export async function setAside(path: string, now: Date): Promise<string> {
  const moved = `${path}.damaged-${now.toISOString().replaceAll(/[:.]/gu, '-')}`;
  const giveBack = await (await lockOf(path)).acquire();
  try {
    renameSync(path, moved);
    // What an unfinished transaction was about to overwrite belongs to this file and to no other.
    renameIfThere(journalOf(path), journalOf(moved));
  } catch (thrown) {
    throw fileFailure(path, thrown);
  } finally {
    giveBack();
  }
  return moved;
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== 'ENOENT') throw thrown;
  }
}
