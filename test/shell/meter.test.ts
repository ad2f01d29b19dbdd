import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Progress, ReportEvent } from '../../src/report/events.js';
import type { Runtime } from '../../src/runtime.js';
import { Meter, upstreamOf } from '../../src/shell/meter.js';

let now: number;
let shown: Progress[];
let events: ReportEvent[];
let meter: Meter;

beforeEach(() => {
  now = 1_000_000;
  shown = [];
  events = [];
  const reporter = {
    progress: (progress: Progress) => void shown.push(progress),
    emit: (event: ReportEvent) => void events.push(event),
  };
  meter = new Meter('fetch', { now: () => now, reporter } as unknown as Runtime);
});

const last = () => shown.at(-1)!;

describe('what is shown while a command runs', () => {
  test('counts items of what is expected, and bytes', () => {
    meter.expect(4);
    now += 100;
    meter.moved(500);
    now += 100;
    meter.done(500);
    expect(last()).toMatchObject({ command: 'fetch', done: 1, total: 4, bytes: 500 });
  });

  test('counts what was there already and what failed as finished', () => {
    meter.expect(3);
    meter.done(1);
    meter.already();
    now += 100;
    meter.failed('E_NOT_FOUND');
    expect(last()).toMatchObject({ done: 3, total: 3 });
  });

  test('adds up what several references have', () => {
    meter.expect(4);
    now += 100;
    meter.expect(2);
    expect(last().total).toBe(6);
  });

  test('has no total as soon as one is unknown', () => {
    meter.expect(4);
    now += 100;
    meter.expect(undefined);
    now += 100;
    meter.expect(2);
    expect(last().total).toBeUndefined();
    now += 5000;
    meter.done(1);
    expect(last().secondsLeft).toBeUndefined();
  });

  test('is not drawn more often than every 80 ms', () => {
    for (let time = 0; time < 1000; time += 1) {
      now += 1;
      meter.moved(1);
    }
    expect(shown.length).toBeLessThanOrEqual(13);
    expect(shown.length).toBeGreaterThan(10);
  });

  test('has every finished item at once, for the next may be long in coming', () => {
    meter.expect(3);
    now += 100;
    meter.moved(500);
    meter.done(500);
    expect(last()).toMatchObject({ done: 1, total: 3, bytes: 500 });
    meter.already();
    meter.failed('E_NOT_FOUND');
    expect(last()).toMatchObject({ done: 3, total: 3 });
  });

  test('has the rate of the last five seconds', () => {
    for (let second = 0; second < 20; second += 1) {
      now += 1000;
      meter.moved(second < 10 ? 1_000_000 : 2000);
    }
    expect(last().bytesPerSecond).toBeCloseTo(2000, -2);
  });

  test('has no rate before there was time to measure one', () => {
    meter.moved(1);
    now += 200;
    meter.moved(10_000_000);
    expect(last().bytesPerSecond).toBe(0);
  });

  test('says how long the rest takes at this pace', () => {
    meter.expect(10);
    now += 4000;
    meter.done(1);
    now += 4000;
    meter.done(1);
    expect(last().secondsLeft).toBe(32);
  });

  test('never says that less than nothing is left', () => {
    meter.expect(1);
    for (let number = 0; number < 3; number += 1) {
      now += 1000;
      meter.done(1);
    }
    expect(last().secondsLeft).toBe(0);
  });
});

describe('the summary', () => {
  test('says what was done, in how long', () => {
    meter.done(300);
    meter.done(200);
    meter.already();
    meter.failed('E_NOT_FOUND');
    meter.failed('E_NOT_FOUND');
    now += 2345;
    meter.finish('https://example.org/folder');
    expect(events).toEqual([
      {
        event: 'summary',
        command: 'fetch',
        done: 2,
        already: 1,
        failed: 2,
        reasons: { E_NOT_FOUND: 2 },
        bytes: 500,
        seconds: 2.345,
        url: 'https://example.org/folder',
      },
    ]);
  });

  test('is left out where nothing was moved', () => {
    meter.expect(3);
    meter.moved(10);
    meter.finish();
    expect(events).toEqual([]);
  });
});

test('in a pipe the fetching side adds what is expected and what failed, and nothing twice', () => {
  const upstream = upstreamOf(meter);
  upstream.expect(2);
  upstream.moved(100);
  upstream.done(100);
  upstream.already();
  upstream.failed('E_NOT_FOUND');
  meter.finish();
  expect(events).toMatchObject([{ done: 0, already: 0, failed: 1, bytes: 0 }]);
});
