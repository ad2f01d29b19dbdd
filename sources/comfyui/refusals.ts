/** What a server's refusals mean, in its own words. */

import { type ErrorFacts, fromService, type HttpAnswer } from '../../src/plugin.js';
import { fields, text } from './values.js';

export interface Refusals {
  explain(answer: HttpAnswer, json: unknown): Partial<ErrorFacts>;
}

/** How ComfyUI's web framework and its handlers refuse: `404: Not Found`, `{"error": "Job not found"}`, or nothing. */
export function explainServer(answer: HttpAnswer, json: unknown): Partial<ErrorFacts> {
  const words = wordsOf(answer, json);
  const facts: Partial<ErrorFacts> = words === undefined ? {} : { message: fromService(words) };
  if (answer.status === 401 || answer.status === 407) {
    return { ...facts, code: 'E_CREDENTIALS', hint: HEADER_HINT, retryable: false, reach: 'run' };
  }
  // The server's own reason: a folder outside of the three that it shows.
  if (answer.status === 403)
    return { ...facts, code: 'E_CREDENTIALS', hint: `the server does not show it, or ${HEADER_HINT}` };
  if (answer.status !== 404) return facts;
  return {
    ...facts,
    hint: 'the history is in the memory of the server and ends with a restart; its files stay, and a link to /view?filename=… fetches one',
  };
}

const HEADER_HINT = "a proxy before the server may want more: give it with --header 'Name: value'";

/** In words and in codes (`RATE_LIMITED`): of requests, and not of what a subscription is needed to generate. */
const LIMITED = /(?<![a-z])(?:rate(?:[\s_-]?limit|(?![a-z]))|too[\s_-]many|slow(?![a-z]))/iu;

/**
 * Comfy Cloud's `{"code", "message"}`. It tells an unpaid subscription with 429, the status of a limit on requests; the
 * latter says how long to wait. See its openapi-cloud.yaml.
 */
export function explainCloud(answer: HttpAnswer, json: unknown): Partial<ErrorFacts> {
  const words = wordsOf(answer, json);
  const facts: Partial<ErrorFacts> = words === undefined ? {} : { message: fromService(words) };
  const refused = { ...facts, code: 'E_CREDENTIALS', retryable: false, reach: 'run' } as const;
  if (answer.status === 401) {
    return { ...refused, hint: "make a key at platform.comfy.org under 'API Keys', and give it with 'login comfyui'" };
  }
  if (answer.status === 402) return { ...refused, hint: 'the account has no credits left' };
  const limited = LIMITED.test(`${text(fields(json)?.code) ?? ''} ${words ?? ''}`);
  if (answer.status === 429 && answer.headers['retry-after'] === undefined && !limited) {
    return { ...refused, hint: 'the API of Comfy Cloud needs a subscription that is paid' };
  }
  return facts;
}

function wordsOf(answer: HttpAnswer, json: unknown): string | undefined {
  const body = fields(json);
  const error = text(body?.error) ?? text(fields(body?.error)?.message) ?? text(body?.message);
  if (error !== undefined || json !== undefined) return error;
  const plain = /^text\/plain\b/iu.test(answer.headers['content-type'] ?? '');
  const words = plain ? Buffer.from(answer.body.subarray(0, 300)).toString('utf8').trim() : '';
  return words === '' || words.startsWith('<') ? undefined : words;
}

/**
 * Whether a refusal says that there is no such route at all: then the server is older than it. A route that is there
 * refuses in JSON.
 */
export function isMissingRoute(answer: HttpAnswer, json: unknown): boolean {
  return (answer.status === 404 || answer.status === 405) && fields(json) === undefined;
}
