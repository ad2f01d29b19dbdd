/** How the two APIs of Civitai refuse: the orchestrator with a problem document, the site with an `error`. */

import { type Answer, jsonAnswer } from '../service/answer.js';

const TITLES: Readonly<Record<number, string>> = {
  400: 'One or more validation errors occurred.',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** The sections of RFC 9110 that the framework names as types. */
const SECTIONS: Readonly<Record<number, string>> = { 400: '5.1', 401: '5.2', 403: '5.4', 404: '5.5', 405: '5.6' };

export interface ProblemDetails {
  readonly detail?: string;
  readonly instance?: string;
  /** What is wrong with which part of the request. */
  readonly errors?: Readonly<Record<string, readonly string[]>>;
}

/** RFC 7807. The form is documented; the details are of a likely wording. */
export function problem(status: number, more: ProblemDetails = {}): Answer {
  const section = SECTIONS[status] ?? (status >= 500 ? '6.1' : '5.1');
  const type = `https://tools.ietf.org/html/rfc9110#section-15.${section}`;
  const title = TITLES[status] ?? 'An error occurred while processing your request.';
  return jsonAnswer(status, { type, title, status, ...more }, { 'Content-Type': 'application/problem+json' });
}

export function siteError(status: number, error: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonAnswer(status, { error }, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
}

/** A query that does not fit, as the site's validator tells of it. */
export function invalidQuery(path: string, message: string): Answer {
  const issues = [{ code: 'invalid_value', path: [path], message }];
  return siteError(400, { name: 'ZodError', message: JSON.stringify(issues, null, 2) });
}
