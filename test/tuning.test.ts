import { describe, expect, test } from '@jest/globals';
import type { AlbarettoError } from '../src/errors.js';
import { MOST_TRANSFERS, readTuning } from '../src/tuning.js';

/** A configuration that holds these. */
function settings(values: Readonly<Record<string, unknown>> = {}) {
  return {
    path: 'config.json',
    get: (key: string) => values[key],
    set: async () => undefined,
    delete: async () => undefined,
    all: () => ({ ...values }),
    refresh: async () => undefined,
  };
}

function failure(work: () => unknown): AlbarettoError {
  try {
    work();
  } catch (thrown) {
    return thrown as AlbarettoError;
  }
  throw new Error('this should have failed');
}

describe('how hard the program works', () => {
  test('is moderate when nobody says anything', () => {
    expect(readTuning({}, settings())).toEqual({
      transfers: 8,
      memory: 268_435_456,
      bytesPerSecond: undefined,
      distance: 0,
    });
  });

  test('is what the configuration says, as numbers or as text', () => {
    const configured = { transfers: 16, memory: '1G', limitRate: '500k', sleep: 2 };
    expect(readTuning({}, settings(configured))).toEqual({
      transfers: 16,
      memory: 1_073_741_824,
      bytesPerSecond: 512_000,
      distance: 2000,
    });
  });

  test('is what the options say, whatever is configured, one by one', () => {
    const configured = settings({ transfers: 16, memory: '1G', limitRate: '500k', sleep: '2' });
    const options = { transfers: '3', memory: '10M', 'limit-rate': '1M', sleep: '250ms' };
    expect(readTuning(options, configured)).toEqual({
      transfers: 3,
      memory: 10_485_760,
      bytesPerSecond: 1_048_576,
      distance: 250,
    });
    expect(readTuning({ sleep: '0' }, configured)).toMatchObject({ transfers: 16, distance: 0 });
  });

  test('never becomes more transfers than a host bears', () => {
    expect(readTuning({ transfers: String(MOST_TRANSFERS) }, settings()).transfers).toBe(64);
    expect(failure(() => readTuning({ transfers: String(MOST_TRANSFERS + 1) }, settings())).code).toBe('E_USAGE');
  });
});

describe('a value that is none', () => {
  test.each([
    ['--transfers', { transfers: 'many' }, {}],
    ['--memory', { memory: '-5' }, {}],
    ['--limit-rate', { 'limit-rate': '0' }, {}],
    ['--sleep', { sleep: 'long' }, {}],
    ['--transfers', { transfers: '' }, { transfers: 16 }],
    ['transfers', {}, { transfers: 0 }],
    ['transfers', {}, { transfers: 1.5 }],
    ['memory', {}, { memory: {} }],
    ['limitRate', {}, { limitRate: '1 apple' }],
    ['sleep', {}, { sleep: true }],
  ])('of %s is a usage error that names where it stands (%j, %j)', (name, options, values) => {
    const { code, message } = failure(() => readTuning(options, settings(values)));
    expect([code, message.split(' ')[0]]).toEqual(['E_USAGE', name]);
  });
});
