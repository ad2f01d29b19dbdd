import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, formatSize } from '../../src/report/size.js';

const KIB = 1024;
const MIB = KIB * 1024;
const GIB = MIB * 1024;
const TIB = GIB * 1024;

describe('a size', () => {
  test.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [KIB, '1.00 KiB'],
    [KIB + 1, '1.00 KiB'],
    [1536, '1.50 KiB'],
    [365_455, '356.89 KiB'],
    [1_048_570, '1023.99 KiB'],
    [MIB - 1, '1.00 MiB'],
    [MIB, '1.00 MiB'],
    [GIB - 1, '1.00 GiB'],
    [GIB, '1.00 GiB'],
    [TIB - 1, '1.00 TiB'],
    [2.5 * TIB, '2.50 TiB'],
    [5000 * TIB, '5000.00 TiB'],
    [1023.4, '1023 B'],
  ])('of %d bytes is %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });

  test('never shows 1024 of a unit, and is right to its last digit', () => {
    const units = { B: 1, KiB: KIB, MiB: MIB, GiB: GIB, TiB: TIB };
    fc.assert(
      fc.property(fc.oneof(fc.nat(), fc.nat(3 * MIB), fc.integer({ min: 0, max: 900 * TIB })), (bytes) => {
        const [number = '', unit = ''] = formatSize(bytes).split(' ');
        expect(Number(number)).toBeLessThan(1024);
        const size = units[unit as keyof typeof units];
        expect(Math.abs(Number(number) * size - bytes)).toBeLessThanOrEqual(size * 0.0051);
        if (unit !== 'B') expect(number).toMatch(/^\d+\.\d\d$/u);
      }),
    );
  });
});

describe('a duration', () => {
  test.each([
    [-1, '0 s'],
    [0, '0 s'],
    [0.2, '1 s'],
    [59, '59 s'],
    [59.1, '1 min'],
    [60, '1 min'],
    [185, '3 min 5 s'],
    [3599, '59 min 59 s'],
    [3600, '1 h'],
    [3659, '1 h'],
    [7440, '2 h 4 min'],
    [172_799, '47 h 59 min'],
    [172_800, '2 d'],
  ])('of %d seconds is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
