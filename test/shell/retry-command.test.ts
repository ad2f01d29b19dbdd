import { mkdirSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { NewFailure } from '../../src/archive/catalog/catalog.js';
import type { NewRun } from '../../src/archive/catalog/runs.js';
import { AlbarettoError, type ErrorFacts } from '../../src/errors.js';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';
import type { MemoryTask } from '../support/memory-service.js';

let rig: ArchiveRig;
let task: MemoryTask;

beforeEach(async () => {
  rig = await openArchiveRig();
  task = rig.service.add({ count: 3 });
});
afterEach(() => rig.close());

const item = (number: number, of = task) => of.items[number - 1]!.id;
const exitOf = async (line: string) => (await rig.fresh(line)).exit;
const failed = async () => (await (await rig.session.catalog()).failures('all')).map((one) => one.item).sort();
const notices = () => rig.told('notice').map(({ text }) => text);
const saved = () => rig.told('saved').map(({ id }) => id);

function fail(number: number, facts: Partial<ErrorFacts> = {}, of = task): void {
  of.items[number - 1]!.failure = new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'not today', ...facts });
}

function mend(of = task): void {
  for (const one of of.items) delete one.failure;
}

/** A run that does what another one did, and ends with a failure. */
async function failedRun(run: NewRun, failure: NewFailure): Promise<void> {
  const catalog = await rig.session.catalog();
  const progress = { saved: 0, present: 0, failed: 1, bytes: 0 };
  await catalog.advanceRun(await catalog.beginRun(run), { ...progress, failures: [failure], state: 'partial' });
}

