/** How many requests a minute may hold, and what every answer tells of it. */

import type { Answer } from '../service/answer.js';
import { rateLimited } from './errors.js';
import { inventId } from './ids.js';

const MINUTE = 60_000;
const TOKENS = '30000000';

export interface Rate {
  /** Counts a request; answers the refusal once the minute is full. */
  take(): Answer | undefined;
  /** The answer with the headers that every answer has. */
  signed(answer: Answer): Answer;
}

export function createRate(requestsPerMinute: number, now: () => number): Rate {
  let start = Number.NEGATIVE_INFINITY;
  let count = 0;
  let answers = 0;
  const left = () => Math.max(0, start + MINUTE - now());
  return {
    take() {
      if (now() - start >= MINUTE) {
        start = now();
        count = 0;
      }
      count += 1;
      if (count <= requestsPerMinute) return undefined;
      // Whole seconds, and never none.
      const seconds = String(Math.max(1, Math.ceil(left() / 1000)));
      return rateLimited(seconds, seconds);
    },
    signed(answer) {
      answers += 1;
      const own = {
        'x-request-id': inventId('req', answers).slice(0, 36),
        'openai-version': '2020-10-01',
        'openai-processing-ms': '42',
        'x-ratelimit-limit-requests': String(requestsPerMinute),
        'x-ratelimit-remaining-requests': String(Math.max(0, requestsPerMinute - count)),
        'x-ratelimit-reset-requests': duration(left()),
        'x-ratelimit-limit-tokens': TOKENS,
        'x-ratelimit-remaining-tokens': TOKENS,
        'x-ratelimit-reset-tokens': '0s',
      };
      return { ...answer, headers: { ...own, ...answer.headers } };
    },
  };
}

/** `1s`, `6m30s`, `12ms`: a length of time, no point in time. */
export function duration(milliseconds: number): string {
  if (milliseconds > 0 && milliseconds < 1000) return `${Math.ceil(milliseconds)}ms`;
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
