import { beforeEach, describe, expect, test } from '@jest/globals';
import { createPacer, type Pacer } from '../../src/transfer/pace.js';
import { settle } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';

const LIMITS = { start: 2, burst: 3, floor: 0.5, ceiling: 4 };

let clock: VirtualClock;
let pacer: Pacer;
/** When each turn came, in milliseconds from the start. */
let turns: number[];

beforeEach(() => {
  clock = new VirtualClock({ start: 0, automatic: false });
  pacer = createPacer(LIMITS, clock);
  turns = [];
});

function take(count: number, signal?: AbortSignal): Promise<PromiseSettledResult<void>[]> {
  const one = async () => {
    await pacer.take(signal);
    turns.push(clock.now());
  };
  return Promise.allSettled(Array.from({ length: count }, one));
}

const succeed = (count: number) => {
  for (let number = 0; number < count; number += 1) pacer.succeeded();
};

describe('turns', () => {
  test('come at once as far as the burst goes, and then at the rate', async () => {
    const work = take(7);
    await clock.advance(10_000);
    await work;
    expect(turns).toEqual([0, 0, 0, 500, 1000, 1500, 2000]);
  });

  test('come in the order in which they were asked for', async () => {
    const order: number[] = [];
    const work = [1, 2, 3, 4, 5, 6].map(async (number) => {
      await pacer.take(undefined);
      order.push(number);
    });
    await clock.advance(10_000);
    await Promise.all(work);
    expect(order).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('that nobody took are saved up to the burst and not beyond', async () => {
    await take(3);
    await clock.advance(60_000);
    const work = take(5);
    await clock.advance(10_000);
    await work;
    expect(turns.slice(3)).toEqual([60_000, 60_000, 60_000, 60_500, 61_000]);
  });

  test('are shared by all who use the pacer', async () => {
    const work = [take(3), take(3)];
    await clock.advance(10_000);
    await Promise.all(work);
    expect(turns).toEqual([0, 0, 0, 500, 1000, 1500]);
  });

  test('an abort ends the wait, and the place goes to the others', async () => {
    await take(3);
    const controller = new AbortController();
    const given = take(4, controller.signal);
    await settle();
    controller.abort();
    for (const result of await given) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'E_INTERRUPTED' } });
    }
    const kept = take(1);
    await clock.advance(10_000);
    await kept;
    expect(turns.at(-1)).toBe(500);
  });
});

describe('the rate', () => {
  test('grows by a half after twenty creations in a row, up to the ceiling', () => {
    succeed(19);
    expect(pacer.rate).toBe(2);
    succeed(1);
    expect(pacer.rate).toBe(2.5);
    succeed(200);
    expect(pacer.rate).toBe(4);
  });

  test('is halved by a limit, down to the floor', async () => {
    pacer.limited(1000);
    expect(pacer.rate).toBe(1);
    await clock.advance(1001);
    pacer.limited(1000);
    await clock.advance(1001);
    pacer.limited(1000);
    expect(pacer.rate).toBe(0.5);
  });

  test('is halved once by creations that were on their way together', () => {
    for (let number = 0; number < 4; number += 1) pacer.limited(1000);
    expect(pacer.rate).toBe(1);
  });

  test('needs a new row of twenty after a limit', () => {
    succeed(19);
    pacer.limited(0);
    succeed(19);
    expect(pacer.rate).toBe(1);
    succeed(1);
    expect(pacer.rate).toBe(1.5);
  });
});

describe('a limit', () => {
  test('holds everybody back, also those who had been given their time, and lets them on one by one', async () => {
    await take(3);
    const work = take(3); // at 500, 1000 and 1500
    await settle();
    pacer.limited(10_000);
    await clock.advance(60_000);
    await work;
    expect(turns.slice(3)).toEqual([11_000, 12_000, 13_000]);
  });

  test('leaves no burst behind it', async () => {
    pacer.limited(5000);
    await clock.advance(5000);
    const work = take(2);
    await clock.advance(10_000);
    await work;
    expect(turns).toEqual([6000, 7000]);
  });

  test('that is made longer is heeded by those who wait already', async () => {
    pacer.limited(1000);
    const work = take(1);
    await clock.advance(900);
    pacer.limited(5000);
    await clock.advance(60_000);
    await work;
    expect(turns).toEqual([6900]);
  });

  test('does not shorten an earlier one', async () => {
    pacer.limited(5000);
    pacer.limited(10);
    const work = take(1);
    await clock.advance(60_000);
    await work;
    expect(turns).toEqual([6000]);
  });

  test('can be left by an abort', async () => {
    pacer.limited(600_000);
    const controller = new AbortController();
    const work = take(2, controller.signal);
    await settle();
    controller.abort();
    expect((await work).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('how long there were limits alone', () => {
  const limitedAt = async (...times: number[]) => {
    for (const time of times) {
      await clock.advance(time - clock.now());
      pacer.limited(1000);
    }
  };

  test('is counted from the first to the last', async () => {
    expect(pacer.limitedFor).toBe(0);
    await limitedAt(5000);
    expect(pacer.limitedFor).toBe(0);
    await limitedAt(15_000, 65_000);
    expect(pacer.limitedFor).toBe(60_000);
  });

  test.each(['succeeded', 'refused'] as const)('begins anew when something has %s', async (answer) => {
    await limitedAt(0, 60_000);
    pacer[answer]();
    expect(pacer.limitedFor).toBe(0);
    await limitedAt(61_000, 63_000);
    expect(pacer.limitedFor).toBe(2000);
  });

  test('begins anew after a time in which nothing was sent', async () => {
    await limitedAt(0, 60_000, 1_000_000);
    expect(pacer.limitedFor).toBe(0);
  });
});
