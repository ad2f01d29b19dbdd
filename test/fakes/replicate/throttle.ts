/** How many requests of one account a minute may hold. */

import type { Answer } from '../service/answer.js';
import { throttled } from './errors.js';

const MINUTE = 60_000;

/** Counts a request; answers the refusal once the minute is full. The documented limit is 3,000. */
export function createThrottle(requestsPerMinute: number, now: () => number): () => Answer | undefined {
  let start = Number.NEGATIVE_INFINITY;
  let count = 0;
  return () => {
    if (now() - start >= MINUTE) {
      start = now();
      count = 0;
    }
    count += 1;
    if (count <= requestsPerMinute) return undefined;
    return throttled(String(Math.ceil((start + MINUTE - now()) / 1000)));
  };
}
