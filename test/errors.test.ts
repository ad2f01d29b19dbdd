import { describe, expect, test } from '@jest/globals';
import {
  AlbarettoError,
  asAlbarettoError,
  type ErrorCode,
  ExitCode,
  exitCodeOf,
  interrupted,
  isErrorCode,
  usageError,
} from '../src/errors.js';

describe('the exit code', () => {
  const table: Record<ErrorCode, number> = {
    E_USAGE: 2,
    E_NOTHING_FETCHED: 2,
    E_NO_SUCH_GENERATION: 2,
    E_CREDENTIALS: 3,
    E_NOT_FOUND: 4,
    E_TASK_FAILED: 1,
    E_NETWORK: 5,
    E_TIMEOUT: 5,
    E_RATE_LIMITED: 5,
    E_UNAVAILABLE: 5,
    E_BAD_ANSWER: 5,
    E_EXPIRED: 5,
    E_TRUNCATED: 5,
    E_FORMAT: 5,
    E_DIGEST: 5,
    E_TOO_LARGE: 5,
    E_UNSAFE_ADDRESS: 5,
    E_DESTINATION: 6,
    E_NO_SPACE: 6,
    E_NOT_GRANTED: 6,
    E_INTERRUPTED: 130,
    E_ALREADY_RUNNING: 5,
    E_INTERNAL: 1,
  };

  test.each(Object.entries(table))('of %s is %d', (code, exit) => {
    expect(isErrorCode(code)).toBe(true);
    expect(exitCodeOf(code as ErrorCode)).toBe(exit);
  });

  test('is one that the README lists, for every code', () => {
    for (const code of Object.keys(table)) expect(Object.values(ExitCode)).toContain(exitCodeOf(code as ErrorCode));
  });

  test('belongs to codes of the table only', () => {
    for (const text of ['E_', 'toString', '__proto__', 'e_usage', '']) expect(isErrorCode(text)).toBe(false);
  });
});

describe('an error', () => {
  test('reads: plugin, what failed, what to do', () => {
    const error = new AlbarettoError({
      code: 'E_NOT_FOUND',
      message: 'no such album',
      hint: 'check the id',
      plugin: 'imgur',
    });
    expect(error.describe()).toBe('[imgur] no such album: check the id');
    expect(error.with({ hint: undefined }).describe()).toBe('[imgur] no such album');
    expect(error.with({ plugin: undefined }).describe()).toBe('no such album: check the id');
  });

  test('reaches one item and is not worth another try, unless it says so', () => {
    const error = new AlbarettoError({ code: 'E_FORMAT', message: 'x' });
    expect(error).toMatchObject({
      retryable: false,
      reach: 'item',
      retryAfter: undefined,
      hint: undefined,
      name: 'AlbarettoError',
    });
    expect(error).toBeInstanceOf(Error);
  });

  test('keeps its facts but for those that are changed', () => {
    const cause = new Error('below');
    const facts = {
      code: 'E_TIMEOUT',
      message: 'x',
      hint: 'y',
      plugin: 'z',
      retryable: true,
      retryAfter: 5,
      reach: 'host',
      cause,
    } as const;
    expect(new AlbarettoError(facts).with({})).toMatchObject(facts);
    expect(new AlbarettoError(facts).with({ code: 'E_NETWORK', retryable: false })).toMatchObject({
      ...facts,
      code: 'E_NETWORK',
      retryable: false,
    });
  });

  test('of usage and of an interruption reach the whole run', () => {
    expect(usageError('x', 'y', 'z')).toMatchObject({ code: 'E_USAGE', reach: 'run', hint: 'y', plugin: 'z' });
    expect(interrupted('why')).toMatchObject({ code: 'E_INTERRUPTED', reach: 'run', cause: 'why' });
  });
});

describe('anything that is thrown', () => {
  test('that is one of ours stays what it is, also after an abort', () => {
    const error = usageError('x');
    expect(asAlbarettoError(error, AbortSignal.abort())).toBe(error);
  });

  test('after an abort is the interruption', () => {
    expect(asAlbarettoError(new TypeError('x'), AbortSignal.abort()).code).toBe('E_INTERRUPTED');
    expect(asAlbarettoError(new DOMException('x', 'AbortError')).code).toBe('E_INTERRUPTED');
  });

  test('is a fault of the program otherwise, with what it says as its text', () => {
    const thrown = new TypeError('x is not a function');
    expect(asAlbarettoError(thrown, new AbortController().signal)).toMatchObject({
      code: 'E_INTERNAL',
      message: 'x is not a function',
      reach: 'run',
      cause: thrown,
    });
  });

  test.each([[undefined], [null], ['text'], [7], [Symbol('x')], [Object.create(null)], [{ message: 7 }], [() => 'x']])(
    'need not be an error: %p',
    (thrown: unknown) => {
      const error = asAlbarettoError(thrown);
      expect(error.code).toBe('E_INTERNAL');
      expect(error.message).toMatch(/^an? (undefined|object|string|number|symbol|function) was thrown/u);
    },
  );
});
