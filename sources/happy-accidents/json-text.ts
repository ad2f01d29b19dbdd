/**
 * JSON that is read and written without a change in any number, and written as Python's `json.dumps` does it: that is how
 * archives of this service look. Members stay in their order.
 */

export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A number as it was written. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

/** No record of a service comes near it; deeper ones would overflow the stack. */
const DEEPEST = 500;

/**
 * Of a name that comes twice the last one counts, as for Python and for `JSON.parse`.
 * @throws SyntaxError for what is no JSON, half of a document included, or is nested too deeply.
 */
export function parseJson(text: string): JsonValue {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.expectEnd();
  return value;
}

/** `{"a": [1, 7.0], "b": "\u00e4"}`: one line, a blank behind comma and colon, ASCII alone. */
export function pythonJson(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return asciiText(value);
  if (value instanceof JsonNumber) return value.text;
  if (isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  return `{${[...value].map(([name, entry]) => `${asciiText(name)}: ${pythonJson(entry)}`).join(', ')}}`;
}

/** Whether two values say the same: members in any order, numbers in any notation. */
export function equalJson(one: JsonValue, other: JsonValue): boolean {
  if (one instanceof JsonNumber) return other instanceof JsonNumber && equalNumbers(one.text, other.text);
  if (isArray(one)) {
    return isArray(other) && one.length === other.length && one.every((entry, at) => equalJson(entry, other[at]!));
  }
  if (!isObject(one)) return one === other;
  if (!isObject(other) || one.size !== other.size) return false;
  return [...one].every(([name, entry]) => {
    const same = other.get(name);
    return same !== undefined && equalJson(entry, same);
  });
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Whole numbers are compared digit by digit, since they may be larger than JavaScript's; others as Python holds them. */
function equalNumbers(one: string, other: string): boolean {
  if (one === other) return true;
  if (isWhole(one) && isWhole(other)) return one.replace(/^-0$/u, '0') === other.replace(/^-0$/u, '0');
  const [first, second] = [Number(one), Number(other)];
  return Number.isFinite(first) && first === second && (Math.abs(first) < 2 ** 53 || isWhole(one) === isWhole(other));
}

function isWhole(text: string): boolean {
  return /^-?\d+$/u.test(text);
}

function asciiText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

class Reader {
  #at = 0;

  constructor(private readonly text: string) {}

  value(depth: number): JsonValue {
    if (depth > DEEPEST) throw new SyntaxError('the JSON is nested too deeply');
    this.#skipBlanks();
    const first = this.text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    return this.#word();
  }

  expectEnd(): void {
    this.#skipBlanks();
    if (this.#at < this.text.length) throw this.#unexpected();
  }

  #object(depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    this.#at += 1;
    if (this.#takes('}')) return members;
    do {
      this.#skipBlanks();
      const name = this.#string();
      this.#expect(':');
      members.set(name, this.value(depth + 1));
    } while (this.#takes(','));
    this.#expect('}');
    return members;
  }

  #array(depth: number): readonly JsonValue[] {
    const entries: JsonValue[] = [];
    this.#at += 1;
    if (this.#takes(']')) return entries;
    do entries.push(this.value(depth + 1));
    while (this.#takes(','));
    this.#expect(']');
    return entries;
  }

  /** Looks for the closing quote itself: one pattern for a text of megabytes would exhaust its engine. */
  #string(): string {
    if (this.text[this.#at] !== '"') throw this.#unexpected();
    for (let end = this.text.indexOf('"', this.#at + 1); end > 0; end = this.text.indexOf('"', end + 1)) {
      let before = end - 1;
      while (this.text[before] === '\\') before -= 1;
      if ((end - before) % 2 === 0) continue;
      const text = JSON.parse(this.text.slice(this.#at, end + 1)) as string;
      this.#at = end + 1;
      return text;
    }
    throw this.#unexpected();
  }

  #word(): JsonValue {
    const pattern = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/uy;
    pattern.lastIndex = this.#at;
    const word = pattern.exec(this.text)?.[0];
    if (word === undefined) throw this.#unexpected();
    this.#at += word.length;
    if (word === 'null') return null;
    return word === 'true' || word === 'false' ? word === 'true' : new JsonNumber(word);
  }

  #takes(sign: string): boolean {
    this.#skipBlanks();
    if (this.text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#unexpected();
  }

  #skipBlanks(): void {
    while (' \t\n\r'.includes(this.text[this.#at] ?? '-')) this.#at += 1;
  }

  #unexpected(): SyntaxError {
    return new SyntaxError(`this is no JSON from character ${this.#at + 1} on`);
  }
}
