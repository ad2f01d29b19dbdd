import { interrupted } from '../../src/plugin.js';

/**
 * The chunks of `chunks`; throws `E_INTERRUPTED` as soon as the signal aborts, also while a reader that never answers is
 * being waited for.
 */
export async function* eachUntilAborted<T>(
  chunks: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  if (signal === undefined) return yield* chunks;
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      throwIfAborted(signal);
      const result = await untilAborted(iterator.next(), signal);
      if (result.done) return;
      yield result.value;
    }
  } finally {
    const ended = iterator.return?.().catch(() => {});
    // A reader that hangs answers this only after what it hangs on.
    if (!signal.aborted) await ended;
  }
}

/** @throws E_INTERRUPTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted(signal.reason);
}

/**
 * A promise of its own for each wait: `Promise.race` against one that lasts as long as the transfer would keep every chunk
 * that came, until the end.
 */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(interrupted(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
