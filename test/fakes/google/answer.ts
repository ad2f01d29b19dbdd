/** Requests and answers as plain values, so that a fault can change an answer before it is sent. */

import type { IncomingHttpHeaders } from 'node:http';

export interface FakeRequest {
  readonly method: string;
  readonly host: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** False where the client went away in the middle of the body; then `body` is what had arrived. */
  readonly whole: boolean;
  /** Scheme, host and port under which the client reached the fake. */
  readonly origin: string;
  /** A fault's order to an upload session: how many bytes it holds after this request. */
  readonly sessionKeeps?: number | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; `body` is sent where there is none. */
  readonly json?: unknown;
  readonly body?: Buffer | string;
}

/** Thrown by a handler that refuses; carries the whole answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly answer: Answer) {
    super(`refused with ${answer.status}`);
  }
}

const USAGE_LIMITS = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'dailyLimitExceeded',
  'sharingRateLimitExceeded',
  'accessNotConfigured',
]);

/** The body of a Drive error, as the guide "Resolve errors" shows it. */
export function driveErrorBody(status: number, reason: string, message: string, location?: string): object {
  const domain = USAGE_LIMITS.has(reason) ? 'usageLimits' : 'global';
  const locationType = location === 'Authorization' ? 'header' : 'parameter';
  const where = location === undefined ? {} : { locationType, location };
  return { error: { code: status, message, errors: [{ message, domain, reason, ...where }] } };
}

/** What a handler throws to answer a Drive error. `location` names the parameter at fault. */
export function driveError(status: number, reason: string, message: string, location?: string): Refusal {
  const headers: Record<string, string> =
    status === 401 ? { 'WWW-Authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' } : {};
  return new Refusal({ status, headers, json: driveErrorBody(status, reason, message, location) });
}

export function fileNotFound(id: string): Refusal {
  return driveError(404, 'notFound', `File not found: ${id}.`, 'fileId');
}

/** What a handler of the OAuth endpoints throws. */
export function oauthError(status: number, error: string, description?: string, subtype?: string): Refusal {
  const json: Record<string, string> = { error };
  if (description !== undefined) json.error_description = description;
  if (subtype !== undefined) json.error_subtype = subtype;
  return new Refusal({ status, json });
}

/** A page for a person's eyes, as Google shows errors of the authorization endpoint. */
export function htmlPage(status: number, title: string, text: string): Answer {
  const body = `<!DOCTYPE html><html><head><title>${title}</title></head><body><p>${escapeHtml(text)}</p></body></html>\n`;
  return { status, headers: { 'Content-Type': 'text/html; charset=UTF-8' }, body };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A member of the query as a boolean, the way Google's front end reads it. */
export function flag(query: URLSearchParams, name: string): boolean {
  return query.get(name) === 'true';
}
