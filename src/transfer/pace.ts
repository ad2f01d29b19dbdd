/**
 * How many creations a second a storage is sent: a token bucket for all commands of a session that learns. A rate limit
 * halves the rate and holds everybody back; twenty creations in a row without one raise it by a half.
 */

import type { SinkCapabilities } from '../plugin.js';

export interface Pacer {
  /** Waits for a turn. Throws `E_INTERRUPTED`. */
  take(signal: AbortSignal | undefined): Promise<void>;
  succeeded(): void;
  /** Nobody gets a turn for so many milliseconds. */
  limited(pause: number): void;
  /** Creations a second, at the moment. */
  readonly rate: number;
}

export interface PacerClock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

const CLEAN_RUN = 20;
const STEP = 0.5;

export function createPacer(limits: NonNullable<SinkCapabilities['pace']>, clock: PacerClock): Pacer {
  let rate = limits.start;
  let tokens = limits.burst;
  let filled = clock.now();
  let heldUntil = 0;
  let clean = 0;
  const refill = () => {
    const now = clock.now();
    tokens = Math.min(limits.burst, tokens + ((now - filled) / 1000) * rate);
    filled = now;
  };
  return {
    get rate() {
      return rate;
    },
    async take(signal) {
      refill();
      tokens -= 1; // below zero: a place in the queue
      const queued = tokens >= 0 ? 0 : (-tokens / rate) * 1000;
      const wait = Math.max(queued, heldUntil - clock.now());
      if (wait > 0) await clock.sleep(wait, signal);
      // The pool may have been held back while this one waited.
      const late = heldUntil - clock.now();
      if (late > 0) await clock.sleep(late, signal);
    },
    succeeded() {
      clean += 1;
      if (clean < CLEAN_RUN) return;
      clean = 0;
      rate = Math.min(limits.ceiling, rate + STEP);
    },
    limited(pause) {
      refill();
      clean = 0;
      rate = Math.max(limits.floor, rate / 2);
      tokens = Math.min(tokens, 0);
      heldUntil = Math.max(heldUntil, clock.now() + pause);
    },
  };
}
