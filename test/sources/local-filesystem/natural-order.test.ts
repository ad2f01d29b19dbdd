import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { byFileName, naturally } from '../../../sources/local-filesystem/natural-order.js';

test('names come as a person counts', () => {
  const ordered = ['', '0', '1', '02', '2', '10', 'a', 'a.png', 'a1', 'a2b1', 'a2b2', 'a2b10', 'a10', 'a10b', 'b', 'é'];
  expect([...ordered].reverse().sort(naturally)).toEqual(ordered);
});

test('a name comes before those that only begin like it', () => {
  expect(['a-2.webp', 'a-10.webp', 'a.webp', 'a.json'].sort(byFileName)).toEqual([
    'a.json',
    'a.webp',
    'a-2.webp',
    'a-10.webp',
  ]);
});

test('it is an order: whatever the names, however they are mixed', () => {
  const name = fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', '.', '-', 'B', 'ü'), maxLength: 6 });
  fc.assert(
    fc.property(name, name, name, (one, two, three) => {
      expect(Math.sign(naturally(one, two))).toBe(-Math.sign(naturally(two, one)) || 0);
      expect(naturally(one, two) === 0).toBe(one === two);
      if (naturally(one, two) < 0 && naturally(two, three) < 0) expect(naturally(one, three)).toBeLessThan(0);
    }),
    { numRuns: 20_000 },
  );
});
