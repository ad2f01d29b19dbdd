import { interrupted } from '../../src/plugin.js';

/** @throws E_INTERRUPTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted(signal.reason);
}
