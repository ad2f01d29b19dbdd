/**
 * JSON text as a value whose numbers keep the digits that they were written with: a seed may exceed 2^53, and `7.0` is not
 * `7` in a record that must not change.
 *
 * Before it is parsed, each number is put into quotes behind a character that the text itself does not hold; whoever reads
 * the value tells by that character which strings are numbers, and it is taken off again when the record is written.
 */

import { AlbarettoError, type RawRecord, rawRecord } from '../../src/plugin.js';

/** The private use area of Unicode's first plane. */
const FIRST_MARK = 0xe000;
const LAST_MARK = 0xf8ff;

/** RFC 8259, section 6. */
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

export type Fields = Readonly<Record<string, unknown>>;

export class RecordText {
  readonly value: unknown;
  readonly #mark: string;

  private constructor(value: unknown, mark: string) {
    this.value = value;
    this.#mark = mark;
  }

  /** `undefined` for what is no JSON. */
  static read(text: string): RecordText | undefined {
    const json = text.startsWith('\ufeff') ? text.slice(1) : text;
    const mark = markFor(json);
    const marked = mark === undefined ? undefined : withMarkedNumbers(json, mark);
    if (mark === undefined || marked === undefined) return undefined;
    try {
      return new RecordText(JSON.parse(marked), mark);
    } catch {
      return undefined;
    }
  }

  /** A number as it was written. */
  number(value: unknown): string | undefined {
    return typeof value === 'string' && value.startsWith(this.#mark) ? value.slice(1) : undefined;
  }

  /** A text, also an empty one. */
  string(value: unknown): string | undefined {
    return typeof value === 'string' && !value.startsWith(this.#mark) ? value : undefined;
  }

  /** A text that is not empty. */
  text(value: unknown): string | undefined {
    return this.string(value) || undefined;
  }

  /** A whole number from 0 that is exact. */
  whole(value: unknown): number | undefined {
    const number = Number(this.number(value));
    return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
  }

  /**
   * The value, or a part of it, as it was written, without the queries of signed links.
   * @returns `undefined` for what is nested deeper than any real record.
   */
  record(value: unknown): RawRecord | undefined {
    try {
      const { json, redacted } = rawRecord(value);
      return { json: json.replaceAll(new RegExp(`"${this.#mark}([^"]*)"`, 'gu'), '$1'), redacted };
    } catch (thrown) {
      if (thrown instanceof AlbarettoError) return undefined;
      throw thrown;
    }
  }
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function markFor(text: string): string | undefined {
  for (let code = FIRST_MARK; code <= LAST_MARK; code += 1) {
    const mark = String.fromCharCode(code);
    if (!text.includes(mark) && !new RegExp(`\\\\u${code.toString(16)}`, 'iu').test(text)) return mark;
  }
  return undefined;
}

function withMarkedNumbers(text: string, mark: string): string | undefined {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfString(text, at);
    else if (character !== MINUS && (character < ZERO || character > NINE)) at += 1;
    else {
      NUMBER.lastIndex = at;
      const [number] = NUMBER.exec(text) ?? [];
      if (number === undefined) return undefined;
      parts.push(text.slice(from, at), `"${mark}${number}"`);
      at += number.length;
      from = at;
    }
  }
  return parts.join('') + text.slice(from);
}

const QUOTE = 0x22;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;

/** Behind the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text.charCodeAt(before - 1) === BACKSLASH && before - 1 > start) before -= 1;
    if ((end - before) % 2 === 0) return end + 1;
  }
  return text.length;
}
