/** The bytes of a file of Drive, a part at a time, and compared with the digest that Drive says they have. */

import { createHash } from 'node:crypto';
import { AlbarettoError } from '../../src/plugin.js';
import type { DriveConnection, Sending } from './connection.js';
import { badAnswer, type Signal } from './drive-api.js';
import type { DriveFile } from './drive-file.js';
import { PLUGIN } from './failures.js';

/** What one request asks for at most, and what reading a file holds in memory. */
export const PART = 8 * 1_048_576;

/**
 * @param what What messages say failed: `reading album.json`.
 * @throws E_DIGEST, retryable, when the file is not any more what `file` says of it. Up to {@link PART} bytes, nothing is
 * given out before that is known.
 */
export async function* download(
  connection: DriveConnection,
  file: DriveFile,
  what: string,
  signal: Signal,
): AsyncGenerator<Uint8Array> {
  const { size = 0, digests } = file;
  const [digest] = digests;
  const hash = digest === undefined ? undefined : createHash(digest.algorithm);
  for (let start = 0; start < size; start += PART) {
    const length = Math.min(PART, size - start);
    const part = await readPart(connection, file, { start, length }, { what, about: 'file', signal });
    hash?.update(part);
    if (start + length === size && hash?.digest('hex') !== digest?.hex) throw changed(what);
    yield part;
  }
}

/**
 * A file that one request can hold is asked for whole.
 * https://developers.google.com/workspace/drive/api/guides/manage-downloads#partial_download
 */
async function readPart(
  connection: DriveConnection,
  { id, size = 0 }: DriveFile,
  { start, length }: { readonly start: number; readonly length: number },
  sending: Sending,
): Promise<Uint8Array> {
  const url = `https://www.googleapis.com/drive/v3/files/${encodeURIComponent(id)}?alt=media&supportsAllDrives=true`;
  const range = `bytes=${start}-${start + length - 1}`;
  const headers = { 'accept-encoding': 'identity', ...(length === size ? {} : { range }) };
  const answer = await connection.read(sending, url, headers);
  if (answer.status === 200) {
    // A server need not heed a range: then everything came.
    if (answer.body.length !== size) throw changed(sending.what);
    return answer.body.subarray(start, start + length);
  }
  const told = /^bytes (\d+)-(\d+)\/(\d+)$/u.exec(answer.headers['content-range'] ?? '');
  if (answer.status !== 206 || told === null) return badAnswer(sending.what);
  if (Number(told[3]) !== size) throw changed(sending.what);
  if (Number(told[1]) !== start || answer.body.length !== length) return badAnswer(sending.what);
  return answer.body;
}

function changed(what: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_DIGEST',
    message: `${what}: it has changed since the folder was listed`,
    hint: 'try again',
    plugin: PLUGIN,
    retryable: true,
  });
}
