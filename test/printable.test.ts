import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { printable, printableJson } from '../src/printable.js';

/** Drives a terminal, turns the direction of text, or shows nothing. */
const HARMFUL =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|[\u{e0000}-\u{e00ff}]|\p{Surrogate}/u;

/** Text of any kind, with more of what is harmful than chance would bring. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]52;c;aGk=\u0007',
        '\u009b31m',
        '\u202e',
        '\u200b',
        '\r\n',
        '\ud800',
        '\udc00',
        '\u{e0041}',
      ),
    ),
  )
  .map((parts) => parts.join(''));

describe('printable text', () => {
  test('holds nothing that drives a terminal, turns its direction or hides', () => {
    fc.assert(
      fc.property(text, (raw) => {
        expect(printable(raw)).not.toMatch(HARMFUL);
      }),
      { numRuns: 1000 },
    );
  });

  test('is one line, is itself printable, and keeps to its limit', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (raw, limit) => {
        const clean = printable(raw, limit);
        expect(clean.length).toBeLessThanOrEqual(limit);
        expect(clean).not.toMatch(/\n/u);
        expect(printable(clean)).toBe(clean);
        expect(clean).not.toMatch(HARMFUL);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007', ']8;;https://evil.exampleclick]8;;'],
    ['\u001b]52;c;cm0gLXJm\u0007', ']52;c;cm0gLXJm'],
    ['\u009b2J', '2J'],
    ['a\u202egpj.exe', 'agpj.exe'],
    ['a\u200bb\ufeffc\u00add', 'abcd'],
    ['one\r\ntwo\tthree\u2028four\u0085five', 'one two three four five'],
    ['a\ud800b', 'a\ufffdb'],
  ])('of %j is %j', (raw, clean) => {
    expect(printable(raw)).toBe(clean);
  });

  test.each(['größe', '日本語', 'a lantern, 3½ €', '👩‍👩‍👧‍👦 ❤️', 'می‌خواهم', 'e\u0301', '葛\u{e0100}'])(
    'leaves %s as it is',
    (raw) => {
      expect(printable(raw)).toBe(raw);
    },
  );

  test('that is cut says so, and cuts no character in half', () => {
    expect(printable('a lantern', 20)).toBe('a lantern');
    expect(printable('a lantern', 9)).toBe('a lantern');
    expect(printable('a lantern', 4)).toBe('a l…');
    expect(printable('a👩b', 3)).toBe('a…');
  });
});

describe('printable JSON', () => {
  test('is the same value, in one line that is harmless on a terminal', () => {
    fc.assert(
      fc.property(text, (raw) => {
        const line = printableJson(JSON.stringify({ raw }));
        expect(line).not.toMatch(HARMFUL);
        expect(JSON.parse(line)).toEqual({ raw });
      }),
      { numRuns: 1000 },
    );
  });

  test('writes what it must by its code', () => {
    expect(printableJson('"\u009b\u202e\u2028\u{e0041}ä"')).toBe('"\\u009b\\u202e\\u2028\\udb40\\udc41ä"');
  });
});
