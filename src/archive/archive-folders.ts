/** An archive folder by folder, each in the order of its items: of every item only what the order needs is in memory. */

import { AlbarettoError } from '../errors.js';
import { walkArchive } from './archive-walk.js';

export interface ArchiveEntry {
  /** The item's own file. */
  readonly file: string;
  /** The sidecar that speaks of it. */
  readonly sidecar: string;
  /** The item's number on its service's page. */
  readonly index: number;
}

export interface ArchiveFolder {
  readonly path: string;
  /** By index, then by name. */
  readonly entries: readonly ArchiveEntry[];
  /** The files that no sidecar speaks of, by name. */
  readonly others: readonly string[];
}

/**
 * @param root A path without links.
 * @returns An error for a folder or a sidecar that could not be read.
 * @throws E_INTERRUPTED
 */
export async function* archiveFolders(
  root: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ArchiveFolder | AlbarettoError> {
  let path: string | undefined;
  let entries = new Map<string, ArchiveEntry>();
  let others: readonly string[] = [];
  const finish = (): readonly ArchiveFolder[] => {
    if (path === undefined) return [];
    const folder = { path, entries: [...entries.values()].sort(byIndex), others };
    [path, entries, others] = [undefined, new Map(), []];
    return [folder];
  };
  for await (const found of walkArchive(root, signal)) {
    if (found.kind === 'unread') {
      yield found.error;
      continue;
    }
    if (found.folder !== path) yield* finish();
    path = found.folder;
    if (found.kind === 'others') others = found.names;
    else {
      for (const { file, files, index } of found.sidecars) {
        const own = files[0]?.name;
        // Of two that speak of one file the first one counts.
        if (own !== undefined && !entries.has(own)) entries.set(own, { file: own, sidecar: file.name, index });
      }
    }
  }
  yield* finish();
}

function byIndex(one: ArchiveEntry, other: ArchiveEntry): number {
  return one.index - other.index || (one.file < other.file ? -1 : 1);
}

export function isFolder(found: ArchiveFolder | AlbarettoError): found is ArchiveFolder {
  return !(found instanceof AlbarettoError);
}
