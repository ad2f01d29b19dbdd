/** What Imgur has been seen to answer in bad hours, as faults that a test injects. */

import type { Fault } from '../service/faults.js';

const OVER_CAPACITY = 'Imgur is temporarily over capacity. Please try again later.';
const HTML = { 'Content-Type': 'text/html; charset=utf-8' };

function told(status: number, body: unknown): Fault {
  return { kind: 'status', status, body: JSON.stringify(body) };
}

/** Means that the address is limited. Under 429 the body claims another status. */
export function overCapacity(status: 403 | 429): Fault {
  const claimed = status === 429 ? 500 : 403;
  return told(status, { data: { error: OVER_CAPACITY }, success: false, status: claimed });
}

/** The same in older forms: a status that HTTP does not have, a plain text, or nothing at all. */
export function olderOverCapacity(form: 'code' | 'text' | 'false', status = 500): Fault {
  const data = { code: { error: OVER_CAPACITY }, text: OVER_CAPACITY, false: false }[form];
  return told(status, { data, success: false, status: form === 'code' ? 1203 : 500 });
}

/** The error is an object here, and the body claims 400. */
export function tooFast(): Fault {
  const message = "You're uploading too fast. Please wait 59 more minutes.";
  const error = { code: 429, message, type: 'ImgurException', exception: [] };
  return told(429, { data: { error, request: '/3/image', method: 'POST' }, success: false, status: 400 });
}

export function bannedCountry(country = 'IN'): Fault {
  return told(403, { data: { error: `Banned Country Attempt (${country})` }, success: false, status: 403 });
}

/** The message where only the newer clients look for it. */
export function listed(status: number, detail: string): Fault {
  return told(status, { errors: [{ id: '5f0c2b7e9d', code: String(status), status: 'Error', detail }] });
}

/** What is missing, on a bad day: a page and no JSON. */
export function notFoundPage(): Fault {
  const body = '<!DOCTYPE html>\n<html><head><title>imgur: the simple 404 page</title></head><body>404</body></html>\n';
  return { kind: 'status', status: 404, body, headers: HTML };
}

/** A cache in front that lost what is behind it. */
export function cacheError(): Fault {
  const body =
    '<?xml version="1.0" encoding="utf-8"?>\n<html>\n<head><title>503 Backend is unhealthy</title></head>\n' +
    '<body><h1>Error 503 Backend is unhealthy</h1><p>Guru Mediation: cache-fra1 1451</p></body>\n</html>\n';
  return { kind: 'status', status: 503, body, headers: HTML };
}

/** The right answer, without a word about the credits that are left. */
export function withoutRateHeaders(): Fault {
  return {
    kind: 'changed',
    change(answer) {
      const kept = Object.entries(answer.headers).filter(([name]) => !/rate-?limit/iu.test(name));
      return { ...answer, headers: Object.fromEntries(kept) };
    },
  };
}
