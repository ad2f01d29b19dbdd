/** A row of the catalog as a store is asked about its file, and as it is told. */

import type { FileState, NewSavedFile } from '../archive/catalog/catalog.js';
import type { Condition, Digest, ExpectedFile } from '../plugin.js';
import type { ReportEvent } from '../report/events.js';

/** What a file's condition makes of its row. */
export const STATES: Readonly<Record<Condition, 'saved' | 'missing' | 'damaged'>> = {
  whole: 'saved',
  missing: 'missing',
  damaged: 'damaged',
};

/** What the person deleted is wanted nowhere, and what is gone cannot come back. */
export function isLookedAt(state: string): boolean {
  return state !== ('deleted' satisfies FileState) && state !== ('gone' satisfies FileState);
}

/** The facts of a row that `Store.inspect` takes. */
export function expectedOf({ name, location, size, sha256, md5 }: NewSavedFile): ExpectedFile {
  const digests: Digest[] = [{ algorithm: 'sha256', hex: sha256 }];
  if (md5 !== undefined) digests.push({ algorithm: 'md5', hex: md5 });
  return { name, location, size, digests };
}

/** A row as it is told when something is wrong with its file. */
export function checkedEvent(
  file: NewSavedFile,
  state: 'missing' | 'damaged' | 'gone',
): Extract<ReportEvent, { event: 'checked' }> {
  const { source, task, item, index, role, name, sink, destination, location } = file;
  return { event: 'checked', source, task, id: item, index, role, state, name, sink, destination, location };
}
