/** A signal for work that two sides may end: whoever asked for it, and whoever runs it. */

import { setMaxListeners } from 'node:events';

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
