/**
 * A day of a service that keeps what it made for an hour, in virtual time, with outages and with restarts of whoever
 * watches: what was there while somebody looked is saved once, and what was not is named.
 */

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import replicate from '../../sources/replicate/index.js';
import { createAgents } from '../../src/http/agents.js';
import { createHttpClient } from '../../src/http/client.js';
import { type LoopbackReplicate, startFakeReplicate } from '../fakes/replicate/loopback.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';
import { VirtualClock } from '../support/virtual-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 10, 20, 0, 0, 0);
/** A prediction so often; every few seconds where somebody has the time. */
const EVERY = process.env.ALBARETTO_SWEEP === 'whole' ? 5_000 : 6 * MINUTE;
/** Between two looks. */
const LOOK = 5 * MINUTE;
/** Nobody watches from the beginning of these hours to their end. */
const ASLEEP: readonly (readonly [number, number])[] = [
  [5, 5.5],
  [11, 14],
];
/** The service answers nothing in these. */
const OUTAGE: readonly [number, number] = [17, 17.6];

let clock: VirtualClock;
let service: LoopbackReplicate;
const rigs: ShellRig[] = [];

beforeEach(async () => {
  clock = new VirtualClock({ start: START });
  service = await startFakeReplicate({ now: clock.now, requestsPerMinute: Number.POSITIVE_INFINITY });
});
afterEach(async () => {
  await rigs.at(-1)?.close();
  rigs.length = 0;
  await service.close();
});

const hour = () => (clock.now() - START) / HOUR;
const isWithin = ([from, to]: readonly [number, number]) => hour() >= from && hour() < to;

/** The predictions that were made up to now; each takes half a minute. */
function makeUpToNow(): void {
  const made = service.fake.predictions.length;
  for (let number = made; START + (number + 1) * EVERY <= clock.now(); number += 1) {
    const created = START + (number + 1) * EVERY - 30_000;
    service.fake.addPrediction({ created, seconds: 30, count: 1, fileBytes: 300, format: 'png' });
  }
}

async function open(after?: ShellRig): Promise<ShellRig> {
  const client = createHttpClient({
    agents: createAgents({ environmentProxy: () => '' }),
    userAgent: 'albaretto/test',
  });
  const rig = await openShellRig({
    plugins: [replicate],
    environment: { ALBARETTO_REPLICATE_BASE_URL: service.apiUrl, ALBARETTO_REPLICATE_TOKEN: service.fake.token },
    http: async () => client,
    clock,
    sleep: async (milliseconds, signal) => {
      await clock.sleep(milliseconds, signal);
      makeUpToNow();
      service.fake.faults.clear();
      if (isWithin(OUTAGE)) {
        service.fake.faults.inject({
          host: 'api',
          count: Number.POSITIVE_INFINITY,
          what: { kind: 'status', status: 503 },
        });
      }
    },
    ...(after === undefined ? {} : { after }),
  });
  rigs.push(rig);
  return rig;
}

/** Watches until it is killed at that hour. */
async function watchUntil(end: number, after?: ShellRig): Promise<ShellRig> {
  const rig = await open(after);
  const controller = new AbortController();
  const sleep = rig.session.runtime.sleep;
  Object.assign(rig.session.runtime, {
    sleep: async (milliseconds: number, signal: AbortSignal | undefined) => {
      await sleep(milliseconds, signal);
      if (hour() >= end) controller.abort();
    },
  });
  const result = await rig.run('watch replicate --every 5m | save there', controller.signal);
  expect(result.exit).toBe(130);
  return rig;
}

test('a day with outages and restarts: what was reachable is saved once, what was not is named', async () => {
  let rig: ShellRig | undefined;
  const lost = new Set<string>();
  for (const [end, next] of [
    [ASLEEP[0]![0], ASLEEP[0]![1]],
    [ASLEEP[1]![0], ASLEEP[1]![1]],
    [24, undefined],
  ] as const) {
    rig = await watchUntil(end, rig);
    for (const failed of rig.told('failed')) if (failed.code === 'E_EXPIRED') lost.add(failed.task ?? '');
    if (next === undefined) break;
    await rig.session.close();
    // Nobody looks meanwhile.
    await clock.sleep(START + next * HOUR - clock.now(), undefined);
    makeUpToNow();
  }
  const saved = rig!.storage.media();
  const names = new Set(saved.map((name) => name.replace(/-1\.\w+$/u, '')));
  expect(names.size).toBe(saved.length);
  const end = clock.now();
  for (const { id, endedAt } of service.fake.predictions) {
    const made = endedAt ?? end;
    // What ended in the last minutes is the next look's.
    if (end - made < 20 * MINUTE) continue;
    expect([id, names.has(id) !== lost.has(id)]).toEqual([id, true]);
    // Two hours and a half passed before anybody looked again: only the last hour of them was there still.
    // So was what ended between the last look before that and the watcher's own end.
    const wasLost = made <= START + (ASLEEP[1]![1] - 1) * HOUR && made > START + ASLEEP[1]![0] * HOUR - LOOK;
    if (!wasLost) expect([id, names.has(id)]).toEqual([id, true]);
  }
  expect(lost.size).toBeGreaterThan(0);
  expect(service.fake.leaks()).toEqual([]);
}, 3_600_000);

