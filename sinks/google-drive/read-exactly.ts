/** Parts of a file's bytes, of exactly the length that is asked for: a source that ends early never becomes a file. */

import { AlbarettoError, asAlbarettoError, type StoreFile, untilAborted } from '../../src/plugin.js';
import { PLUGIN } from './failures.js';

/**
 * @param offset Where the part begins.
 * @param length Its bytes. When it reaches the end of the file, nothing may follow it.
 * @throws E_TRUNCATED when the source holds fewer or more bytes than it declares, `E_INTERRUPTED` at an abort.
 */
export async function readExactly(
  file: StoreFile,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const { bytes } = file;
  if (bytes.inMemory !== undefined) {
    if (bytes.inMemory.length !== bytes.size) throw wrongLength(file);
    return view(bytes.inMemory.subarray(offset, offset + length));
  }
  const isLast = offset + length === bytes.size;
  // One byte more than the last part: it must not come.
  const chunks = await readUpTo(bytes.open(offset), isLast ? length + 1 : length, signal);
  const read = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (read < length || (isLast && read > length)) throw wrongLength(file);
  return Buffer.concat(chunks, length);
}

async function readUpTo(source: AsyncIterable<Uint8Array>, enough: number, signal: AbortSignal | undefined) {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let ended = false;
  try {
    for (let read = 0; read < enough; ) {
      const next = await untilAborted(iterator.next(), signal);
      ended = next.done === true;
      if (next.done) break;
      chunks.push(next.value);
      read += next.value.length;
    }
    return chunks;
  } catch (thrown) {
    ended = true;
    throw asAlbarettoError(thrown, signal);
  } finally {
    // A reader that hangs would answer this only after what it hangs on: nobody waits for it.
    if (!ended || signal?.aborted) iterator.return?.()?.catch(() => undefined);
  }
}

/** The same memory, not a copy. */
function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function wrongLength(file: StoreFile): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TRUNCATED',
    message: `${file.name} does not have the ${file.bytes.size} bytes that it should have`,
    hint: 'fetch it again',
    plugin: PLUGIN,
  });
}
