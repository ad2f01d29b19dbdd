/** Missing and damaged files as the commands by which they are fetched again. */

import type { Catalog, Run, SavedFile } from '../archive/catalog/catalog.js';
import { runsById } from './rerun.js';

/** Items of one task that are fetched by one command. */
export interface RepairGroup {
  readonly source: string;
  readonly task: string;
  /** Whether their sidecars are wanted: the person may have saved them without. */
  readonly metadata: boolean;
  /** What `--layout` said when they were saved. */
  readonly asked: string | undefined;
  /** That saved them: what they were given finds them again. */
  readonly runs: Set<Run>;
  /** All rows of each item at the place. */
  readonly items: Map<string, readonly SavedFile[]>;
}

/**
 * @param bad Rows of one source at one place.
 * @param rows All rows of their items there.
 */
export async function repairGroups(
  bad: readonly SavedFile[],
  rows: ReadonlyMap<string, readonly SavedFile[]>,
  catalog: Catalog,
): Promise<readonly RepairGroup[]> {
  const runs = await runsById(
    bad.flatMap(({ run }) => (run === undefined ? [] : [run])),
    catalog,
  );
  const groups = new Map<string, RepairGroup>();
  for (const { source, task, item, run } of bad) {
    const files = rows.get(item) ?? [];
    // A document of a whole task belongs to no item that could be fetched for it.
    if (item === '' || isUnwanted(files)) continue;
    const metadata = files.some(({ role }) => role === 'document');
    const asked = run === undefined ? undefined : runs.get(run)?.layout;
    const key = JSON.stringify([task, metadata, asked]);
    const group = groups.get(key) ?? { source, task, metadata, asked, runs: new Set(), items: new Map() };
    group.items.set(item, files);
    const saved = run === undefined ? undefined : runs.get(run);
    if (saved !== undefined) group.runs.add(saved);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The person took it away on purpose. */
export function isUnwanted(files: readonly SavedFile[] | undefined): boolean {
  const media = files?.filter(({ role }) => role === 'media') ?? [];
  return media.length > 0 && media.every(({ state }) => state === 'deleted');
}
