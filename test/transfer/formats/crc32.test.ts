import { crc32 as zlibCrc32 } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32, crc32ByTable } from '../../../src/transfer/formats/crc32.js';

test('the check value of the polynomial comes out', () => {
  const digits = Buffer.from('123456789', 'latin1');
  expect(crc32ByTable(digits, 0)).toBe(0xcbf43926);
  expect(crc32(digits, 0)).toBe(0xcbf43926);
});

test('the table gives what zlib gives, also in parts', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (first, second) => {
      const whole = Buffer.concat([first, second]);
      expect(crc32ByTable(second, crc32ByTable(first, 0))).toBe(zlibCrc32(whole));
      expect(crc32(second, crc32(first, 0))).toBe(zlibCrc32(whole));
    }),
  );
});
