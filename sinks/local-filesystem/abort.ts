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
  const { aborted, forget } = abortion(signal);
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      throwIfAborted(signal);
      const result = await Promise.race([iterator.next(), aborted]);
      if (result.done) return;
      yield result.value;
    }
  } finally {
    forget();
    const ended = iterator.return?.().catch(() => {});
    // A reader that hangs answers this only after what it hangs on.
    if (!signal.aborted) await ended;
  }
}

/** @throws E_INTERRUPTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted(signal.reason);
}

function abortion(signal: AbortSignal): { aborted: Promise<never>; forget(): void } {
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(interrupted(signal.reason));
    signal.addEventListener('abort', stop, { once: true });
  });
  // Nobody may be waiting when it happens; then it is no unhandled failure.
  aborted.catch(() => {});
  return { aborted, forget: () => signal.removeEventListener('abort', stop) };
}
