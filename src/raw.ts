/** The service's own record of a task or item, kept as it came (see {@link RawRecord}). */

import { isLosslessNumber, parse, stringify } from 'lossless-json';
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
 * Made when it is first read: of an item that is at its destination already nobody reads it, and to make it takes longer
 * than everything else that is done for such an item.
 *
 * @throws E_BAD_ANSWER for a record that is nested deeper than any real one; at once.
 * @param value A value parsed by `JsonAnswer.lossless()`, or plain data. Not changed afterwards by whoever hands it in.
 */
export function rawRecord(value: unknown): RawRecord {
  // The careful parser leaves texts in many small pieces, which take a dozen times the room until they are written out.
  if (!isPlain(value, DEEPEST)) return recordFrom(value, stringify);
  let source = value;
  let made: RawRecord | undefined;
  const record = (): RawRecord => {
    made ??= recordFrom(source, JSON.stringify);
    source = undefined;
    return made;
  };
  return {
    get json() {
      return record().json;
    },
    get redacted() {
      return record().redacted;
    },
  };
}

function recordFrom(value: unknown, print: (value: unknown) => string | undefined): RawRecord {
  const kept = new Kept();
  return { json: print(kept.withoutSignatures(value)) ?? 'null', redacted: kept.redacted };
}

/**
 * JSON text as a value whose numbers print exactly as they were written: those that JavaScript would print otherwise are
 * objects that do. Of a name that comes twice the last one counts, as for `JSON.parse`.
 * @throws SyntaxError, or RangeError for thousands of levels where a number needs care.
 */
export function parseLossless(json: string): unknown {
  // Node's own parser is some ten times as fast, and its numbers will do for most records.
  if (printsAsWritten(json)) return JSON.parse(json);
  return parse(json, undefined, { onDuplicateKey: ({ newValue }) => newValue });
}

/** A number of {@link parseLossless} as it was written; `undefined` for what is none. */
export function writtenNumber(value: unknown): string | undefined {
  return typeof value === 'number' || isLosslessNumber(value) ? String(value) : undefined;
}

/** JSON text of a value that may hold parts from {@link parseLossless}; two spaces a level. */
export function stringifyLossless(value: unknown): string {
  const print = isPlain(value, Number.POSITIVE_INFINITY) ? JSON.stringify : stringify;
  return print(value, undefined, 2) ?? 'null';
}

/**
 * A number, by what stands before and behind it; a time of day in a text is none. What else is found in a text costs the
 * quick way and no more.
 */
const NUMBER = /(?:^|[:[,])\s*(-?\d[\d.eE+-]*)(?=[\s,\]}]|$)/gu;

function printsAsWritten(json: string): boolean {
  for (const [, written = ''] of json.matchAll(NUMBER)) if (String(Number(written)) !== written) return false;
  return true;
}

/**
 * Whether it is made of what `JSON.stringify` prints by itself. All of it is looked at.
 * @param levels How many it may have.
 * @throws E_BAD_ANSWER for one that is nested deeper.
 */
function isPlain(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint';
  if (levels < 0) {
    throw new AlbarettoError({ code: 'E_BAD_ANSWER', message: 'the service answered a record nested too deeply' });
  }
  let plain = Array.isArray(value) || isPlainObject(value);
  for (const entry of Object.values(value)) plain = isPlain(entry, levels - 1) && plain;
  return plain;
}

/** One walk through a record. What holds no signed link is handed on as it is. */
class Kept {
  /** Where texts were shortened: `image_path`, `items[1].url`. */
  readonly redacted: string[] = [];
  readonly #path: (string | number)[] = [];

  withoutSignatures(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return this.#list(value);
    return isPlainObject(value) ? this.#fields(value) : value;
  }

  #text(value: string): string {
    if (!value.includes('://')) return value;
    // A text that is a link and nothing else may hold characters that end one in a longer text.
    const unsigned = /\s/u.test(value)
      ? value.replace(LINK, withoutSignature)
      : withoutSignature(value).replace(LINK, withoutSignature);
    if (unsigned !== value) this.redacted.push(pathOf(this.#path));
    return unsigned;
  }

  #list(value: readonly unknown[]): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (const [index, entry] of value.entries()) {
      const kept = this.#below(index, entry);
      if (kept === entry) continue;
      copy ??= [...value];
      copy[index] = kept;
    }
    return copy ?? value;
  }

  #fields(value: Record<string, unknown>): Record<string, unknown> {
    let copy: Record<string, unknown> | undefined;
    for (const name of Object.keys(value)) {
      const entry = value[name];
      const kept = this.#below(name, entry);
      if (kept === entry) continue;
      // Without prototype: a field called __proto__ stays a field.
      copy ??= Object.assign(Object.create(null) as Record<string, unknown>, value);
      copy[name] = kept;
    }
    return copy ?? value;
  }

  #below(step: string | number, entry: unknown): unknown {
    this.#path.push(step);
    const kept = this.withoutSignatures(entry);
    this.#path.pop();
    return kept;
  }
}

function pathOf(steps: readonly (string | number)[]): string {
  return steps.map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`)).join('');
}

function withoutSignature(link: string): string {
  return isSignedUrl(link) ? `${link.slice(0, link.indexOf('?'))}?…` : link;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
