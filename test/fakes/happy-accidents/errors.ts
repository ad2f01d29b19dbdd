/** What the API says when it refuses: FastAPI's `detail`, a text or, of a bad parameter, a list. */

import { type Answer, jsonAnswer } from '../service/answer.js';

export interface BadParameter {
  readonly loc: readonly [where: 'query' | 'path' | 'body', name: string];
  readonly msg: string;
  readonly type: string;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

export function refused(status: number, detail: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonAnswer(status, { detail }, headers);
}

export function unprocessable(...detail: readonly BadParameter[]): Answer {
  return jsonAnswer(422, { detail });
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'Could not validate credentials',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
};

/** The refusal of a status for which nobody said why. */
export function failure(status: number): Answer {
  if (status === 422) {
    return unprocessable({ loc: ['query', 'page_size'], msg: 'field required', type: 'value_error.missing' });
  }
  return refused(status, REASONS[status] ?? 'The request failed');
}

export function rateLimit(retryAfter: string): Answer {
  return refused(429, REASONS[429]!, { 'Retry-After': retryAfter });
}
