import { AlbarettoError } from '../../src/plugin.js';

/** Who asks for the same thing while it is being asked for gets the same answer: one request for all. */
export class SharedRequests<T> {
  readonly #running = new Map<string, Promise<T>>();

  async get(key: string, signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key) ?? ask().finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    try {
      return await running;
    } catch (thrown) {
      // Whoever asked first was interrupted, and this caller was not: it asks itself.
      if (isInterruption(thrown) && signal?.aborted !== true) return this.get(key, signal, ask);
      throw thrown;
    }
  }
}

export function isInterruption(thrown: unknown): boolean {
  return thrown instanceof AlbarettoError && thrown.code === 'E_INTERRUPTED';
}
