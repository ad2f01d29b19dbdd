/** What the refusals of both APIs mean, in their own words. */

import { type ErrorFacts, fromService, type HttpAnswer } from '../../src/plugin.js';
import { fields, list, text } from './values.js';

/** RFC 7807: `title`, `detail`, and for a request that is not right what is wrong with which part of it. */
export function explainOrchestrator(answer: HttpAnswer, json: unknown): Partial<ErrorFacts> {
  const problem = fields(json);
  const errors = Object.entries(fields(problem?.errors) ?? {}).map(
    ([name, words]) =>
      `${name}: ${list(words)
        .filter((own) => typeof own === 'string')
        .join(' ')}`,
  );
  const words = text(problem?.detail) ?? (errors.length > 0 ? errors.join('; ') : text(problem?.title));
  const facts: Partial<ErrorFacts> = words === undefined ? {} : { message: fromService(words) };
  if (answer.status === 401) {
    return {
      ...facts,
      code: 'E_CREDENTIALS',
      hint: "make a key under 'API Keys' at civitai.com/user/account, and give it with 'login civitai'",
      retryable: false,
      reach: 'run',
    };
  }
  if (answer.status === 403) {
    return { ...facts, code: 'E_CREDENTIALS', hint: 'the account may not see it', retryable: false };
  }
  if (answer.status !== 404) return facts;
  return { ...facts, hint: 'workflows are kept for thirty days after their end; ephemeral ones are not kept at all' };
}

/** `{"error": "…"}`, or an error object of the validator. */
export function explainSite(_answer: HttpAnswer, json: unknown): Partial<ErrorFacts> {
  const error = fields(json)?.error;
  const words = text(error) ?? text(fields(error)?.message) ?? text(fields(json)?.message);
  return words === undefined ? {} : { message: fromService(words) };
}
