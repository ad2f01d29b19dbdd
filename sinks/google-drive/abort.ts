/** Waiting that ends at once when a signal aborts, also for work that knows nothing of the signal. */

import { interrupted } from '../../src/plugin.js';

/**
 * Answers what `work` answers, or throws `E_INTERRUPTED` at the abort. The work itself may go on: it is for requests with
 * a limit of their own that others may be waiting for too.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(interrupted(signal.reason));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** A controller that aborts with `signal` and can be aborted by itself; `release` lets go of the signal. */
export function followSignal(signal: AbortSignal | undefined): {
  readonly controller: AbortController;
  release(): void;
} {
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return { controller, release: () => signal?.removeEventListener('abort', onAbort) };
}
