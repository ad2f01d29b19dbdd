import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sleep } from '../src/clock.js';
import { AlbarettoError, type ErrorFacts } from '../src/errors.js';
import { DEFAULT_RETRY, parseRetryAfter, type RetryPolicy, withRetry } from '../src/retry.js';

const POLICY: RetryPolicy = { tries: 5, base: 100, cap: 400, total: 1000, patience: 5000 };

/** A clock that only waiting moves. */
function world(
  more: { random?: number; workTakes?: number; policy?: Partial<RetryPolicy>; signal?: AbortSignal } = {},
) {
  let now = 1_000_000;
  const waits: number[] = [];
  const told: [string, number, number][] = [];
  return {
    waits,
    told,
    work: () => {
      now += more.workTakes ?? 0;
    },
    options: {
      policy: { ...POLICY, ...more.policy },
      signal: more.signal,
      now: () => now,
      random: () => more.random ?? 0.999,
      sleep: async (milliseconds: number) => {
        waits.push(milliseconds);
        now += milliseconds;
      },
      onWait: (error: AlbarettoError, milliseconds: number, nextTry: number) =>
        void told.push([error.code, milliseconds, nextTry]),
    },
  };
}

const failure = (facts: Partial<ErrorFacts> = {}) =>
  new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'down', retryable: true, ...facts });

/** Fails with these in order, then succeeds. */
function failing(...failures: unknown[]) {
  let tries = 0;
  return async (attempt: number) => {
    tries += 1;
    expect(attempt).toBe(tries);
    const next = failures.shift();
    if (next !== undefined) throw next;
    return tries;
  };
}

const codeOf = async (work: Promise<unknown>) => work.then(String, (thrown: AlbarettoError) => thrown.code);

describe('work', () => {
  test('that succeeds is done once', async () => {
    const { options, waits } = world();
    expect(await withRetry(failing(), options)).toBe(1);
    expect(waits).toEqual([]);
  });

  test('that fails for a while is tried until it succeeds', async () => {
    const { options, told } = world();
    expect(await withRetry(failing(failure(), failure({ code: 'E_TIMEOUT' })), options)).toBe(3);
    expect(told).toEqual([
      ['E_UNAVAILABLE', 100, 2],
      ['E_TIMEOUT', 200, 3],
    ]);
  });

  test('that fails for good is not tried again', async () => {
    const { options, waits } = world();
    expect(await codeOf(withRetry(failing(failure({ code: 'E_NOT_FOUND', retryable: false })), options))).toBe(
      'E_NOT_FOUND',
    );
    expect(waits).toEqual([]);
  });

  test('that fails with anything else is a fault of the program and not tried again', async () => {
    const { options, waits } = world();
    expect(await codeOf(withRetry(failing(new TypeError('x')), options))).toBe('E_INTERNAL');
    expect(waits).toEqual([]);
  });

  test('that always fails ends after its tries with the last failure', async () => {
    const { options, waits } = world({ policy: { total: 100_000 } });
    const work = failing(failure(), failure(), failure(), failure(), failure({ code: 'E_TIMEOUT' }), failure());
    expect(await codeOf(withRetry(work, options))).toBe('E_TIMEOUT');
    expect(waits).toEqual([100, 200, 400, 400]);
  });
});

describe('a wait', () => {
  test('grows to its cap and is any part of that', async () => {
    const { options, waits } = world({ random: 0.5, policy: { tries: 6, total: 100_000 } });
    await codeOf(withRetry(failing(...Array.from({ length: 6 }, () => failure())), options));
    expect(waits).toEqual([50, 100, 200, 200, 200]);
    const none = world({ random: 0 });
    await withRetry(failing(failure(), failure()), none.options);
    expect(none.waits).toEqual([0, 0]);
  });

  test('never exceeds the policy, whatever chance says', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 8 }),
        async (random, count) => {
          const { options, waits } = world({ random, policy: { tries: 8 } });
          await codeOf(withRetry(failing(...Array.from({ length: count }, () => failure())), options));
          expect(waits.length).toBeLessThan(8);
          for (const wait of waits) expect(wait).toBeLessThanOrEqual(POLICY.cap);
          expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThanOrEqual(POLICY.total);
        },
      ),
    );
  });

  test('is not begun when the time for all of it is over', async () => {
    const slow = world({ workTakes: 600 });
    const work = async () => {
      slow.work();
      throw failure();
    };
    expect(await codeOf(withRetry(work, slow.options))).toBe('E_UNAVAILABLE');
    expect(slow.waits).toEqual([100]);
  });

  test('is begun however long the one before it took, as long as bytes came', async () => {
    const slow = world({ workTakes: 1100 });
    let tries = 0;
    const work = async (_attempt: number, moved: () => void) => {
      slow.work();
      tries += 1;
      if (tries < 3) moved();
      throw failure();
    };
    expect(await codeOf(withRetry(work, slow.options))).toBe('E_UNAVAILABLE');
    expect(tries).toBe(3);
  });

  test('is what the service asks for, whatever its own policy says', async () => {
    const { options, waits } = world();
    await withRetry(failing(failure({ retryAfter: 3000 }), failure({ retryAfter: 0 }), failure()), options);
    expect(waits).toEqual([3000, 0, 400]);
  });

  test('that the service asked for does not count against the time for all of it', async () => {
    const { options, waits } = world();
    await withRetry(failing(failure({ retryAfter: 4000 }), failure({ retryAfter: 4000 }), failure()), options);
    expect(waits).toEqual([4000, 4000, 400]);
  });

  test('that the service asks for is not begun either when the time is over', async () => {
    const slow = world({ workTakes: 1500 });
    const work = async () => {
      slow.work();
      throw failure({ retryAfter: 4000 });
    };
    await codeOf(withRetry(work, slow.options));
    expect(slow.waits).toEqual([]);
  });

  test('longer than the program’s patience ends it at once', async () => {
    const { options, waits } = world();
    const error = await withRetry(failing(failure({ retryAfter: 5001 })), options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'E_UNAVAILABLE', retryAfter: 5001 });
    expect(waits).toEqual([]);
  });
});

