import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSingleName, numberedName } from '../../../sinks/local-filesystem/file-name.js';

describe('names of one entry', () => {
  test.each(['a.webp', '.hidden', '..a', 'a..', "it's", 'back\\slash', 'a:b', 'CON', '絵 🎨'])(
    '%j is one on posix',
    (name) => {
      expect(isSingleName(name, 'linux')).toBe(true);
    },
  );

  test.each(['', '.', '..', 'a/b', '/', 'nul\0'])('%j is one nowhere', (name) => {
    expect(isSingleName(name, 'linux')).toBe(false);
    expect(isSingleName(name, 'win32')).toBe(false);
  });

  test.each(['a\\b', 'C:', 'a:stream', 'CON', 'nul.txt', 'COM1', 'LPT¹.webp', 'a.', 'a ', 'a?', 'a\u0007'])(
    '%j is none on Windows',
    (name) => {
      expect(isSingleName(name, 'win32')).toBe(false);
    },
  );

  test.each(['a.webp', 'console', 'com10', '絵 🎨'])('%j is one on Windows', (name) => {
    expect(isSingleName(name, 'win32')).toBe(true);
  });
});

describe('numbered names', () => {
  test.each([
    ['a.webp', 1, 'a.webp'],
    ['a.webp', 2, 'a-2.webp'],
    ['a.b.webp', 10, 'a.b-10.webp'],
    ['a', 2, 'a-2'],
    ['.hidden', 2, '.hidden-2'],
    [`${'x'.repeat(250)}.webp`, 2, `${'x'.repeat(248)}-2.webp`],
  ])('%s, number %d', (name, number, expected) => {
    expect(numberedName(name, number)).toBe(expected);
  });

  test('whatever the name, a numbered one fits, is cut between characters and differs for each number', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }).map((text) => cut(text, 255));
    fc.assert(
      fc.property(name, fc.integer({ min: 2, max: 10_000 }), (given, number) => {
        const result = numberedName(given, number);
        return (
          Buffer.byteLength(result) <= 255 &&
          !/\p{Surrogate}/u.test(result) &&
          result !== numberedName(given, number + 1)
        );
      }),
    );
  });
});

function cut(text: string, bytes: number): string {
  const letters = [...text];
  while (Buffer.byteLength(letters.join('')) > bytes) letters.pop();
  return letters.join('') || 'x';
}
