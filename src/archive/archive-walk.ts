/** What lies in an archive's folders: sidecars, and files that none of them speaks of. Looks only, and follows no link. */

import { createHash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import { AlbarettoError, interrupted } from '../errors.js';
import { printable } from '../printable.js';
import { readSidecar, type Sidecar } from './sidecar.js';

export interface FoundSidecar extends Sidecar {
  /** Of the sidecar itself. */
  readonly file: { readonly name: string; readonly size: number; readonly sha256: string };
  /** When the sidecar came to lie there, as far as its file system knows. */
  readonly storedAt: Date;
}

export type Found =
  /** Some of a folder's sidecars, by name. */
  | { readonly kind: 'sidecars'; readonly folder: string; readonly sidecars: readonly FoundSidecar[] }
  /** The other files of a folder, after all of its sidecars. */
  | { readonly kind: 'others'; readonly folder: string; readonly names: readonly string[] }
  /** A folder or a sidecar that could not be read, or lies too deep. */
  | { readonly kind: 'unread'; readonly error: AlbarettoError };

/** No archive is deeper; what is may be a loop that some file system makes. */
const DEEPEST = 64;
/** No record of ours is larger; a larger file is somebody else's and is not read. */
const LARGEST = 33_554_432;
/** Sidecars that are in memory together, and that are read at once. */
const PORTION = 200;
const AT_ONCE = 8;

const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Walks a folder and those below it, each in the order of its names. Hidden files and folders are passed over.
 *
 * @param root A path without links.
 * @throws E_INTERRUPTED
 */
export async function* walkArchive(root: string, signal: AbortSignal | undefined, depth = 0): AsyncGenerator<Found> {
  if (signal?.aborted) throw interrupted(signal.reason);
  const entries = await entriesOf(root, depth);
  if (entries instanceof AlbarettoError) {
    yield { kind: 'unread', error: entries };
    return;
  }
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const spokenFor = new Set<string>();
  const candidates = names.filter((name) => name.toLowerCase().endsWith('.json'));
  for (let start = 0; start < candidates.length; start += PORTION) {
    if (signal?.aborted) throw interrupted(signal.reason);
    const read = (name: string) => readCandidate(root, name);
    const found = await pMap(candidates.slice(start, start + PORTION), read, { concurrency: AT_ONCE });
    const sidecars: FoundSidecar[] = [];
    for (const one of found) {
      if (one instanceof AlbarettoError) yield { kind: 'unread', error: one };
      else if (one !== undefined) sidecars.push(one);
    }
    for (const { file, files } of sidecars) for (const { name } of [file, ...files]) spokenFor.add(name);
    if (sidecars.length > 0) yield { kind: 'sidecars', folder: root, sidecars };
  }
  const others = names.filter((name) => !spokenFor.has(name));
  if (others.length > 0) yield { kind: 'others', folder: root, names: others };
  for (const entry of entries) if (entry.isDirectory()) yield* walkArchive(join(root, entry.name), signal, depth + 1);
}

async function entriesOf(folder: string, depth: number): Promise<readonly Dirent[] | AlbarettoError> {
  if (depth > DEEPEST) return unread(folder, `it lies more than ${DEEPEST} folders deep`);
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.')).sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (thrown) {
    return unread(folder, reasonOf(thrown), thrown);
  }
}

/** `undefined` for a JSON file that is no sidecar of ours. */
async function readCandidate(folder: string, name: string): Promise<FoundSidecar | AlbarettoError | undefined> {
  const path = join(folder, name);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, READ);
    const status = await handle.stat();
    if (!status.isFile() || status.size > LARGEST) return undefined;
    const bytes = await handle.readFile();
    const sidecar = readSidecar(bytes.toString('utf8'));
    if (sidecar === undefined) return undefined;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const storedAt = status.birthtimeMs > 0 ? status.birthtime : status.ctime;
    return { ...sidecar, file: { name, size: bytes.length, sha256 }, storedAt };
  } catch (thrown) {
    const code = reasonOf(thrown);
    // It was taken away, or became a link, since the folder was listed.
    return code === 'ENOENT' || code === 'ELOOP' ? undefined : unread(path, code, thrown);
  } finally {
    await handle?.close().catch(() => undefined);
  }
}

function reasonOf(thrown: unknown): string {
  const { code } = thrown as { code?: unknown };
  return typeof code === 'string' ? code : 'unknown error';
}

function unread(path: string, reason: string, cause?: unknown): AlbarettoError {
  return new AlbarettoError({
    code: 'E_DESTINATION',
    message: `${printable(path)} cannot be read (${reason})`,
    hint: 'what lies there is not recorded',
    cause,
  });
}
