/** Files that are read back: which one is meant, and its bytes. */

import { AlbarettoError, type ExistingFile, printable, type StoredFile } from '../../src/plugin.js';
import { download } from './download.js';
import type { DriveApi, Signal } from './drive-api.js';
import type { DriveFile } from './drive-file.js';
import { PLUGIN } from './failures.js';
import type { Listing } from './listing.js';

/** What is read back is a document; a larger file is none. 64 MiB. */
export const LARGEST_READ = 67_108_864;

export interface Reader {
  readonly api: DriveApi;
  readonly listing: Listing;
}

/**
 * Of several files with one key the one that is meant: the newest that still has the name, else the newest.
 * @param files Newest first.
 */
export function chosen(files: readonly DriveFile[], name: string): DriveFile | undefined {
  return files.find((file) => file.name === name) ?? files[0];
}

/** The file with the key, else the newest with the name. What has no bytes (a shortcut, a Google document) is none. */
export async function findReadable(
  listing: Listing,
  { name, key }: { readonly name: string; readonly key: string },
  signal: Signal,
): Promise<DriveFile | undefined> {
  const own = chosen((await listing.find(key, signal)).filter(hasBytes), name);
  return own ?? (await listing.named(name, signal)).find(hasBytes);
}

export function storedFile(reader: Reader, file: DriveFile, signal: Signal): StoredFile {
  const { name, id: location, size = 0, digests } = file;
  const open = async function* (): AsyncGenerator<Uint8Array> {
    if (size > LARGEST_READ) throw tooLarge(file);
    yield* contentsOf(reader, file, signal);
  };
  return { name, location, size, digests, open };
}

/** A file that may be replaced. Of any size: it is looked at in parts. */
export function existingFile(reader: Reader, file: DriveFile, signal: Signal): ExistingFile {
  return { size: file.size ?? 0, open: () => contentsOf(reader, file, signal) };
}

/**
 * What another run has put into the file since the folder was listed is read as it is now, which costs one more question;
 * but not once a part of the old content was given out.
 */
async function* contentsOf(reader: Reader, listed: DriveFile, signal: Signal): AsyncGenerator<Uint8Array> {
  const { api, listing } = reader;
  const what = `reading ${printable(listed.name, 100)}`;
  let given = false;
  try {
    for await (const part of download(api.connection, listed, what, signal)) {
      given = true;
      yield part;
    }
    return;
  } catch (thrown) {
    if (given || !(thrown instanceof AlbarettoError && thrown.code === 'E_DIGEST')) throw thrown;
  }
  const now = await api.findFile(listed.id, what, signal);
  if (now === undefined || now.trashed || !hasBytes(now)) throw gone(what);
  listing.put(now, listed.key);
  yield* download(api.connection, now, what, signal);
}

function hasBytes({ size }: DriveFile): boolean {
  return size !== undefined;
}

function tooLarge({ name, size = 0 }: DriveFile): AlbarettoError {
  const mebibytes = (bytes: number) => Math.ceil(bytes / 1_048_576);
  return new AlbarettoError({
    code: 'E_TOO_LARGE',
    message: `reading ${printable(name, 100)}: it has ${mebibytes(size)} MiB, more than the ${mebibytes(LARGEST_READ)} MiB that are read back`,
    hint: 'move it out of the folder, or give it another name',
    plugin: PLUGIN,
  });
}

function gone(what: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_DESTINATION',
    message: `${what}: it was deleted meanwhile`,
    hint: 'save it again',
    plugin: PLUGIN,
  });
}
