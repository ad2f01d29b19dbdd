/**
 * The JSON of archives that Imgur-archive made: read whatever it, a crash or a person left, and written as it writes.
 *
 * Objects are maps, because an id may look like a number and would be moved to the front of a plain object; numbers are
 * kept as they were written.
 */

export type ArchiveValue = string | boolean | null | ArchiveNumber | readonly ArchiveValue[] | ArchiveObject;
export type ArchiveObject = ReadonlyMap<string, ArchiveValue>;

export class ArchiveNumber {
  constructor(readonly text: string) {}
}

/** No document of an archive comes near it. */
const DEEPEST = 50;

/** What a text holds, and whether it holds nothing else. */
export interface ArchiveText {
  /** In their order: documents that were appended to, and a log, hold several. */
  readonly objects: readonly ArchiveObject[];
  /** True for exactly one object and blanks around it. */
  readonly isOne: boolean;
}

/**
 * All whole objects of a text, with or without line breaks in and between them. Half an object that a crash left, and
 * whatever else is no JSON, is passed over: the next object is looked for behind its first character.
 */
export function readObjects(text: string): ArchiveText {
  const reader = new Reader(text.replace(/^\ufeff/u, ''));
  const objects: ArchiveObject[] = [];
  let isClean = true;
  for (reader.skipBlanks(); !reader.atEnd; reader.skipBlanks()) {
    const start = reader.position;
    const value = reader.value(0);
    if (isObject(value)) objects.push(value);
    else {
      isClean = false;
      const next = reader.text.indexOf('{', start + 1);
      reader.position = next < 0 ? reader.text.length : next;
    }
  }
  return { objects, isOne: isClean && objects.length === 1 };
}

/** As Python's `json.dumps`: one line, ASCII alone, a blank behind commas and colons. */
export function writeValue(value: ArchiveValue): string {
  if (typeof value === 'string') return ascii(value);
  if (value instanceof ArchiveNumber) return value.text;
  if (isObject(value))
    return `{${[...value].map(([name, entry]) => `${ascii(name)}: ${writeValue(entry)}`).join(', ')}}`;
  return isList(value) ? `[${value.map(writeValue).join(', ')}]` : String(value);
}

export function isObject(value: ArchiveValue | undefined): value is ArchiveObject {
  return value instanceof Map;
}

export function isList(value: ArchiveValue | undefined): value is readonly ArchiveValue[] {
  return Array.isArray(value);
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const BLANKS = /[ \t\r\n]*/y;
const WORD = /true|false|null/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** One strict reading; `undefined` wherever it meets what is no JSON. */
class Reader {
  position = 0;

  constructor(readonly text: string) {}

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  skipBlanks(): void {
    this.match(BLANKS);
  }

  value(depth: number): ArchiveValue | undefined {
    this.skipBlanks();
    const next = this.text[this.position];
    if (next === '{') return this.object(depth + 1);
    if (next === '[') return this.list(depth + 1);
    if (next === '"') return this.string();
    const word = this.match(WORD);
    if (word !== undefined) return WORDS[word];
    const number = this.match(NUMBER);
    return number === undefined ? undefined : new ArchiveNumber(number);
  }

  object(depth: number): ArchiveObject | undefined {
    const members = new Map<string, ArchiveValue>();
    const whole = this.members('}', depth, () => {
      const name = this.text[this.position] === '"' ? this.string() : undefined;
      this.skipBlanks();
      if (name === undefined || !this.take(':')) return false;
      const value = this.value(depth);
      if (value !== undefined) members.set(name, value);
      return value !== undefined;
    });
    return whole ? members : undefined;
  }

  list(depth: number): ArchiveValue[] | undefined {
    const entries: ArchiveValue[] = [];
    const whole = this.members(']', depth, () => {
      const value = this.value(depth);
      if (value !== undefined) entries.push(value);
      return value !== undefined;
    });
    return whole ? entries : undefined;
  }

  /** From the opening bracket to the closing one, with commas between. */
  members(end: string, depth: number, member: () => boolean): boolean {
    this.position += 1;
    this.skipBlanks();
    if (this.take(end)) return true;
    if (depth > DEEPEST) return false;
    for (;;) {
      this.skipBlanks();
      if (!member()) return false;
      this.skipBlanks();
      if (this.take(end)) return true;
      if (!this.take(',')) return false;
    }
  }

  /** A line break ends a string that a crash left open. */
  string(): string | undefined {
    const start = this.position;
    for (this.position += 1; !this.atEnd; this.position += 1) {
      const unit = this.text[this.position]!;
      if (unit === '\\') this.position += 1;
      else if (unit < ' ') return undefined;
      else if (unit === '"') {
        this.position += 1;
        return parsed(this.text.slice(start, this.position));
      }
    }
    return undefined;
  }

  /** What stands here by a sticky pattern; the position is behind it then. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    this.position += found?.length ?? 0;
    return found;
  }

  take(character: string): boolean {
    if (this.text[this.position] !== character) return false;
    this.position += 1;
    return true;
  }
}

function parsed(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}
