import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CATALOG_NAME } from '../../src/archive/catalog/catalog.js';
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

const id = (number: number, of = task) => of.items[number - 1]!.id;
const exitOf = async (line: string) => (await rig.fresh(line)).exit;
const failures = async () => (await rig.session.catalog()).failures('all');
const failed = async () => (await failures()).map(({ item, reference }) => item || reference);
const notices = () => rig.told('notice').map(({ text }) => text);

function fail(number: number, facts: Partial<ErrorFacts> = {}, of = task): void {
  of.items[number - 1]!.failure = new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'not today', ...facts });
}

function mend(): void {
  for (const { items } of rig.service.tasks) for (const one of items) delete one.failure;
}

describe('what failed on its way to the buffer', () => {
  test('is on record, with its reason and where it is to be fetched', async () => {
    fail(2);
    expect(await exitOf(`fetch ${task.id}`)).toBe(1);
    expect(await failures()).toMatchObject([
      {
        source: 'memory',
        task: task.id,
        item: id(2),
        index: 2,
        reference: task.id,
        stage: 'fetch',
        code: 'E_UNAVAILABLE',
      },
    ]);
    const [run] = await (await rig.session.catalog()).runs();
    expect(run).toMatchObject({
      command: `fetch ${task.id}`,
      source: 'memory',
      references: [task.id],
      state: 'partial',
      failed: 1,
    });
    expect(run).toMatchObject({ sink: undefined, destination: undefined });
  });

  test('leaves a run that failed where nothing came', async () => {
    for (const number of [1, 2, 3]) fail(number);
    await rig.run(`fetch ${task.id}`);
    expect((await (await rig.session.catalog()).runs())[0]).toMatchObject({ state: 'failed', failed: 3 });
  });

  test('is fetched by retry, and settled when it is saved', async () => {
    fail(2);
    await rig.run(`fetch ${task.id}`);
    mend();
    rig.service.located.length = 0;
    expect(await exitOf('retry')).toBe(0);
    expect(rig.service.located).toEqual([id(2)]);
    expect(rig.buffered().sort()).toEqual([id(1), id(2), id(3)]);
    await rig.run('save pics');
    expect(await failed()).toEqual([]);
    expect(await exitOf('retry')).toBe(0);
    expect(notices()).toEqual(['nothing has failed']);
  });

  test('and fails again is on record once', async () => {
    fail(2);
    await rig.run(`fetch ${task.id}`);
    fail(2, { code: 'E_TIMEOUT', message: 'no byte came' });
    await rig.run('retry');
    await rig.run(`fetch ${task.id}`);
    expect(await failures()).toMatchObject([{ item: id(2), code: 'E_TIMEOUT' }]);
  });

  test('and that its service lists no more is told once, and not tried again', async () => {
    fail(2);
    await rig.run(`fetch ${task.id}`);
    const lost = id(2);
    (task.items as unknown[]).splice(1, 1);
    expect(await exitOf('retry')).toBe(4);
    expect(rig.told('failed')).toMatchObject([{ id: lost, code: 'E_NOT_FOUND' }]);
    expect(await exitOf('retry')).toBe(0);
    expect(notices()).toEqual(['nothing has failed']);
  });

  test('as a whole reference of several is on record, and settled as soon as it could be fetched', async () => {
    task.breaksAfter = 1;
    const other = rig.service.add({ count: 1 });
    expect(await exitOf(`fetch ${task.id} ${other.id}`)).toBe(1);
    expect(await failures()).toMatchObject([{ item: '', reference: task.id, code: 'E_UNAVAILABLE' }]);
    delete task.breaksAfter;
    rig.service.located.length = 0;
    expect(await exitOf('retry')).toBe(0);
    expect(rig.service.located).toEqual([id(2), id(3)]);
    expect(await failed()).toEqual([]);
  });

  test('of one reference behind items that came is one failure among them; with nothing before it, it is all', async () => {
    task.breaksAfter = 1;
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(1);
    expect(rig.told('saved').map((saved) => saved.id)).toEqual([id(1)]);
    expect(rig.told('summary').at(-1)).toMatchObject({ failed: 1 });
    expect(await failures()).toMatchObject([{ item: '', reference: task.id, code: 'E_UNAVAILABLE' }]);
    task.breaksAfter = 0;
    expect(await exitOf(`fetch ${task.id}`)).toBe(5);
  });

  test('stays on record as long as anything of its reference fails', async () => {
    task.breaksAfter = 1;
    const other = rig.service.add({ count: 1 });
    await rig.run(`fetch ${task.id} ${other.id}`);
    delete task.breaksAfter;
    fail(3);
    expect(await exitOf('retry')).toBe(1);
    expect(new Set(await failed())).toEqual(new Set([task.id, id(3)]));
  });

  test('keeps no secret of its command or its reason', async () => {
    rig.session.runtime.redactor.add('s3cret-s3cret');
    fail(1, { message: 'refused s3cret-s3cret' });
    await rig.run(`fetch ${task.id}`);
    expect(JSON.stringify(await failures())).not.toContain('s3cret-s3cret');
  });
});

describe('a fetch without failures', () => {
  test('does not even open the record', async () => {
    expect(await exitOf(`fetch ${task.id}`)).toBe(0);
    expect(existsSync(join(rig.folder, CATALOG_NAME))).toBe(false);
  });

  test('and one whose record cannot be used says so, and ends as it would', async () => {
    rig.session.catalog = () => Promise.reject(new AlbarettoError({ code: 'E_USAGE', message: 'it is damaged' }));
    fail(2);
    expect(await exitOf(`fetch ${task.id}`)).toBe(1);
    expect(rig.told('warning').map(({ text }) => text)).toEqual(['it is damaged; what failed is not recorded']);
    expect(rig.buffered()).toHaveLength(2);
  });
});
