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
  /** The storage answered something else, though nothing was created. */
  refused(): void;
  /** Milliseconds for which rate limits were the only answer. */
  readonly limitedFor: number;
  /** Creations a second, at the moment. */
  readonly rate: number;
}

export interface PacerClock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

const CLEAN_RUN = 20;
const STEP = 0.5;
/** A limit that comes later than this after the last one is a new one: nothing was sent in between. 15 minutes. */
const LULL = 900_000;

export function createPacer(limits: NonNullable<SinkCapabilities['pace']>, clock: PacerClock): Pacer {
  let rate = limits.start;
  let tokens = limits.burst;
  /** Until when tokens have been given out; ahead of the clock while everybody is held back. */
  let filled = clock.now();
  /** Counts the rate limits: whoever waited through one queues anew, at the new rate. */
  let era = 0;
  let clean = 0;
  /** The first and the last of the limits since the storage answered anything else. */
  let streak: { readonly first: number; readonly last: number } | undefined;
  const refill = () => {
    const now = clock.now();
    if (now <= filled) return;
    tokens = Math.min(limits.burst, tokens + ((now - filled) / 1000) * rate);
    filled = now;
  };
  /** Answers when a turn came or was lost to a rate limit. */
  const queue = async (signal: AbortSignal | undefined) => {
    refill();
    tokens -= 1; // below zero: a place in the queue
    const mine = era;
    const wait = filled - clock.now() + Math.max(0, -tokens / rate) * 1000;
    try {
      if (wait > 0) await clock.sleep(wait, signal);
    } catch (thrown) {
      if (mine === era) tokens += 1; // whoever leaves the queue does not hold up the others
      throw thrown;
    }
    return mine === era;
  };
  return {
    get rate() {
      return rate;
    },
    async take(signal) {
      while (!(await queue(signal)));
    },
    get limitedFor() {
      return streak === undefined ? 0 : streak.last - streak.first;
    },
    refused() {
      streak = undefined;
    },
    succeeded() {
      streak = undefined;
      clean += 1;
      if (clean < CLEAN_RUN) return;
      clean = 0;
      rate = Math.min(limits.ceiling, rate + STEP);
    },
    limited(pause) {
      const now = clock.now();
      streak = { first: streak === undefined || now - streak.last > LULL ? now : streak.first, last: now };
      clean = 0;
      era += 1;
      // Creations that were on their way together are limited together: one lesson, not one each.
      if (filled <= clock.now()) rate = Math.max(limits.floor, rate / 2);
      tokens = 0; // no burst right after the pause
      filled = Math.max(filled, clock.now() + pause);
    },
  };
}
