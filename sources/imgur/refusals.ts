/**
 * What Imgur means when it refuses: the one place that reads its error texts. HTTP status, `status` in the body and the
 * type of `data` do not always agree, and the same trouble comes in several forms; so the words decide before numbers do.
 */

import type { ErrorFacts } from '../../src/plugin.js';

/**
 * `over-capacity`: the service is tired of this network address; it ends by itself within about an hour.
 * `no-credits`: 429 for any other cause. `access-token`: the token is not taken any more and may be renewed.
 */
export type RefusalKind = 'over-capacity' | 'no-credits' | 'access-token' | 'other';

export interface Refusal {
  readonly kind: RefusalKind;
  /** For the error; what is left out follows from the HTTP status. */
  readonly facts: Partial<ErrorFacts>;
}

export interface RefusedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text, or the beginning of it. */
  readonly text: string;
}

const PAGES_OF_THE_OWNER =
  "lists of your own need an access token (40 hexadecimal digits), and a Client-ID alone is none: 'login imgur' takes one";

/**
 * @param json The body as far as it is JSON.
 * @param ofOwner Whether what was asked for is shown to its owner alone.
 */
export function readRefusal(answer: RefusedAnswer, json: unknown, ofOwner = false): Refusal {
  const { status } = answer;
  const words = wordsOf(json);
  const message = words === undefined ? {} : { message: words };
  const isWordless = status >= 500 && isOverload(fields(json));
  if (isWordless || (status !== 404 && /\bcapacity\b/iu.test(words ?? answer.text)))
    return { kind: 'over-capacity', facts: { ...message, ...OVERLOAD } };
  if (status === 429) return { kind: 'no-credits', facts: { ...message, ...tooMany(answer) } };
  if ((status === 401 || status === 403) && /access token/iu.test(words ?? '')) {
    return { kind: 'access-token', facts: { ...message, ...refusedCredential(STALE_TOKEN) } };
  }
  return { kind: 'other', facts: { ...message, ...othersOf(status, words ?? '', ofOwner) } };
}

/** Over capacity without words: a status that HTTP does not have, or nothing at all in the envelope. */
function isOverload(body: Fields | undefined): boolean {
  return body?.status === 1203 || (body?.data === false && body.success === false);
}

const STALE_TOKEN =
  "give a fresh access token, or a Client-ID, with 'login imgur'; one that 'config import' brought is forgotten by 'logout imgur'";

const OVERLOAD: Partial<ErrorFacts> = {
  code: 'E_RATE_LIMITED',
  hint: 'Imgur limits this network address for up to an hour; go on later',
  // Waited for where the request is made, far longer than others are.
  retryable: false,
  reach: 'host',
};

/** No `Retry-After` was ever seen; one that is there is obeyed where all are. */
function tooMany({ headers }: RefusedAnswer): Partial<ErrorFacts> {
  return {
    code: 'E_RATE_LIMITED',
    hint: 'go on later',
    retryable: headers['retry-after'] !== undefined,
    reach: 'host',
  };
}

function refusedCredential(hint: string): Partial<ErrorFacts> {
  return { code: 'E_CREDENTIALS', hint, retryable: false, reach: 'run' };
}

function othersOf(status: number, words: string, ofOwner: boolean): Partial<ErrorFacts> {
  if (status !== 404 && /\bbanned country\b|\byour region\b/iu.test(words)) {
    const hint = 'Imgur serves nobody in the country of this network address';
    return { code: 'E_UNAVAILABLE', hint, retryable: false, reach: 'run' };
  }
  if (status !== 401 && status !== 403) return {};
  if (/client.?id|auth(?:orization)? header/iu.test(words)) {
    return refusedCredential("check the Client-ID: 'login imgur' takes another one");
  }
  if (ofOwner) return refusedCredential(PAGES_OF_THE_OWNER);
  if (status === 401) return refusedCredential('this Client-ID or access token may not read it');
  return { code: 'E_CREDENTIALS', hint: 'this Client-ID or access token may not read it', retryable: false };
}

/** `data.error` as text, or as an object with `message` or `code`; `data` itself as text; `errors[].detail`; `error`. */
function wordsOf(json: unknown): string | undefined {
  const body = fields(json);
  if (body === undefined) return undefined;
  const data = fields(body.data);
  const listed = [body.errors, data?.errors].map((list) => fields(Array.isArray(list) ? list[0] : undefined)?.detail);
  return [data?.error, body.data, ...listed, body.error].map(wordsIn).find((words) => words !== undefined);
}

function wordsIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  const error = fields(value);
  if (error === undefined) return undefined;
  const { message, code } = error;
  if (typeof message === 'string' && message.trim() !== '') return message;
  return typeof code === 'string' || typeof code === 'number' ? `code ${code}` : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
