/** Time that a test moves: nobody waits for real. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { interrupted } from '../../src/plugin.js';

interface Sleeper {
  readonly until: number;
  wake(): void;
}

export class VirtualClock {
  /** How long each sleep was, in milliseconds and in the order in which they began. */
  readonly waits: number[] = [];
  #now: number;
  #sleepers: Sleeper[] = [];
  readonly #automatic: boolean;

  /** @param automatic Whether time goes on by itself to the end of the next sleep. Otherwise `advance` moves it. */
  constructor({ start = Date.UTC(2022, 8, 28, 12), automatic = true } = {}) {
    this.#now = start;
    this.#automatic = automatic;
  }

  readonly now = (): number => this.#now;

  readonly sleep = async (milliseconds: number, signal: AbortSignal | undefined): Promise<void> => {
    if (signal?.aborted) throw interrupted(signal.reason);
    this.waits.push(milliseconds);
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(interrupted(signal?.reason));
      };
      const wake = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper: Sleeper = { until: this.#now + milliseconds, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', stop, { once: true });
      if (this.#automatic) void nextTurn().then(() => this.#wakeNext());
    });
  };

  /** Wakes everybody whose time comes, in that order, each at its own time. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (let next = this.#first(); next !== undefined && next.until <= end; next = this.#first()) {
      this.#wake(next);
      await settle();
    }
    this.#now = end;
  }

  #first(): Sleeper | undefined {
    return [...this.#sleepers].sort((one, other) => one.until - other.until)[0];
  }

  #wakeNext(): void {
    const next = this.#first();
    if (next !== undefined) this.#wake(next);
  }

  #wake(sleeper: Sleeper): void {
    this.#now = Math.max(this.#now, sleeper.until);
    this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    sleeper.wake();
  }
}

/** Lets everything run that needs no time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}
