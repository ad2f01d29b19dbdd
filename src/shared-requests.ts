/** Items of one task are downloaded side by side: what several of them ask for at once is asked for once. */

import { untilAborted } from './abort.js';
import { interrupted, isInterruption } from './errors.js';

/** Requests that are running, each by a key that its source chooses. */
export class SharedRequests<T> {
  readonly #running = new Map<string, Promise<T>>();

  /**
   * What `work` answers, or what a running one for the same key will. Whoever is interrupted leaves at once; where that
   * was the one whose signal the work listens to, the others ask anew.
   *
   * @throws what `work` throws, and E_INTERRUPTED.
   */
  async ask(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    if (signal?.aborted) throw interrupted(signal.reason);
    const joined = this.#running.get(key);
    const running = joined ?? work(signal).finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    try {
      return await untilAborted(running, signal);
    } catch (thrown) {
      if (joined !== undefined && isInterruption(thrown) && signal?.aborted !== true)
        return this.ask(key, signal, work);
      throw thrown;
    }
  }
}
