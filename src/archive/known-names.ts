/** A layout for files that were saved once and are put back where they were, under the names that they have there. */

import { AlbarettoError } from '../errors.js';
import type { Item } from '../model.js';
import { printable } from '../printable.js';
import { sha256Of } from '../transfer/bytes.js';
import type { SavedFile } from './catalog/catalog.js';
import { type Layout, type PlannedFile, pathOf } from './layout.js';

/**
 * A file that is damaged is replaced, one that is missing is stored under its name; anything else that has a name stays:
 * what is put beside it gets a second name, as always. Items that the catalog does not know are named as usual. Planning an
 * item of which other bytes come now than were saved throws E_DIGEST: they would pass for what was lost.
 *
 * @param known The rows of an item at the destination.
 * @param uniqueNames Whether a name is one file there. Where it is not, a store could take another file of the item for
 * the damaged one, so nothing is replaced when there are several.
 * @param onOther Told of each item that other bytes come of.
 */
export function withKnownNames(
  layout: Layout,
  known: (item: Item) => readonly SavedFile[],
  uniqueNames: boolean,
  onOther?: (item: Item) => void,
): Layout {
  return {
    ...layout,
    plan(fetched, options) {
      const files = known(fetched.item);
      const plan = layout.plan(fetched, options);
      for (const [position, { file }] of plan.media.entries()) {
        const name = nameOfOther(file, files, position === 0 ? 'media' : 'companion');
        if (name === undefined) continue;
        onOther?.(fetched.item);
        throw otherBytes(name);
      }
      const put = (file: PlannedFile, role: SavedFile['role']) => {
        const ofRole = files.filter((one) => one.role === role);
        return putBack(file, ofRole, uniqueNames || ofRole.length === 1);
      };
      return {
        media: plan.media.map((file, position) => put(file, position === 0 ? 'media' : 'companion')),
        documents: (stored) => plan.documents(stored).map((file) => put(file, 'document')),
      };
    },
  };
}

function putBack(planned: PlannedFile, known: readonly SavedFile[], mayReplace: boolean): PlannedFile {
  const row = rowOf(planned, known);
  if (row === undefined) return planned;
  const folder = row.name.split('/');
  const name = folder.pop() ?? planned.file.name;
  const replaced = mayReplace && row.state === 'damaged' ? ({ onDifferent: 'replace' } as const) : {};
  return { ...planned, folder, file: { ...planned.file, name, ...replaced } };
}

/** Of several files of one item the one that needs these very bytes, or has them; then the one of this name. */
function rowOf({ folder, file }: PlannedFile, known: readonly SavedFile[]): SavedFile | undefined {
  const path = pathOf(folder, file.name);
  const bad = known.filter(({ state }) => state === 'missing' || state === 'damaged');
  const sha256 = sha256Of(file.bytes.digests);
  const wanted = bad.filter((row) => row.sha256 === sha256);
  return (
    // Several layouts in one folder: each one's picture is put back by its own.
    wanted.find((row) => row.name === path) ??
    wanted[0] ??
    known.find((row) => row.sha256 === sha256 && row.state === 'saved') ??
    bad.find((row) => row.name === path) ??
    known.find((row) => row.name === path)
  );
}

/**
 * Under which name it was saved, where none of its files had these bytes. A document may say something else by now; a
 * picture that is another one is not what was saved.
 */
function nameOfOther(
  { bytes }: PlannedFile['file'],
  files: readonly SavedFile[],
  role: SavedFile['role'],
): string | undefined {
  const rows = files.filter((row) => row.role === role);
  const sha256 = sha256Of(bytes.digests);
  return rows.some((row) => row.sha256 === sha256) ? undefined : rows[0]?.name;
}

function otherBytes(name: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_DIGEST',
    message: `nothing is put back: other bytes come now than were saved as ${printable(name, 200)}`,
    hint: "they are in the buffer; 'save' stores them as they are",
  });
}
