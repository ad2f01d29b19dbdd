/** Documents that belong to whole tasks or to several items, written anew: no item could be fetched again for them. */

import type { Catalog, SavedFile } from '../archive/catalog/catalog.js';
import type { Invocation } from './command.js';
import type { Place } from './places.js';
import { referencesOf, rerun, runsById } from './rerun.js';

/**
 * Goes once more through the items of each task that are at the place: nothing of them is fetched, and their layout writes
 * what belongs to them.
 *
 * @param files The rows of documents without an item, of one source.
 * @throws what a pipe throws.
 */
export async function writeDocumentsAnew(
  files: readonly SavedFile[],
  place: Place,
  catalog: Catalog,
  context: Pick<Invocation, 'session' | 'signal'>,
): Promise<void> {
  const runs = await runsById(
    files.flatMap(({ run }) => (run === undefined ? [] : [run])),
    catalog,
  );
  for (const task of new Set(files.map((file) => file.task))) {
    const ofTask = files.filter((file) => file.task === task);
    const [run] = ofTask.flatMap((file) => (file.run === undefined ? [] : (runs.get(file.run) ?? [])));
    const [source = ''] = ofTask.map((file) => file.source);
    const only = await savedItems({ ...place, source, task }, catalog);
    if (only.size === 0) continue;
    const [reference] = referencesOf(source, task, run === undefined ? [] : [run], context);
    const common = { again: false, metadata: true, dryRun: false };
    await rerun({ ...common, source, reference, only, place, asked: run?.layout }, context);
  }
}

async function savedItems(
  where: Place & Pick<SavedFile, 'source' | 'task'>,
  catalog: Catalog,
): Promise<ReadonlySet<string>> {
  const items = new Set<string>();
  for await (const { item } of catalog.search({ ...where, role: 'media', state: 'saved' })) items.add(item);
  return items;
}
