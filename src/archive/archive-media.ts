/** Looks at the media files of an archive, and follows no link. */

import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { AlbarettoError, interrupted } from '../errors.js';
import { printable } from '../printable.js';
import { createDigester, sha256Of } from '../transfer/bytes.js';
import { openFormatCheck } from '../transfer/formats/index.js';

/** What the bytes themselves say. */
export interface MediaFacts {
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly mediaType: string;
  /** Pixels. */
  readonly width?: number;
  readonly height?: number;
}

const CHUNK = 1_048_576;
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Whether a file is there with as many bytes as are on its record. It is not read.
 * @throws E_NOT_FOUND, E_TRUNCATED, E_DESTINATION; each reaches this file alone.
 */
export async function checkSize(path: string, size: number): Promise<void> {
  const found = await lstat(path).catch((thrown: unknown) => {
    throw unreadable(path, thrown);
  });
  if (!found.isFile()) throw notThere(path, 'it is no file');
  if (found.size !== size) {
    throw new AlbarettoError({
      code: 'E_TRUNCATED',
      message: `${printable(path)} has ${found.size} bytes where its record says ${size}`,
      hint: "'repair' fetches it again",
    });
  }
}

/**
 * Reads a file from its beginning to its end.
 * @throws E_NOT_FOUND, E_FORMAT for what is no whole picture, video or sound, E_DESTINATION; each reaches this file alone.
 * E_INTERRUPTED.
 */
export async function readMedia(path: string, signal: AbortSignal | undefined): Promise<MediaFacts> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, READ);
    const status = await handle.stat();
    if (!status.isFile()) throw notThere(path, 'it is no file');
    return await read(handle, path, status.size, signal);
  } catch (thrown) {
    throw thrown instanceof AlbarettoError ? thrown : unreadable(path, thrown);
  } finally {
    await handle?.close().catch(() => undefined);
  }
}

async function read(handle: FileHandle, path: string, declaredSize: number, signal: AbortSignal | undefined) {
  const digester = createDigester();
  const check = openFormatCheck({ declaredSize });
  let size = 0;
  for (;;) {
    if (signal?.aborted) throw interrupted(signal.reason);
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, null);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    size += bytesRead;
    digester.update(chunk);
    check.write(chunk);
  }
  const verdict = check.end();
  const { mediaType } = verdict;
  // Of a kind that cannot be checked (TIFF, BMP) nothing says that it is damaged.
  const isMedia = verdict.ok || (verdict.problem === 'unknown' && mediaType !== undefined);
  if (!isMedia || mediaType === undefined) {
    const detail = verdict.ok ? 'is of no known kind' : verdict.detail;
    throw new AlbarettoError({
      code: 'E_FORMAT',
      message: `${printable(path)} is not a whole picture, video or sound (${detail})`,
      hint: 'it is left out',
    });
  }
  const facts = { size, sha256: sha256Of(digester.digests()), mediaType };
  return verdict.ok && verdict.width !== undefined && verdict.height !== undefined
    ? { ...facts, width: verdict.width, height: verdict.height }
    : facts;
}

const NOTHING_THERE: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'it is not there',
  ELOOP: 'it is a link',
  ENAMETOOLONG: 'no file here has such a name',
  EILSEQ: 'no file here has such a name',
};

function unreadable(path: string, thrown: unknown): AlbarettoError {
  const { code } = thrown as { code?: unknown };
  const name = typeof code === 'string' ? code : 'unknown error';
  const reason = NOTHING_THERE[name];
  if (reason !== undefined) return notThere(path, reason, thrown);
  return new AlbarettoError({
    code: 'E_DESTINATION',
    message: `${printable(path)} cannot be read (${name})`,
    hint: 'it is left out',
    cause: thrown,
  });
}

function notThere(path: string, reason: string, cause?: unknown): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `${printable(path)} is missing: ${reason}`,
    hint: "'repair' fetches it again",
    cause,
  });
}
