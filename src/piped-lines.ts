/** The lines of a pipe. */

import { usageError } from './errors.js';

/** Reading begins with the first line that is taken: a reader that waits unused would miss the end of the input. */
export async function* pipedLines(input: NodeJS.ReadStream): AsyncGenerator<string> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input, terminal: false, crlfDelay: Number.POSITIVE_INFINITY });
  // Nobody else listens, and an error that nobody hears ends the process.
  input.once('error', () => lines.close());
  let isFirst = true;
  try {
    for await (const line of lines) {
      // Editors of Windows begin a file with a mark.
      yield isFirst ? line.replace(/^\ufeff/u, '') : line;
      isFirst = false;
    }
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    throw usageError(`the lines of the input cannot be read (${code ?? 'unknown error'})`);
  }
}
