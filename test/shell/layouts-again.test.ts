import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError } from '../../src/errors.js';
import type { Document } from '../../src/plugin.js';
import { albumLayout } from '../support/album-layout.js';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';
import type { MemoryTask } from '../support/memory-service.js';

const MODEL: Document = { kind: 'model', id: 'sd', json: '{"name":"sd"}' };

let rig: ArchiveRig;
let task: MemoryTask;

beforeEach(async () => {
  rig = await openArchiveRig({ memory: { layout: albumLayout().descriptor } });
  task = rig.service.add({ count: 3, itemFacts: () => ({ documents: [MODEL] }) });
});
afterEach(() => rig.close());

const id = (number: number) => task.items[number - 1]!.id;
const exitOf = async (line: string) => (await rig.fresh(line)).exit;
const fail = (number: number) => {
  task.items[number - 1]!.failure = new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'not today' });
};
const mend = () => {
  for (const item of task.items) delete item.failure;
};

describe('retry', () => {
  test.each([
    ["the source's own layout", '', () => [`${id(2)}.png`, `${id(2)}_metadata.json`]],
    ['by-task', '--layout by-task', () => [`${id(2)}.png`, `${id(2)}.json`]],
    ['a template', "--layout '{task}/{index:03}.{ext}'", () => ['002.png', '002.json']],
  ])('puts what failed where %s puts it', async (_name, option, names) => {
    fail(2);
    await rig.run(`fetch ${task.id} | save pics ${option}`);
    const before = rig.names(`pics/${task.id}`);
    for (const name of names()) expect(before).not.toContain(name);
    mend();
    await rig.nextSession();
    expect(await exitOf('retry')).toBe(0);
    expect(rig.names(`pics/${task.id}`)).toEqual([...before, ...names()].sort());
  });

  test('completes the order of its task', async () => {
    fail(2);
    await rig.run(`fetch ${task.id} | save pics`);
    mend();
    await rig.run('retry');
    await rig.run(`fetch ${task.id} | save pics`);
    const rows = await rig.rows({ role: 'document', item: '' });
    expect(rows.map(({ name }) => name).sort()).toEqual(['models/sd.json', `${task.id}/order.json`]);
  });
});

describe('repair', () => {
  test.each([
    ["the source's own layout", '', () => `${id(2)}.png`],
    ['by-task', '--layout by-task', () => `${id(2)}.png`],
    ['a template', "--layout '{task}/{index:03}.{ext}'", () => '002.png'],
  ])('puts back what is missing where %s had put it', async (_name, option, name) => {
    await rig.run(`fetch ${task.id} | save pics ${option}`);
    const before = rig.names(`pics/${task.id}`);
    rig.remove('pics', task.id, name());
    await rig.nextSession();
    expect(await exitOf('repair pics')).toBe(0);
    expect(rig.names(`pics/${task.id}`)).toEqual(before);
    expect(rig.told('repaired')).toMatchObject([{ repaired: 1, gone: 0, failed: 0 }]);
  });

  test.each([
    ['missing', () => rig.remove('pics', 'models', 'sd.json')],
    ['damaged', () => writeFileSync(rig.path('pics', 'models', 'sd.json'), '{"na')],
  ])('writes anew a document of several items that is %s, and fetches nothing for it', async (_name, spoil) => {
    await rig.run(`fetch ${task.id} | save pics`);
    spoil();
    rig.service.located.length = 0;
    expect(await exitOf('repair pics')).toBe(0);
    expect(rig.told('repaired')).toMatchObject([{ repaired: 1, gone: 0, failed: 0 }]);
    expect(rig.service.located).toEqual([]);
    expect(rig.names('pics/models')).toEqual(['sd.json']);
    expect(await exitOf('verify')).toBe(0);
  });

  test('writes the order of a task anew', async () => {
    await rig.run(`fetch ${task.id} | save pics`);
    rig.remove('pics', task.id, 'order.json');
    expect(await exitOf('repair pics')).toBe(0);
    expect(rig.names(`pics/${task.id}`)).toContain('order.json');
    expect(rig.told('repaired')).toMatchObject([{ repaired: 1, failed: 0 }]);
  });

  test('says why a document cannot be written anew, and counts it as failed', async () => {
    await rig.run(`fetch ${task.id} | save pics`);
    rig.remove('pics', 'models', 'sd.json');
    rig.service.refuse('gone fishing');
    expect(await exitOf('repair pics')).toBe(1);
    expect(rig.complaints()).toEqual([expect.stringContaining('gone fishing')]);
    expect(rig.told('repaired')).toMatchObject([{ repaired: 0, gone: 0, failed: 1 }]);
  });

  test('writes no document in a dry run', async () => {
    await rig.run(`fetch ${task.id} | save pics`);
    rig.remove('pics', 'models', 'sd.json');
    await rig.run('repair pics --dry-run');
    expect(rig.names('pics/models')).toEqual([]);
    expect(rig.told('would-fetch')).toEqual([]);
  });
});
