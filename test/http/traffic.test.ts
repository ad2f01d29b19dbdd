import { afterEach, describe, expect, test } from '@jest/globals';
import { createAgents } from '../../src/http/agents.js';
import { createHttpClient } from '../../src/http/client.js';
import { createTraffic, type Traffic, type TrafficRules } from '../../src/http/traffic.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { createWorkshop, exchange, failureOf, textOf } from './support.js';

const workshop = createWorkshop();

afterEach(() => workshop.closeAll());

const START = 1_000_000;

function world(rules: Partial<TrafficRules> = {}) {
  const clock = new VirtualClock({ start: START, automatic: false });
  return { clock, traffic: createTraffic({ distance: 0, ...rules }, clock) };
}

/** When each of so many requests to a host began, in milliseconds from the start. */
function enterings(traffic: Traffic, clock: VirtualClock, host: string, count: number, signal?: AbortSignal): number[] {
  const begun: number[] = [];
  for (let request = 0; request < count; request += 1) {
    traffic.enter(host, signal).then(
      () => begun.push(clock.now() - START),
      () => undefined,
    );
  }
  return begun;
}

describe('requests to one host', () => {
  test('begin at once where no distance is asked for', async () => {
    const { clock, traffic } = world();
    const begun = enterings(traffic, clock, 'a.example', 5);
    await clock.advance(0);
    expect(begun).toEqual([0, 0, 0, 0, 0]);
  });

  test('keep their distance, in the order in which they come, and other hosts do not wait', async () => {
    const { clock, traffic } = world({ distance: 1000 });
    const [here, there] = [enterings(traffic, clock, 'a.example', 3), enterings(traffic, clock, 'b.example', 1)];
    await clock.advance(5000);
    expect(here).toEqual([0, 1000, 2000]);
    expect(there).toEqual([0]);
    const later = enterings(traffic, clock, 'a.example', 2);
    await clock.advance(5000);
    expect(later).toEqual([5000, 6000]);
  });

  test('wait while the host asked for a pause, and queue up after it', async () => {
    const { clock, traffic } = world({ distance: 1000 });
    traffic.pause('a.example', 10_000);
    const [here, there] = [enterings(traffic, clock, 'a.example', 3), enterings(traffic, clock, 'b.example', 1)];
    await clock.advance(9999);
    expect(here).toEqual([]);
    expect(there).toEqual([0]);
    await clock.advance(10_000);
    expect(here).toEqual([10_000, 11_000, 12_000]);
  });

  test('that are in the queue already wait for a pause that comes later', async () => {
    const { clock, traffic } = world({ distance: 1000 });
    const begun = enterings(traffic, clock, 'a.example', 2);
    await clock.advance(500);
    traffic.pause('a.example', 5000);
    await clock.advance(60_000);
    expect(begun[0]).toBe(0);
    expect(begun[1]).toBeGreaterThanOrEqual(5500);
    expect(begun[1]).toBeLessThanOrEqual(7500);
  });

  test('wait for the longest of several pauses', async () => {
    const { clock, traffic } = world();
    traffic.pause('a.example', 5000);
    traffic.pause('a.example', 1000);
    const begun = enterings(traffic, clock, 'a.example', 2);
    await clock.advance(10_000);
    expect(begun).toEqual([5000, 5000]);
  });

  test('take the places of those that are not waited for any more', async () => {
    const { clock, traffic } = world({ distance: 1000 });
    const controller = new AbortController();
    enterings(traffic, clock, 'a.example', 30, controller.signal);
    await clock.advance(500);
    controller.abort();
    await clock.advance(0);
    const begun = enterings(traffic, clock, 'a.example', 2);
    await clock.advance(5000);
    expect(begun).toEqual([1000, 2000]);
  });

  test('keep their distance where one in the middle of the queue is not waited for any more', async () => {
    const { clock, traffic } = world({ distance: 1000 });
    const controller = new AbortController();
    const first = enterings(traffic, clock, 'a.example', 2);
    enterings(traffic, clock, 'a.example', 1, controller.signal);
    const last = enterings(traffic, clock, 'a.example', 1);
    controller.abort();
    await clock.advance(0);
    const later = enterings(traffic, clock, 'a.example', 1);
    await clock.advance(9000);
    expect([...first, ...last, ...later]).toEqual([0, 1000, 3000, 4000]);
  });

  test('stop waiting when the person has had enough', async () => {
    const { traffic } = world();
    traffic.pause('a.example', 5000);
    const controller = new AbortController();
    const waiting = failureOf(traffic.enter('a.example', controller.signal));
    controller.abort();
    expect((await waiting).code).toBe('E_INTERRUPTED');
  });
});

describe('bytes', () => {
  test('come as they like without a cap', async () => {
    const { clock, traffic } = world();
    await traffic.throttle(1_000_000_000, undefined);
    expect(clock.waits).toEqual([]);
  });

  test('keep to the cap after a second’s worth, for all transfers together', async () => {
    const { clock, traffic } = world({ bytesPerSecond: 1000 });
    const ends: number[] = [];
    for (let chunk = 0; chunk < 6; chunk += 1)
      void traffic.throttle(500, undefined).then(() => ends.push(clock.now() - START));
    await clock.advance(10_000);
    expect(ends).toEqual([0, 0, 500, 1000, 1500, 2000]);
  });

  test('that did not come are not saved up for more than a second', async () => {
    const { clock, traffic } = world({ bytesPerSecond: 1000 });
    await clock.advance(60_000);
    await traffic.throttle(1000, undefined);
    let done = false;
    void traffic.throttle(1000, undefined).then(() => {
      done = true;
    });
    await clock.advance(999);
    expect(done).toBe(false);
    await clock.advance(1);
    expect(done).toBe(true);
  });
});

describe('the client', () => {
  test.each([
    [429, '3', 3000],
    [503, '3', 3000],
    [429, undefined, undefined],
    [500, '3', undefined],
    [200, '3', undefined],
  ])('hands a %d with Retry-After %s to everybody who asks the same host', async (status, after, pause) => {
    const pauses: [string, number][] = [];
    const entered: string[] = [];
    const traffic: Traffic = {
      enter: async (host) => void entered.push(host),
      pause: (host, milliseconds) => void pauses.push([host, milliseconds]),
      throttle: async () => undefined,
    };
    const agents = createAgents({ environmentProxy: () => '' });
    const client = createHttpClient({ agents, userAgent: 'albaretto-test', traffic });
    workshop.later(() => client.close());
    const server = await workshop.serve((_request, response) =>
      response.writeHead(status, after === undefined ? {} : { 'retry-after': after }).end(),
    );
    await textOf(await client.open(exchange(`${server.origin}/`)));
    const host = new URL(server.origin).host;
    expect(entered).toEqual([host]);
    expect(pauses).toEqual(pause === undefined ? [] : [[host, pause]]);
  });

  test('counts the bytes of media, and not those of a service’s answers', async () => {
    let bytes = 0;
    const traffic: Traffic = {
      enter: async () => undefined,
      pause: () => undefined,
      throttle: async (count) => {
        bytes += count;
      },
    };
    const agents = createAgents({ environmentProxy: () => '' });
    const client = createHttpClient({ agents, userAgent: 'albaretto-test', traffic });
    workshop.later(() => client.close());
    const server = await workshop.serve((_request, response) => response.end('x'.repeat(1000)));
    await textOf(await client.open(exchange(`${server.origin}/`)));
    expect(bytes).toBe(0);
    await textOf(await client.open(exchange(`${server.origin}/`, { decompress: false })));
    expect(bytes).toBe(1000);
  });
});
