/** `fetch --from-file links.txt`: references from a file or from the standard input, one a line. */

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { eachUntilAborted } from '../abort.js';
import { AlbarettoError, asAlbarettoError, usageError } from '../errors.js';
import { printable } from '../printable.js';
import type { Recognised } from '../recognise.js';
import type { Session } from '../session.js';
import { openInput } from './input-file.js';
import { recogniseAll } from './references.js';

export interface ReferenceLines {
  readonly references: readonly Recognised[];
  /** Lines that are no reference, each with its number. The others are fetched all the same. */
  readonly bad: readonly AlbarettoError[];
}

/** A line behind `#` at its beginning or after a blank is a comment: a URL may hold one. */
const COMMENT = /(?:^|\s)#.*$/u;

/**
 * Reads the files, in their order; a reference that stands there twice is fetched once.
 * @throws E_USAGE for a file that cannot be read, `-` where the input is not free, and files without any reference.
 * E_INTERRUPTED: whoever writes the input may keep silent for ever.
 */
export async function readReferenceFiles(
  paths: readonly string[],
  forced: string | undefined,
  session: Session,
  signal: AbortSignal,
): Promise<ReferenceLines> {
  const references = new Map<string, Recognised>();
  const bad: AlbarettoError[] = [];
  for (const path of paths) {
    const name = path === '-' ? 'the standard input' : printable(path, 200);
    let number = 0;
    for await (const line of eachUntilAborted(linesOf(path, session, signal), signal)) {
      number += 1;
      if (line.includes('\0'))
        throw usageError(`${name} is no text in UTF-8`, 'save it as UTF-8, with one reference a line');
      const text = line
        .replace(/^\ufeff/u, '')
        .replace(COMMENT, '')
        .trim();
      if (text === '') continue;
      try {
        for (const found of await recogniseAll([text], forced, session)) {
          references.set(`${found.source.name}:${found.reference}`, found);
        }
      } catch (thrown) {
        const error = asAlbarettoError(thrown);
        if (error.code !== 'E_USAGE') throw error;
        bad.push(error.with({ message: `line ${number} of ${name}: ${error.message}`, reach: 'item' }));
      }
    }
  }
  if (references.size + bad.length > 0) return { references: [...references.values()], bad };
  throw usageError('--from-file holds no reference', 'one a line; # begins a comment');
}

async function* linesOf(path: string, session: Session, signal: AbortSignal): AsyncGenerator<string> {
  if (path === '-') {
    const lines = session.runtime.inputLines;
    if (lines === undefined) throw usageError("the standard input is not free for '--from-file -'", 'name a file');
    return yield* lines();
  }
  let stream: Readable | undefined;
  try {
    stream = await openInput(session.runtime.resolvePath(path), signal);
    const input = stream;
    const failed = new Promise<never>((_resolve, reject) => input.once('error', reject));
    // Whoever reads the lines is told; until then it is nobody's.
    failed.catch(() => undefined);
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([lines.next(), failed]);
      if (next.done === true) return;
      yield next.value;
    }
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === undefined || thrown instanceof AlbarettoError) throw thrown;
    throw usageError(`${printable(path, 200)} cannot be read (${code})`, 'name a text file with one reference a line');
  } finally {
    stream?.destroy();
  }
}
