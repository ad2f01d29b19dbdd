/** Pictures of one response are fetched side by side: when several of them ask for it at once, it is asked for once. */

import { AlbarettoError, interrupted } from '../../src/plugin.js';

export class SharedRequests<T> {
  readonly #running = new Map<string, Promise<T>>();

  /**
   * What `work` answers, or what a running one for the same key will. Whoever is interrupted leaves at once; where that
   * was the one whose signal the work listens to, the others ask anew.
   * @throws what `work` throws, and E_INTERRUPTED.
   */
  async ask(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    if (signal?.aborted) throw interrupted(signal.reason);
    const running = this.#running.get(key) ?? work(signal).finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    try {
      return await orInterrupted(running, signal);
    } catch (thrown) {
      const others = thrown instanceof AlbarettoError && thrown.code === 'E_INTERRUPTED' && signal?.aborted !== true;
      if (others) return this.ask(key, signal, work);
      throw thrown;
    }
  }
}

async function orInterrupted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(interrupted(signal.reason));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