test('a look at what is all saved costs one page of the list', async () => {
  await clock.sleep(30 * MINUTE, undefined);
  makeUpToNow();
  const rig = await open();
  expect((await rig.run('watch replicate --once | save there')).exit).toBe(0);
  const before = service.fake.requests.length;
  expect((await rig.run('watch replicate --once | save there')).exit).toBe(0);
  expect(service.fake.requests.slice(before).map(({ host }) => host)).toEqual(['api']);
  expect(rig.told('look').map(({ saved, failed }) => [saved, failed])).toEqual([
    [Math.floor((30 * MINUTE) / EVERY), 0],
    [0, 0],
  ]);
});

test('what is lost first is saved first', async () => {
  await clock.sleep(40 * MINUTE, undefined);
  makeUpToNow();
  const rig = await open();
  await rig.run('watch replicate --once | save there');
  const order = rig.told('saved').map(({ task }) => task);
  const oldestFirst = service.fake.predictions.map(({ id }) => id).toReversed();
  expect(order).toEqual(oldestFirst);
});

test('what was deleted before anybody ever looked is told as a number, and later losses one by one', async () => {
  await clock.sleep(3 * HOUR, undefined);
  makeUpToNow();
  const rig = await open();
  await rig.run('watch replicate --once | save there');
  expect(rig.told('failed')).toEqual([]);
  const [notice] = rig.told('notice').map(({ text }) => text);
  const [, count] = /^\[replicate\] the files of (\d+) tasks had been deleted before this first look$/u.exec(notice!)!;
  expect(Number(count)).toBe(service.fake.predictions.length - rig.told('saved').length);
  await clock.sleep(2 * HOUR, undefined);
  makeUpToNow();
  await rig.run('watch replicate --once | save there');
  expect(rig.told('failed').length).toBeGreaterThan(0);
  expect(new Set(rig.told('failed').map(({ code }) => code))).toEqual(new Set(['E_EXPIRED']));
});

test('no pause is longer than a third of the time that anything is kept', async () => {
  await clock.sleep(10 * MINUTE, undefined);
  makeUpToNow();
  const rig = await open();
  const controller = new AbortController();
  const waits = clock.waits.length;
  const sleep = rig.session.runtime.sleep;
  Object.assign(rig.session.runtime, {
    sleep: async (milliseconds: number, signal: AbortSignal | undefined) => {
      await sleep(milliseconds, signal);
      if (hour() > 6) controller.abort();
    },
  });
  await rig.run('watch replicate --every 3h | save there', controller.signal);
  // From its making on: half a minute more than the hour after its end.
  expect(Math.max(...clock.waits.slice(waits))).toBeLessThanOrEqual((HOUR + 31_000) / 3);
});

test.each([
  ['5m', 5 * MINUTE],
  ['3h', (HOUR + 31_000) / 3],
])(
  'in an outage nobody who asked for %s waits longer, nor longer than a third of what is kept',
  async (asked, most) => {
    await clock.sleep((OUTAGE[0] - 0.5) * HOUR, undefined);
    makeUpToNow();
    const rig = await open();
    const controller = new AbortController();
    const waits: number[] = [];
    const { sleep } = rig.session.runtime;
    Object.assign(rig.session.runtime, {
      sleep: async (milliseconds: number, signal: AbortSignal | undefined) => {
        if (isWithin(OUTAGE)) waits.push(milliseconds);
        await sleep(milliseconds, signal);
        if (hour() > OUTAGE[1]) controller.abort();
      },
    });
    await rig.run(`watch replicate --every ${asked} | save there`, controller.signal);
    expect(waits.length).toBeGreaterThan(1);
    expect(Math.max(...waits)).toBeLessThanOrEqual(most);
  },
);
