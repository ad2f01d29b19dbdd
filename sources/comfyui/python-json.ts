/**
 * JSON as ComfyUI sends it. Python's `json.dumps` writes NaN and Infinity where a node holds one, which is no JSON, and
 * some nodes hold one in every graph: https://docs.python.org/3/library/json.html#infinite-and-nan-number-values
 *
 * Such a value becomes the text `"NaN"`; every other number is kept as it was written, because seeds exceed 2^53.
 */

import { EXACT } from './values.js';

/** A number as the text that it was written as. */
class ExactNumber {
  constructor(private readonly written: string) {}

  get [EXACT](): boolean {
    return true;
  }

  toString(): string {
    return this.written;
  }
}

/** What can begin a text, a number or one of Python's words. */
const TOKEN = /"|-?(?:\d[\d.eE+-]*|Infinity)|NaN/gu;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/u;

/** @throws SyntaxError for what Python would not read either, RangeError for thousands of levels. */
export function parsePythonJson(json: string): unknown {
  const mark = markNotIn(json);
  return JSON.parse(withMarkedNumbers(json, mark), (_name, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith(mark)) return value;
    const written = value.slice(mark.length);
    return NUMBER.test(written) ? new ExactNumber(written) : value;
  });
}

/** With more colons than follow the word anywhere in the text. */
function markNotIn(json: string): string {
  let longest = 0;
  for (const [, colons = ''] of json.matchAll(/number(:*)/gu)) longest = Math.max(longest, colons.length);
  return `number${':'.repeat(longest + 1)}`;
}

/** Numbers as marked texts, Python's words as texts, and all else as it is. One walk over the text, whatever it holds. */
function withMarkedNumbers(json: string, mark: string): string {
  const parts: string[] = [];
  let copied = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(json); match !== null; match = TOKEN.exec(json)) {
    const [token] = match;
    if (token === '"') {
      TOKEN.lastIndex = endOfText(json, match.index + 1);
      continue;
    }
    const isWord = token.endsWith('NaN') || token.endsWith('Infinity');
    if (!isWord && !NUMBER.test(token)) continue;
    parts.push(json.slice(copied, match.index), `"${isWord ? '' : mark}${token}"`);
    copied = match.index + token.length;
  }
  return parts.join('') + json.slice(copied);
}

/** The place behind the closing quote. */
function endOfText(json: string, start: number): number {
  const stop = /["\\]/gu;
  stop.lastIndex = start;
  for (let match = stop.exec(json); match !== null; match = stop.exec(json)) {
    if (match[0] === '"') return match.index + 1;
    stop.lastIndex = match.index + 2;
  }
  return json.length;
}
