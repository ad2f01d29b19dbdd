/** The forms of the API's answers: `/3/` wraps everything in an envelope, `/post/v1/` nothing but its errors. */

import { createHash } from 'node:crypto';
import { type Answer, type FakeRequest, jsonAnswer } from '../service/answer.js';

const STANDING_HEADERS = {
  Server: 'cat factory 1.0',
  'Access-Control-Allow-Origin': '*',
  'Cache-Control': 'no-store, no-cache, must-revalidate, post-check=0, pre-check=0',
};

/** `data` may be anything: an object, a list, a number, a word. */
export function enveloped(data: unknown): Answer {
  return jsonAnswer(200, { data, success: true, status: 200 }, STANDING_HEADERS);
}

export function bare(value: unknown, status = 200): Answer {
  return jsonAnswer(status, value, STANDING_HEADERS);
}

/** A text that is an answer already. */
export function verbatim(text: string): Answer {
  return { ...bare(null), body: Buffer.from(text, 'utf8') };
}

/** A refusal in the words of `/3/`: path and method of the request stand beside the message. */
export function v3Error(request: FakeRequest, status: number, error: string): Answer {
  const data = { error, request: request.path, method: request.method };
  return bare({ data, success: false, status }, status);
}

/** A refusal that a front server words: it does not know of the request. */
export function plainError(status: number, error: string): Answer {
  return bare({ data: { error }, success: false, status }, status);
}

/** A list of errors, as `/post/v1/` and some of the newer refusals of `/3/` have it. */
export function listedError(status: number, title: string, detail: string): Answer {
  const id = createHash('sha1').update(`${status} ${detail}`).digest('hex').slice(0, 24);
  return bare({ errors: [{ id, code: String(status), status: title, detail }], success: false, status }, status);
}

const TITLES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
};

/** The refusal in the form of the API that was spoken to. */
export function refusal(request: FakeRequest, status: number, message: string): Answer {
  if (!request.path.startsWith('/post/')) return v3Error(request, status, message);
  return listedError(status, TITLES[status] ?? 'Error', message);
}

export function htmlAnswer(status: number, title: string, body = ''): Answer {
  const page = `<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>${title}</title></head><body>${body}</body></html>\n`;
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: Buffer.from(page, 'utf8') };
}
