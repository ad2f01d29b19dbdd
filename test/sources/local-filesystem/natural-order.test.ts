import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sortedFiles, sortedNaturally } from '../../../sources/local-filesystem/natural-order.js';

test('names come as a person counts', () => {
  const ordered = [
    '',
    '0',
    '00',
    '1',
    '02',
    '2',
    '10',
    'a',
    'a.png',
    'a1',
    'a2b1',
    'a2b2',
    'a2b10',
    'a10',
    'a10b',
    'b',
    'é',
  ];
  expect(sortedNaturally([...ordered].reverse())).toEqual(ordered);
});

test('a name comes before those that only begin like it', () => {
  expect(sortedFiles(['a-2.webp', 'a-10.webp', 'a.webp', 'a.json', 'a'])).toEqual([
    'a',
    'a.json',
    'a.webp',
    'a-2.webp',
    'a-10.webp',
  ]);
});

test('no name is lost or changed, and their first order does not matter', () => {
  const name = fc.string({
    unit: fc.constantFrom('0', '1', '9', 'a', '.', '-', 'B', 'ü', '\u0001', '😀'),
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 20 }), fc.infiniteStream(fc.nat()), (names, random) => {
      const shuffled = names.map((text) => ({ text, at: random.next().value })).sort((one, other) => one.at - other.at);
      for (const sorted of [sortedFiles, sortedNaturally]) {
        const once = sorted(names);
        expect([...once].sort()).toEqual([...names].sort());
        expect(sorted(shuffled.map(({ text }) => text))).toEqual(once);
      }
    }),
    { numRuns: 2_000 },
  );
});
