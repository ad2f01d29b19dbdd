/** Signals: for work that two sides may end (whoever asked for it, and whoever runs it), and for work that does not listen. */

import { setMaxListeners } from 'node:events';
import { interrupted } from './errors.js';

export interface LinkedAbort {
  /** Aborted when the outer signal is, or by `abort`. */
  readonly signal: AbortSignal;
  abort(): void;
  /** Lets the outer signal go; for the end of the work, which may be much earlier than the end of that signal. */
  release(): void;
}

export function linkedAbort(outer: AbortSignal | undefined): LinkedAbort {
  const controller = new AbortController();
  manyListeners(controller.signal);
  const follow = () => controller.abort(outer?.reason);
  if (outer?.aborted) follow();
  else outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: () => controller.abort(),
    release: () => outer?.removeEventListener('abort', follow),
  };
}

/** Every transfer listens to the signal of its command, and there are more at once than Node takes for a leak. */
export function manyListeners(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}

/**
 * The values of an iterable, each as it comes, until the signal is aborted: whoever gives them may keep silent for ever.
 * @throws E_INTERRUPTED
 */
export async function* eachUntilAborted<T>(
  values: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  const iterator = Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
  try {
    for (;;) {
      const next = await untilAborted(iterator.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a generator that waits for its own next value answers only after that.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/**
 * What the work answers, until the signal is aborted; the work itself may go on. Listens only as long as it waits: a
 * promise that outlives many waits would keep all of them.
 * @throws E_INTERRUPTED, and what the work throws.
 */
export async function untilAborted<T>(work: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(interrupted(signal.reason));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
