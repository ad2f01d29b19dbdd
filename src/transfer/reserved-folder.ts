/** Folders of a store, made by reserved ids that the journal knows: no other try and no later run makes a second one. */

import type { Journal, JournalEntry } from '../archive/journal.js';
import { AlbarettoError } from '../errors.js';
import type { Store } from '../plugin.js';

export interface FolderSurroundings {
  /** Absent for a sink that gives no ids. */
  readonly journal?: Journal | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One try to open a folder below `parent`. An id is asked for only where the folder is not there.
 * @throws what the store throws.
 */
export async function openReservedFolder(
  parent: Store,
  name: string,
  { journal, signal }: FolderSurroundings,
): Promise<Store> {
  if (journal === undefined || parent.reserve === undefined) return parent.folder(name, { signal });
  const entry = { key: `folder ${name}`, location: parent.location, sha256: '', state: 'begun' } as const;
  const known = await journal.find(entry.location, entry.key);
  let last: JournalEntry | undefined = known;
  const reserve = async (): Promise<string> => {
    const [reservation] = (await parent.reserve?.(1, { signal })) ?? [];
    if (reservation === undefined) throw noIds();
    last = await journal.begin({ ...entry, reservation }, last?.reservation);
    return last.reservation;
  };
  const own = known === undefined ? {} : { reservation: known.reservation };
  const store = await parent.folder(name, { signal, reserve, ...own });
  if (last?.state === 'begun') await journal.write({ ...last, state: 'done' });
  return store;
}

/** A storage whose `reserve` answers nothing. */
export function noIds(): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: 'the storage gave out no ids',
    hint: 'try again later',
  });
}
