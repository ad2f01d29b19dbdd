/** What Replicate says when it refuses. */

import { type Answer, jsonAnswer } from '../service/answer.js';

/** The problem form of most refusals. */
export function problem(status: number, title: string, detail: string): Answer {
  return jsonAnswer(status, { title, detail, status });
}

/** Clients know of a 404 by its status; what its body says is only likely. */
export function notFound(): Answer {
  return problem(404, 'Not found', 'The requested resource could not be found.');
}

/** The framework's own refusal of a cursor that it did not make. */
export function invalidCursor(): Answer {
  return jsonAnswer(404, { detail: 'Invalid cursor' });
}

/**
 * The documented body has nothing but `detail`, and the wait is told in its last words. Without `retryAfter` there is
 * no header either, so that a client must read the words.
 */
export function throttled(seconds: string, retryAfter?: string): Answer {
  const detail = `Request was throttled. Your rate limit resets in ~${seconds}s.`;
  return jsonAnswer(429, { detail }, retryAfter === undefined ? {} : { 'Retry-After': retryAfter });
}

/** The bodies of other failures are only likely. */
export function failure(status: number): Answer {
  return problem(status, 'Something went wrong', 'An internal error has occurred. Please try again later.');
}
