import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AlbarettoError } from '../src/errors.js';
import { parseCount, parseDuration, parseSize } from '../src/quantities.js';

/** The number, or the code and text of the refusal. */
function outcome(work: () => number): number | string {
  try {
    return work();
  } catch (thrown) {
    const error = thrown as AlbarettoError;
    return `${error.code} ${error.message}`;
  }
}

describe('a size', () => {
  test.each([
    ['1', 1],
    ['500', 500],
    ['500b', 500],
    ['1k', 1024],
    ['500K', 512_000],
    ['2M', 2_097_152],
    ['2 MB', 2_097_152],
    ['2mib', 2_097_152],
    ['1.5GiB', 1_610_612_736],
    ['1t', 1_099_511_627_776],
    ['  64k ', 65_536],
    ['0.001k', 1],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%j is %d bytes', (text, bytes) => {
    expect(parseSize(text, '--memory')).toBe(bytes);
  });

  test.each([
    '',
    ' ',
    'k',
    'M2',
    '-1',
    '+1',
    '1e3',
    '0x10',
    '1,5M',
    '.5M',
    '5.',
    '1.2.3k',
    '1kk',
    '1kib5',
    '5 apples',
    'NaN',
    'Infinity',
    '٣k',
    '0',
    '0M',
    '0.0001',
    '9007199254740992',
    '99999999t',
    '1\n2',
  ])('%j is none, and the option is named', (text) => {
    expect(outcome(() => parseSize(text, '--memory'))).toBe('E_USAGE --memory is a size such as 500k or 2M');
  });

  test('is a whole number of bytes from 1, or a usage error, for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{0,20}(\.\d{0,9})? ?[kmgtKMGT]?i?[bB]?$/u)), (text) => {
        const bytes = outcome(() => parseSize(text, '--memory'));
        if (typeof bytes === 'string') expect(bytes).toMatch(/^E_USAGE /u);
        else expect(Number.isSafeInteger(bytes) && bytes >= 1).toBe(true);
      }),
    );
  });
});

describe('a time', () => {
  test.each([
    ['0', 0],
    ['30', 30_000],
    ['30s', 30_000],
    ['30 S', 30_000],
    ['0.5', 500],
    ['250ms', 250],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    [' 7 ', 7_000],
    ['24d', 2_073_600_000],
    ['2147483647ms', 2_147_483_647],
  ])('%j is %d milliseconds', (text, milliseconds) => {
    expect(parseDuration(text, '--sleep')).toBe(milliseconds);
  });

  test.each(['', 's', 'soon', '-1', '1w', '1 min', '1h30m', '1e3', '0x1', '1,5', '.5', '9'.repeat(400)])(
    '%j is none, and the option is named',
    (text) => {
      expect(outcome(() => parseDuration(text, '--sleep'))).toBe('E_USAGE --sleep is a time such as 30s or 2m');
    },
  );

  test.each(['25d', '600h', '2147483648ms', '99999999999'])(
    '%j is more than a timer can wait: it would not wait at all',
    (text) => {
      expect(outcome(() => parseDuration(text, '--sleep'))).toBe('E_USAGE --sleep is a time of at most 24 days');
    },
  );

  test('is a wait that a timer keeps, or a usage error, for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,15}(\.\d{1,5})?(ms|s|m|h|d)?$/u)), (text) => {
        const milliseconds = outcome(() => parseDuration(text, '--sleep'));
        if (typeof milliseconds === 'string') expect(milliseconds).toMatch(/^E_USAGE /u);
        else expect(milliseconds >= 0 && milliseconds < 2 ** 31).toBe(true);
      }),
    );
  });
});

describe('a count', () => {
  test.each([
    ['1', 1],
    ['8', 8],
    ['64', 64],
    [' 08 ', 8],
  ])('%j is %d', (text, count) => {
    expect(parseCount(text, '--transfers', 64)).toBe(count);
  });

  test.each(['', '0', '65', '-1', '1.5', '1e1', 'eight', '８', '99999999999999999999'])(
    '%j is none, and the option is named',
    (text) => {
      expect(outcome(() => parseCount(text, '--transfers', 64))).toBe(
        'E_USAGE --transfers is a whole number from 1 to 64',
      );
    },
  );
});