describe('retry', () => {
  test('has nothing to do when nothing has failed', async () => {
    await rig.run(`fetch ${task.id} | save pics`);
    expect(await exitOf('retry')).toBe(0);
    expect(notices()).toEqual(['nothing has failed']);
  });

  test('fetches what failed, and nothing else, to where it should have gone', async () => {
    fail(2);
    fail(3);
    expect(await exitOf(`fetch ${task.id} | save pics --new robots`)).toBe(1);
    expect(await failed()).toEqual([item(2), item(3)]);
    mend();
    rig.service.located.length = 0;
    expect(await exitOf('retry')).toBe(0);
    expect(rig.service.located).toEqual([item(2), item(3)]);
    expect(saved()).toEqual([item(2), item(3)]);
    expect(rig.names('pics/robots')).toHaveLength(6);
    expect(rig.names('pics')).toEqual(['robots']);
    expect(await failed()).toEqual([]);
    expect(await exitOf('retry')).toBe(0);
    expect(notices()).toEqual(['nothing has failed']);
  });

  test('works in a later session, with another sink and another source at hand', async () => {
    fail(2);
    await rig.run(`fetch ${task.id} | save pics`);
    mend();
    await rig.nextSession();
    await rig.run('use storage');
    await rig.run('use demo');
    expect(await exitOf('retry')).toBe(0);
    expect(rig.names('pics')).toHaveLength(6);
    expect(rig.storage.names()).toEqual([]);
  });

  test('keeps what fails again, with its new reason, and exits as any run would', async () => {
    fail(1);
    fail(2);
    await rig.run(`fetch ${task.id} | save pics`);
    mend();
    fail(2, { code: 'E_TIMEOUT', message: 'no byte came' });
    expect(await exitOf('retry')).toBe(1);
    const failures = await (await rig.session.catalog()).failures('last');
    expect(failures).toMatchObject([{ item: item(2), code: 'E_TIMEOUT' }]);
    expect(await exitOf('retry')).toBe(5);
    mend();
    expect(await exitOf('retry')).toBe(0);
  });

  test('runs again what failed in the newest run that has anything left; --all what failed in any', async () => {
    const other = rig.service.add({ count: 2 });
    fail(1);
    fail(1, {}, other);
    await rig.run(`fetch ${task.id} | save pics`);
    await rig.run(`fetch ${other.id} | save more`);
    mend();
    mend(other);
    expect(await exitOf('retry')).toBe(0);
    expect(saved()).toEqual([item(1, other)]);
    expect(await failed()).toEqual([item(1)]);
    fail(2, {}, other);
    await rig.run(`fetch ${other.id} --again | save third`);
    mend(other);
    expect(await exitOf('retry --all')).toBe(0);
    expect(saved().sort()).toEqual([item(1), item(2, other)].sort());
    expect(await failed()).toEqual([]);
  });

  test('saves what could not be saved, and takes it out of the buffer', async () => {
    mkdirSync(rig.path('pics'));
    await rig.run(`fetch ${task.id}`);
    const real = rig.session.runtime.registry.sink('local-filesystem');
    const sink = await rig.session.sink('local-filesystem');
    const open = sink.open.bind(sink);
    sink.open = async (destination, given) => {
      const store = await open(destination, given);
      const put = store.put.bind(store);
      store.put = async (file, options) => {
        if (file.name.startsWith(item(2))) throw new AlbarettoError({ code: 'E_DESTINATION', message: 'refused' });
        return put(file, options);
      };
      return store;
    };
    expect(await exitOf('save pics')).toBe(1);
    expect([real.name, rig.buffered()]).toEqual(['local-filesystem', [item(2)]]);
    sink.open = open;
    rig.service.located.length = 0;
    expect(await exitOf('retry')).toBe(0);
    expect(rig.service.located).toEqual([]);
    expect(rig.names('pics')).toHaveLength(6);
    expect(rig.buffered()).toEqual([]);
    expect(await failed()).toEqual([]);
  });

  test('saves all that a full storage has kept out, and not what was tried alone', async () => {
    await rig.run('use storage');
    const many = rig.service.add({ count: 6 });
    let room = 2;
    rig.storage.before = async ({ role }) => {
      if (role !== 'media') return;
      room -= 1;
      if (room < 0) throw new AlbarettoError({ code: 'E_NO_SPACE', message: 'it is full', reach: 'run' });
    };
    await rig.run(`fetch ${many.id}`);
    expect(await exitOf('save there')).toBe(6);
    expect(await failed()).toEqual(rig.buffered());
    expect(rig.told('failed').map(({ id }) => id)).toEqual(rig.buffered());
    expect(await failed()).toHaveLength(4);
    room = 100;
    expect(await exitOf('retry')).toBe(0);
    expect(rig.storage.media()).toHaveLength(6);
    expect(await failed()).toEqual([]);
  });

  test('lets go what is there already, whoever put it there', async () => {
    fail(1);
    await rig.run(`fetch ${task.id} | save pics`);
    mend();
    const catalog = await rig.session.catalog();
    const [failure] = await catalog.failures('all');
    const earlier = (await catalog.runs()).find(({ id }) => id === failure!.run);
    await rig.run(`fetch ${task.id} | save pics`);
    expect(await failed()).toEqual([]);
    await failedRun(earlier!, failure!);
    expect(await exitOf('retry')).toBe(0);
    expect(rig.told('saved').map(({ outcome }) => outcome)).toEqual(['present']);
    expect(await failed()).toEqual([]);
  });

  test('tells what its service lists no more, once', async () => {
    fail(1);
    fail(2);
    await rig.run(`fetch ${task.id} | save pics`);
    mend();
    (task.items as unknown[]).splice(0, 1);
    expect(await exitOf('retry')).toBe(1);
    expect(rig.told('failed')).toMatchObject([{ id: `${task.id}.item1`, code: 'E_NOT_FOUND' }]);
    expect(await exitOf('retry')).toBe(0);
    expect(notices()).toEqual(['nothing has failed']);
  });

  test('keeps everything when the service cannot be asked, and goes on with the others', async () => {
    const other = rig.service.add({ count: 1 });
    fail(1);
    fail(1, {}, other);
    await rig.run(`fetch ${task.id} | save pics`);
    await rig.run(`fetch ${other.id} | save pics`);
    mend(other);
    fail(1, { code: 'E_CREDENTIALS', reach: 'run' });
    expect(await exitOf('retry --all')).toBe(1);
    expect(await failed()).toEqual([item(1)]);
    expect(rig.names('pics')).toContain(`${item(1, other)}.png`);
  });

  test('fetches into the buffer what was on its way to nowhere, until it is saved', async () => {
    const failure = { source: 'memory', task: task.id, index: 2, reference: task.id, stage: 'fetch' } as const;
    const run = { job: 'job', command: 'fetch', startedAt: new Date(0) };
    await failedRun(run, { ...failure, item: item(2), code: 'E_TIMEOUT', message: 'no byte came' });
    expect(await exitOf('retry')).toBe(0);
    expect(rig.buffered()).toEqual([item(2)]);
    expect(await failed()).toEqual([item(2)]);
    await rig.run('save pics');
    expect(await failed()).toEqual([]);
  });

  test('fetches a reference again that failed as a whole', async () => {
    const run = {
      job: 'job',
      command: 'fetch',
      source: 'memory',
      sink: 'local-filesystem',
      destination: rig.path('pics'),
      startedAt: new Date(0),
    };
    const failure = { source: 'memory', task: '', item: '', index: 0, reference: task.id, stage: 'list' } as const;
    await failedRun(run, { ...failure, code: 'E_TIMEOUT', message: 'no byte came' });
    expect(await exitOf('retry')).toBe(0);
    expect(rig.names('pics')).toHaveLength(6);
    expect(await failed()).toEqual([]);
  });

  test('writes no records where the run wrote none', async () => {
    fail(1);
    await rig.run(`fetch ${task.id} | save pics --no-metadata`);
    mend();
    await rig.run('retry');
    expect(rig.names('pics')).toEqual([1, 2, 3].map((number) => `${item(number)}.png`));
  });

  test('finds its way to a source whose task ids are no references', async () => {
    await rig.run('fetch demo:demo | save pics');
    const [row] = await rig.rows({ role: 'media' });
    const [run] = await (await rig.session.catalog()).runs();
    const failure = { source: 'demo', task: row!.task, index: 1, reference: row!.task, stage: 'fetch' } as const;
    rmSync(rig.path('pics', row!.name));
    await rig.run(`forget ${row!.item}`);
    await failedRun(run!, { ...failure, item: row!.item, code: 'E_TIMEOUT', message: 'late' });
    expect(await exitOf('retry')).toBe(0);
    expect(rig.names('pics')).toHaveLength(8);
  });

  test('--dry-run says what would be fetched again', async () => {
    fail(1);
    await rig.run(`fetch ${task.id} | save pics`);
    mend();
    expect(await exitOf('retry --dry-run')).toBe(0);
    expect(rig.told('would-fetch').map(({ id }) => id)).toEqual([item(1)]);
    expect(await failed()).toEqual([item(1)]);
  });

  test('takes no words', async () => {
    expect(await exitOf('retry x')).toBe(2);
  });

  test('stops when it is interrupted', async () => {
    fail(1);
    await rig.run(`fetch ${task.id} | save pics`);
    const controller = new AbortController();
    controller.abort();
    expect((await rig.run('retry', controller.signal)).exit).toBe(130);
    expect(await failed()).toEqual([item(1)]);
  });
});
