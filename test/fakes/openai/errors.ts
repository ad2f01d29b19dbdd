/** What the API says when it refuses. */

import { type Answer, jsonAnswer } from '../service/answer.js';

export interface ErrorDetails {
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The envelope of every error; all four keys are always there. */
export function apiError(status: number, message: string, details: ErrorDetails = {}): Answer {
  const { type = 'invalid_request_error', param = null, code = null, headers = {} } = details;
  return jsonAnswer(status, { error: { message, type, param, code } }, headers);
}

export function notFound(kind: 'Response' | 'Conversation', id: string): Answer {
  return apiError(404, `${kind} with id '${id}' not found.`);
}

/** Nobody has said what an unknown path gets; this is likely. */
export function unknownPath(method: string, path: string): Answer {
  return apiError(404, `Invalid URL (${method} ${path})`);
}

/** Without `retryAfter` there is no header, as where a user has to do something first. */
export function rateLimited(seconds: string, retryAfter?: string): Answer {
  return apiError(429, `Rate limit reached for requests. Please try again in ${seconds}s.`, {
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    headers: retryAfter === undefined ? {} : { 'Retry-After': retryAfter },
  });
}

export function failure(status: number): Answer {
  if (status === 503) {
    const details = { type: 'service_unavailable_error', code: 'server_is_overloaded' };
    return apiError(503, 'The server is currently overloaded with other requests. Sorry about that!', details);
  }
  const message = 'The server had an error while processing your request. Sorry about that!';
  return apiError(status, message, { type: status < 500 ? 'invalid_request_error' : 'server_error' });
}