describe('an abort', () => {
  test('before the first try tries nothing', async () => {
    const { options } = world({ signal: AbortSignal.abort() });
    const tries: number[] = [];
    expect(await codeOf(withRetry(async (attempt) => tries.push(attempt), options))).toBe('E_INTERRUPTED');
    expect(tries).toEqual([]);
  });

  test('in the middle of a try makes of whatever it throws the interruption', async () => {
    const controller = new AbortController();
    const { options } = world({ signal: controller.signal });
    const work = async () => {
      controller.abort();
      throw new Error('socket hang up');
    };
    expect(await codeOf(withRetry(work, options))).toBe('E_INTERRUPTED');
  });

  test('ends a wait at once', async () => {
    const controller = new AbortController();
    const options = {
      policy: { ...POLICY, base: 1_000_000, cap: 1_000_000, total: 10_000_000 },
      signal: controller.signal,
      sleep,
      random: () => 0.9,
    };
    const work = withRetry(failing(failure()), { ...options, onWait: () => setTimeout(() => controller.abort(), 5) });
    expect(await codeOf(work)).toBe('E_INTERRUPTED');
  });
});

describe('sleep', () => {
  test('ends by itself, and at once for a signal that has aborted', async () => {
    await sleep(1, undefined);
    await sleep(1, new AbortController().signal);
    expect(await codeOf(sleep(1_000_000, AbortSignal.abort()))).toBe('E_INTERRUPTED');
  });
});

test('the program’s own policy is bounded', () => {
  expect(DEFAULT_RETRY.tries).toBeLessThanOrEqual(10);
  expect(DEFAULT_RETRY.total).toBeLessThanOrEqual(600_000);
  expect(DEFAULT_RETRY.patience).toBeLessThanOrEqual(600_000);
});

describe('Retry-After', () => {
  const NOW = Date.parse('2024-05-01T12:00:00Z');

  test.each([
    [{ 'retry-after': '120' }, 120_000],
    [{ 'retry-after': ' 5 ' }, 5000],
    [{ 'retry-after': '0' }, undefined],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after': 'Wed, 01 May 2024 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wednesday, 01-May-24 12:00:30 GMT' }, 30_000],
    [{ 'retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'retry-after-ms': 'soon', 'retry-after': '1' }, 1000],
    [{ 'retry-after-ms': '', 'retry-after': '1' }, 1000],
  ])('%j is %d ms', (headers, wait) => {
    expect(parseRetryAfter(headers as Record<string, string>, NOW)).toBe(wait);
  });

  test.each([
    [{}],
    [{ 'retry-after': '' }],
    [{ 'retry-after': 'soon' }],
    [{ 'retry-after': '-5' }],
    [{ 'retry-after': 'Wed, 01 May 2024 11:59:59 GMT' }],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    [{ 'retry-after-ms': '-1' }],
    [{ 'retry-after-ms': 'NaN' }],
  ])('%j says nothing: the program’s own waits hold', (headers) => {
    expect(parseRetryAfter(headers as Record<string, string>, NOW)).toBeUndefined();
  });

  test('is a number of milliseconds from 0, or nothing, for any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (seconds, milliseconds) => {
        const wait = parseRetryAfter({ 'retry-after': seconds, 'retry-after-ms': milliseconds }, NOW);
        if (wait !== undefined) expect(wait).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
