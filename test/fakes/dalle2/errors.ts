/** What the Labs API says when it refuses. */

import { type Answer, jsonAnswer } from '../service/answer.js';

/** The error envelope of the Labs API. */
export function apiError(
  status: number,
  message: string,
  code: string | null = null,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return jsonAnswer(status, { error: { message, type: 'invalid_request_error', param: null, code } }, headers);
}
