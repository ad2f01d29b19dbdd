/** The service's own record of a task or item, kept as it came (see {@link RawRecord}). */

import { parse, stringify } from 'lossless-json';
import { AlbarettoError } from './errors.js';
import type { RawRecord } from './model.js';

/** No service's record comes near it; walking much deeper ones would overflow the stack. */
const DEEPEST = 200;

/**
 * Parameters that sign a link or carry a secret. A link with one of them works for whoever holds it, so its query is
 * not written down; its path stays, because it names the file.
 */
const SIGNING_PARAMETER =
  /^(sig|signature|token|access_token|api_?key|jwt|auth|policy|hmac|hash|key|key-pair-id|expires|expiry|exp|ex|is|hm|se|st|skoid|x-amz-.+|x-goog-.+|md5|sign)$/iu;

/** A link ends where a text goes on: a prompt may begin with one. */
const LINK = /https?:\/\/[^\s"<>]+/giu;

/** Whether a text is an http(s) URL whose query signs it. */
export function isSignedUrl(text: string): boolean {
  if (!/^https?:\/\//iu.test(text)) return false;
  const start = text.indexOf('?');
  if (start < 0) return false;
  for (const name of new URLSearchParams(text.slice(start + 1)).keys()) if (SIGNING_PARAMETER.test(name)) return true;
  return false;
}

/**
 * @throws E_BAD_ANSWER for a record that is nested deeper than any real one.
 * @param value A value parsed by `JsonAnswer.lossless()`, or plain data.
 */
export function rawRecord(value: unknown): RawRecord {
  const redacted: string[] = [];
  const json = stringify(withoutSignatures(value, '', redacted, 0)) ?? 'null';
  return { json, redacted };
}

/**
 * JSON text as a value whose numbers print exactly as they were written. Of a name that comes twice the last one counts,
 * as for `JSON.parse`.
 * @throws SyntaxError, or RangeError for thousands of levels.
 */
export function parseLossless(json: string): unknown {
  return parse(json, undefined, { onDuplicateKey: ({ newValue }) => newValue });
}

/** JSON text of a value that may hold parts from {@link parseLossless}; two spaces a level. */
export function stringifyLossless(value: unknown): string {
  return stringify(value, undefined, 2) ?? 'null';
}

function withoutSignatures(value: unknown, path: string, redacted: string[], depth: number): unknown {
  if (depth > DEEPEST) {
    throw new AlbarettoError({ code: 'E_BAD_ANSWER', message: 'the service answered a record nested too deeply' });
  }
  if (typeof value === 'string') {
    // A text that is a link and nothing else may hold characters that end one in a longer text.
    const unsigned = /\s/u.test(value)
      ? value.replace(LINK, withoutSignature)
      : withoutSignature(value).replace(LINK, withoutSignature);
    if (unsigned !== value) redacted.push(path);
    return unsigned;
  }
  if (Array.isArray(value))
    return value.map((entry, index) => withoutSignatures(entry, `${path}[${index}]`, redacted, depth + 1));
  if (!isPlainObject(value)) return value;
  // A Map-like copy without prototype: a field called __proto__ stays a field.
  const copy: Record<string, unknown> = Object.create(null);
  for (const [name, entry] of Object.entries(value)) {
    copy[name] = withoutSignatures(entry, path === '' ? name : `${path}.${name}`, redacted, depth + 1);
  }
  return copy;
}

function withoutSignature(link: string): string {
  return isSignedUrl(link) ? `${link.slice(0, link.indexOf('?'))}?…` : link;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
