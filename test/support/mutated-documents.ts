/** Documents as no service should send them: a good one, with a few things wrong in it. */

import fc from 'fast-check';

/** One field, gone or with something else in it. */
interface FieldChange {
  readonly kind: 'remove' | 'replace' | 'add';
  /** Which of all fields, as a share of them. */
  readonly where: number;
  readonly value: unknown;
  readonly name: string;
}

/** JSON text that no value turns into: written in place of a mark. */
const SPECIAL_TEXTS: Readonly<Record<string, () => string>> = {
  infinite: () => '1e999',
  tiny: () => '-1e-999',
  long: () => '9'.repeat(5_000),
  negative: () => '-0',
  deepArray: () => `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  deepObject: () => `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  prototype: () => '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  twice: () => '{"id":"task-A","id":null,"id":["task-B"],"status":"succeeded","status":1}',
  surrogate: () => '"\\ud800 and \\udfff"',
  noJson: () => 'undefined',
};

const MARK = 'special text: ';

/** What services' text may hold that must not get anywhere as it is. */
export const HOSTILE_TEXTS = [
  '',
  '.',
  '..',
  '../../../etc/passwd',
  '..\\..\\windows',
  '/absolute',
  'C:\\Windows\\x',
  'a/../../b?c#d',
  '%2e%2e%2f%2e%2e%2f',
  'CON',
  'NUL.webp',
  '.albaretto-00000000-00000000-00000000-00000000.part',
  'a\u0000b',
  'line\r\nSet-Cookie: a=b',
  '\u001b]0;title\u0007\u001b[2J',
  '\u009b31m',
  '\u202egpj.exe',
  '\u2028\u2029\ufeff',
  '__proto__',
  'constructor',
  'ä'.repeat(150),
  'javascript:alert(1)',
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data',
  'https://user:password@[::1]:0/',
  'https://',
  'generation-\ud800',
] as const;

/** At least 0 and less than 1, evenly: `fc.double` would be near 0 as a rule. */
const share = fc.nat({ max: 999_999 }).map((number) => number / 1_000_000);

/** Some hundred documents in ten thousand have one of these: each takes as long as twenty others. */
const LARGE = ['long', 'deepArray', 'deepObject'];
const special = (names: readonly string[]) => fc.constantFrom(...names).map((name) => MARK + name);

