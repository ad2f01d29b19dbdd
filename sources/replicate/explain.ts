/** What a refusal of the API means, in the service's own words. */

import { type ErrorFacts, fromService, type HttpAnswer } from '../../src/plugin.js';

/** One hour: https://replicate.com/docs/topics/predictions/data-retention */
export const HOUR_HINT =
  'Replicate removes what was made through its API one hour after it ends; what is saved within that hour is kept';

/**
 * Most refusals are `{"title", "detail", "status"}`, some have nothing but `detail`. How long to wait is told by
 * `Retry-After`, or only by the last words of the detail (`resets in ~12s`):
 * https://replicate.com/docs/topics/predictions/rate-limits
 */
export function explain(answer: HttpAnswer, json: unknown): Partial<ErrorFacts> | undefined {
  const { title, detail } = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  const words = [title, detail].filter((text) => typeof text === 'string' && text !== '').join(': ');
  const facts: Partial<ErrorFacts> = words === '' ? {} : { message: fromService(words) };
  switch (answer.status) {
    case 401:
      return {
        ...facts,
        code: 'E_CREDENTIALS',
        hint: 'give a token that is in force (r8_…): replicate.com/account/api-tokens lists yours',
        retryable: false,
        reach: 'run',
      };
    case 404:
      return { ...facts, hint: 'check the id; a token sees the predictions of its own user or organisation alone' };
    case 429:
      return { ...facts, ...waitIn(answer, words) };
    default:
      return facts;
  }
}

function waitIn({ headers }: HttpAnswer, words: string): Pick<ErrorFacts, 'retryAfter'> {
  if (headers['retry-after'] !== undefined) return {};
  const seconds = /~\s?(\d{1,6}(?:\.\d{1,6})?)\s?s\b/u.exec(words)?.[1];
  return seconds === undefined ? {} : { retryAfter: Number(seconds) * 1000 };
}
