/** A layout for files that were saved once and are put back where they were, under the names that they have there. */

import type { Item } from '../model.js';
import { sha256Of } from '../transfer/bytes.js';
import type { SavedFile } from './catalog/catalog.js';
import { type Layout, type PlannedFile, pathOf } from './layout.js';

/**
 * A file that is damaged is replaced, one that is missing is stored under its name; anything else that has a name stays:
 * what is put beside it gets a second name, as always. Items that the catalog does not know are named as usual.
 *
 * @param known The rows of an item at the destination.
 * @param uniqueNames Whether a name is one file there. Where it is not, a store could take another file of the item for
 * the damaged one, so nothing is replaced when there are several.
 */
export function withKnownNames(
  layout: Layout,
  known: (item: Item) => readonly SavedFile[],
  uniqueNames: boolean,
): Layout {
  return {
    ...layout,
    plan(fetched, options) {
      const files = known(fetched.item);
      const plan = layout.plan(fetched, options);
      const put = (file: PlannedFile, role: SavedFile['role']) => {
        const ofRole = files.filter((one) => one.role === role);
        return putBack(file, role, ofRole, uniqueNames || ofRole.length === 1);
      };
      return {
        media: plan.media.map((file, position) => put(file, position === 0 ? 'media' : 'companion')),
        documents: (stored) => plan.documents(stored).map((file) => put(file, 'document')),
      };
    },
  };
}

function putBack(
  planned: PlannedFile,
  role: SavedFile['role'],
  known: readonly SavedFile[],
  mayReplace: boolean,
): PlannedFile {
  const row = rowOf(planned, role, known);
  if (row === undefined) return planned;
  const folder = row.name.split('/');
  const name = folder.pop() ?? planned.file.name;
  const replaced = mayReplace && row.state === 'damaged' ? ({ onDifferent: 'replace' } as const) : {};
  return { ...planned, folder, file: { ...planned.file, name, ...replaced } };
}

/** Of several files of one item the one that needs these very bytes, or has them; then the one of this name. */
function rowOf(
  { folder, file }: PlannedFile,
  role: SavedFile['role'],
  known: readonly SavedFile[],
): SavedFile | undefined {
  const path = pathOf(folder, file.name);
  const bad = known.filter(({ state }) => state === 'missing' || state === 'damaged');
  const sha256 = sha256Of(file.bytes.digests);
  return (
    bad.find((row) => row.sha256 === sha256) ??
    known.find((row) => row.sha256 === sha256 && row.state === 'saved') ??
    bad.find((row) => row.name === path) ??
    // The service gives other bytes than it did. Of companions nobody could say which of them that is.
    (role === 'media' ? bad[0] : undefined) ??
    known.find((row) => row.name === path)
  );
}