const replacement: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 16, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 12, arbitrary: special(Object.keys(SPECIAL_TEXTS).filter((name) => !LARGE.includes(name))) },
  { weight: 1, arbitrary: fc.oneof(special(LARGE), fc.constant('x'.repeat(50_000))) },
  {
    weight: 8,
    arbitrary: fc.constantFrom(null, true, false, 0, -1, 1.5, 2 ** 53, -1e15, 8.64e12, 1e300, [], {}, [[]]),
  },
  { weight: 4, arbitrary: fc.array(fc.nat({ max: 0xffff })).map((units) => String.fromCharCode(...units)) },
  { weight: 4, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

const fieldChange: fc.Arbitrary<FieldChange> = fc.record({
  kind: fc.constantFrom('remove', 'replace', 'replace', 'replace', 'add'),
  where: share,
  value: replacement,
  name: fc.constantFrom('__proto__', 'constructor', 'toString', 'id', 'status', 'data', 'length', 'then', ''),
});

/** A change of the finished text or of its bytes. */
type TextChange = (text: Buffer, where: number) => Buffer;

const at = (text: Buffer, where: number) => Math.floor(where * text.length);
const inserted = (text: Buffer, where: number, more: string | Buffer) =>
  Buffer.concat([text.subarray(0, at(text, where)), Buffer.from(more as string), text.subarray(at(text, where))]);

const TEXT_CHANGES: Readonly<Record<string, TextChange>> = {
  truncated: (text, where) => text.subarray(0, at(text, where)),
  flipped: (text, where) => {
    const copy = Buffer.from(text);
    if (copy.length > 0) copy[at(copy, where)]! ^= 1 << (Math.floor(where * 7919) % 8);
    return copy;
  },
  control: (text, where) => inserted(text, where, '\u0000\u001b[31m'),
  invalidUtf8: (text, where) => inserted(text, where, Buffer.from([0xc3, 0x28, 0xff, 0xed, 0xa0, 0x80])),
  marked: (text) => Buffer.concat([Buffer.from('\ufeff'), text]),
  utf16: (text) => Buffer.from(`\ufeff${text.toString('utf8')}`, 'utf16le'),
  latin1: (text) => Buffer.from(text.toString('utf8'), 'latin1'),
  doubled: (text) => Buffer.concat([text, text]),
  keyTwice: (text) => Buffer.from(text.toString('utf8').replace(/"(id|status|data)":/gu, '"$1":null,"$1":')),
  wrapped: (text) => Buffer.from(`)]}',\n${text.toString('utf8')}`),
  page: () => Buffer.from('<!DOCTYPE html><title>Just a moment...</title>'),
  empty: () => Buffer.alloc(0),
};

interface TextFault {
  readonly name: string;
  readonly where: number;
}

const textChange: fc.Arbitrary<TextFault> = fc.record({
  name: fc.constantFrom(...Object.keys(TEXT_CHANGES)),
  where: share,
});

/** The document with one to four things wrong in it, as bytes. */
export function mutated(document: unknown): fc.Arbitrary<Buffer> {
  return fc
    .record({
      fields: fc.array(fieldChange, { minLength: 1, maxLength: 3 }),
      texts: fc.oneof(
        { weight: 3, arbitrary: fc.constant<TextFault[]>([]) },
        fc.array(textChange, { minLength: 1, maxLength: 1 }),
      ),
    })
    .map(({ fields, texts }) => {
      let bytes: Buffer = Buffer.from(textOf(fields.reduce(withField, document)));
      for (const { name, where } of texts) bytes = TEXT_CHANGES[name]!(bytes, where);
      return bytes;
    });
}

function withField(document: unknown, change: FieldChange): unknown {
  return changedAt(document, Math.floor(change.where * placesIn(document)), change);
}

/**
 * How many fields there are, counted once an object: what a change leaves alone is the very same object as before, so that
 * a change costs as much as the way to it and not as much as the document.
 */
const places = new WeakMap<object, number>();

/** The value itself, and all fields below it, also those that are objects. */
function placesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  const known = places.get(value);
  if (known !== undefined) return known;
  const count = Object.values(value).reduce<number>((sum, member) => sum + placesIn(member), 1);
  places.set(value, count);
  return count;
}

/** @param place The number of the field: 0 is the value itself, then each member with all that is below it. */
function changedAt(value: unknown, place: number, change: FieldChange): unknown {
  if (place === 0 || typeof value !== 'object' || value === null) {
    return change.kind === 'add' ? withMember(value, change.name, change.value) : change.value;
  }
  const members = Object.entries(value);
  let at = 0;
  let left = place - 1;
  for (; at < members.length - 1 && left >= placesIn(members[at]![1]); at += 1) left -= placesIn(members[at]![1]);
  const [name, member] = members[at]!;
  if (left === 0 && change.kind === 'remove') members.splice(at, 1);
  else members[at] = [name, changedAt(member, left, change)];
  return Array.isArray(value) ? members.map(([, own]) => own) : fromMembers(members);
}

function withMember(value: unknown, name: string, member: unknown): unknown {
  if (Array.isArray(value)) return [...value, member];
  if (typeof value !== 'object' || value === null) return member;
  return fromMembers([...Object.entries(value), [name, member]]);
}

/** Also with a member that is called `__proto__`. */
function fromMembers(members: readonly (readonly [string, unknown])[]): object {
  const made: Record<string, unknown> = {};
  for (const [name, value] of members) {
    if (name === '__proto__') {
      Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
    } else made[name] = value;
  }
  return made;
}

const MARKED = new RegExp(`"${MARK}(\\w+)"`, 'gu');

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.includes(MARK) ? text.replaceAll(MARKED, (_, name: string) => SPECIAL_TEXTS[name]!()) : text;
}
