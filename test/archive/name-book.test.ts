import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NameBook } from '../../src/archive/name-book.js';
import type { NameParts, NameRules } from '../../src/archive/names.js';

const LINUX: NameRules = { longestName: 255, caseSensitive: true };
const WINDOWS: NameRules = { longestName: 255, caseSensitive: false };

const picture = (stem: string, suffix = ''): NameParts => ({ stem, suffix, extension: 'jpg' });
const sidecar = (stem: string): NameParts => ({ stem, extension: 'json' });

/** Few letters, so that twins come often. */
const stem = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B', 'ß', 'S', '/'), maxLength: 4 }),
  fc.string(),
);
const fileWith = (...suffixes: readonly string[]): fc.Arbitrary<NameParts> =>
  fc.record({ stem, suffix: fc.constantFrom(...suffixes), extension: fc.constantFrom('jpg', 'json') });

describe.each([
  ['a case-sensitive disk', LINUX, (name: string) => name],
  ['a disk that minds no case', WINDOWS, (name: string) => name.normalize('NFC').toLowerCase()],
] as const)('on %s', (_target, rules, fold) => {
  test('no two files of a folder meet', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fileWith('', '-mask', '-MASK', 'a'), { selector: JSON.stringify, maxLength: 30 }),
        (files) => {
          const book = new NameBook(rules);
          const names = files.map((parts) => fold(book.name(parts)));
          return new Set(names).size === files.length;
        },
      ),
      { numRuns: 10_000 },
    );
  });

  test('told ahead, the names depend on the set of files and not on their order', () => {
    const shuffled = fc
      .uniqueArray(fileWith('', '-mask', 'a', '/'), { selector: JSON.stringify, maxLength: 12 })
      .chain((files) => fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length })));
    fc.assert(
      fc.property(shuffled, ([files, otherwise]) => {
        const [first, second] = [new NameBook(rules, files), new NameBook(rules, [...files].reverse())];
        for (const parts of files) first.name(parts);
        for (const parts of otherwise) second.name(parts);
        expect(otherwise.map((parts) => second.name(parts))).toEqual(otherwise.map((parts) => first.name(parts)));
      }),
      { numRuns: 5_000 },
    );
  });

  test('the same file gets the same name again', () => {
    const book = new NameBook(rules);
    const names = ['aB', 'Ab', 'aB', 'Ab'].map((id) => book.name(picture(id)));
    expect(names.slice(2)).toEqual(names.slice(0, 2));
  });

  test('an id with no twin has its plain name, whatever else is in the folder', () => {
    const book = new NameBook(
      rules,
      ['aB3dE5f', 'x', 'X'].map((id) => picture(id)),
    );
    expect(book.name(picture('aB3dE5f'))).toBe('aB3dE5f.jpg');
    expect(book.name(sidecar('aB3dE5f'))).toBe('aB3dE5f.json');
  });

  test('an id with a suffix that reads like another id keeps apart from it', () => {
    const book = new NameBook(rules);
    expect(book.name(picture('id', '-mask'))).toBe('id-mask.jpg');
    expect(book.name(picture('id-mask'))).toMatch(/^id-mask~[a-z2-7]{8}\.jpg$/u);
  });
});

test('where case matters, twins keep their names', () => {
  const book = new NameBook(LINUX, [picture('aB'), picture('Ab')]);
  expect([book.name(picture('aB')), book.name(picture('Ab'))]).toEqual(['aB.jpg', 'Ab.jpg']);
});

describe('where case does not matter', () => {
  test('twins that are told ahead are both marked', () => {
    const book = new NameBook(WINDOWS, [picture('aB'), picture('Ab')]);
    expect(book.name(picture('aB'))).toMatch(/^aB~[a-z2-7]{8}\.jpg$/u);
    expect(book.name(picture('Ab'))).toMatch(/^Ab~[a-z2-7]{8}\.jpg$/u);
  });

  test('a twin that comes as a surprise is marked, and the first keeps its name', () => {
    const book = new NameBook(WINDOWS);
    expect(book.name(picture('aB'))).toBe('aB.jpg');
    expect(book.name(picture('Ab'))).toMatch(/^Ab~[a-z2-7]{8}\.jpg$/u);
    expect(book.name(sidecar('aB'))).toBe('aB.json');
  });

  test('a twin of a file that was told ahead is marked even if it is named first', () => {
    const book = new NameBook(WINDOWS, [picture('aB')]);
    expect(book.name(picture('Ab'))).toMatch(/^Ab~[a-z2-7]{8}\.jpg$/u);
    expect(book.name(picture('aB'))).toBe('aB.jpg');
  });

  test("all files of a twin begin alike, whichever of them it was that met another's", () => {
    const book = new NameBook(WINDOWS);
    book.name({ stem: 'aB', extension: 'png' });
    const [media, document] = [book.name(picture('Ab')), book.name(sidecar('Ab'))];
    expect(document.slice(0, -'.json'.length)).toBe(media.slice(0, -'.jpg'.length));
  });

  test('a marked name depends on the id alone', () => {
    const first = new NameBook(WINDOWS, [picture('aB'), picture('Ab')]).name(picture('aB'));
    const second = new NameBook(WINDOWS, [picture('AB'), picture('aB'), picture('ab'), picture('z')]).name(
      picture('aB'),
    );
    expect(second).toBe(first);
  });
});
