/**
 * When something is tried again, how often, and how long it waits in between: the one policy for requests to services,
 * downloads and writes to storages. What is worth another try is said by the error itself (`retryable`, `retryAfter`).
 */

import { type AlbarettoError, asAlbarettoError, interrupted } from './errors.js';

export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly tries: number;
  /** Milliseconds of the first wait at most; it doubles each time. */
  readonly base: number;
  /** The longest wait in milliseconds, a service's own Retry-After apart. */
  readonly cap: number;
  /**
   * Milliseconds after which no new try is begun, from the first one, or from the last one that moved a byte; waits that a
   * service asked for do not count. A film that came for an hour and breaks off is worth another try.
   */
  readonly total: number;
  /** The longest Retry-After in milliseconds that is waited out; a longer one ends the tries. */
  readonly patience: number;
}

export const DEFAULT_RETRY: RetryPolicy = { tries: 5, base: 500, cap: 30_000, total: 120_000, patience: 300_000 };

export interface RetryOptions {
  readonly policy?: RetryPolicy;
  readonly signal?: AbortSignal | undefined;
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
  /** 0 ≤ x < 1; replaced in tests. */
  random?(): number;
  now?(): number;
  /** Told before each wait, with the milliseconds until the next try. */
  onWait?(error: AlbarettoError, milliseconds: number, nextTry: number): void;
}

/**
 * Runs `work` until it succeeds, fails for good, or the policy ends it; then the last error is thrown. Waits grow
 * exponentially with full jitter (any wait from 0 to the bound), so that many clients do not come back together.
 * @param work Calls `moved` whenever bytes came or went.
 */
export async function withRetry<T>(
  work: (attempt: number, moved: () => void) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const policy = options.policy ?? DEFAULT_RETRY;
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  let begun = now();
  let granted = 0;
  // Called for every few kilobytes: the time is looked at when a try has failed.
  let hasMoved = false;
  const moved = () => {
    hasMoved = true;
  };
  for (let attempt = 1; ; attempt += 1) {
    if (options.signal?.aborted) throw interrupted(options.signal.reason);
    try {
      return await work(attempt, moved);
    } catch (thrown) {
      const error = asAlbarettoError(thrown, options.signal);
      if (hasMoved) [begun, granted, hasMoved] = [now(), 0, false];
      if (!error.retryable || attempt >= policy.tries) throw error;
      const asked = error.retryAfter;
      if (asked !== undefined && asked > policy.patience) throw error;
      const wait = asked ?? Math.round(random() * Math.min(policy.cap, policy.base * 2 ** (attempt - 1)));
      if (now() - begun - granted + (asked === undefined ? wait : 0) > policy.total) throw error;
      granted += asked ?? 0;
      options.onWait?.(error, wait, attempt + 1);
      await options.sleep(wait, options.signal);
    }
  }
}

const DECIMAL = /^\d+(\.\d+)?$/u;

/**
 * `Retry-After` in seconds or as a date, or the `retry-after-ms` of some services, in milliseconds from now. `undefined`
 * when there is none, when it cannot be read, and for no time at all or a date that is past (the clocks differ): taking it
 * for `now` would spend all tries in an instant. RFC 9110, section 10.2.3.
 */
export function parseRetryAfter(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const precise = headers['retry-after-ms']?.trim() ?? '';
  const value = headers['retry-after']?.trim() ?? '';
  const wait = DECIMAL.test(precise)
    ? Number(precise)
    : DECIMAL.test(value)
      ? Number(value) * 1000
      : Date.parse(value) - now;
  return wait > 0 ? wait : undefined;
}
