import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';
import type { MemoryTask } from '../support/memory-service.js';

let rig: ArchiveRig;
let task: MemoryTask;

beforeEach(async () => {
  rig = await openArchiveRig();
  task = rig.service.add({ count: 3 });
  await rig.run(`fetch ${task.id} | save pics`);
});
afterEach(() => rig.close());

const exitOf = async (line: string) => (await rig.fresh(line)).exit;
const item = (number: number) => task.items[number - 1]!.id;
const counts = () => rig.told('forgotten').map(({ files, items, deleted }) => [files, items, deleted]);
const itemsOnRecord = async () => [...new Set((await rig.rows()).map((row) => row.item))].sort();

describe('forget', () => {
  test('takes items off the record with their sidecars, and leaves their files', async () => {
    expect(await exitOf(`forget ${item(1)} memory:${item(3)}`)).toBe(0);
    expect(counts()).toEqual([[4, 2, false]]);
    expect(await itemsOnRecord()).toEqual([item(2)]);
    expect(rig.names('pics')).toHaveLength(6);
  });

  test('means that it is fetched again', async () => {
    for (const name of rig.names('pics')) if (name.startsWith(item(1))) rig.remove('pics', name);
    await rig.run(`forget ${item(1)}`);
    rig.service.located.length = 0;
    await rig.run(`fetch ${task.id} | save pics`);
    expect(rig.service.located).toEqual([item(1)]);
    expect(await itemsOnRecord()).toHaveLength(3);
  });

  test('--deleted means that it is not, until it is forgotten', async () => {
    for (const name of rig.names('pics')) if (name.startsWith(item(1))) rig.remove('pics', name);
    expect(await exitOf(`forget ${item(1)} --deleted`)).toBe(0);
    expect(counts()).toEqual([[2, 1, true]]);
    rig.service.located.length = 0;
    expect(await exitOf(`fetch ${task.id} | save pics`)).toBe(0);
    expect(rig.service.located).toEqual([]);
    expect(rig.names('pics')).toHaveLength(4);
    expect(await rig.states({ item: item(1) })).toEqual([`${item(1)}.json deleted`, `${item(1)}.png deleted`]);
    await rig.run(`forget ${item(1)}`);
    await rig.run(`fetch ${task.id} | save pics`);
    expect(rig.names('pics')).toHaveLength(6);
  });

  test.each([
    ['a picture whose record still lies there', ['png']],
    ['a record alone', ['json']],
    ['both', ['png', 'json']],
  ])('--missing --deleted holds for %s', async (_what, endings) => {
    for (const ending of endings) rig.remove('pics', `${item(1)}.${ending}`);
    await rig.run('verify');
    expect(await exitOf('forget --missing --deleted')).toBe(0);
    const left = rig.names('pics');
    rig.service.located.length = 0;
    for (const line of [`fetch ${task.id} | save pics`, 'verify', `fetch ${task.id} | save pics`]) await rig.run(line);
    expect(rig.service.located).toEqual([]);
    expect(rig.names('pics')).toEqual(left);
  });

  test('--deleted holds for the folder that it was deleted from, until somebody asks for all again', async () => {
    await rig.run(`forget ${item(1)} --deleted`);
    const line = (more: string, to = 'pics') => `fetch ${task.id} ${more} | save ${to}`;
    const brings = async (text: string) => {
      rig.service.located.length = 0;
      await rig.run(text);
      return rig.service.located.includes(item(1));
    };
    expect(await brings(line(''))).toBe(false);
    expect(await brings(`watch memory --once | save pics`)).toBe(false);
    expect(await brings(`${line('')} --layout by-task`)).toBe(true);
    expect(await brings(line('', 'elsewhere'))).toBe(true);
    expect(await brings(`${line('')} --overwrite`)).toBe(true);
    await rig.run(`forget ${item(1)} --deleted`);
    expect(await brings(line('--again'))).toBe(true);
  });

  test('--destination means what was saved there and below', async () => {
    await rig.run(`fetch ${task.id} | save pics --new robots`);
    await rig.run(`fetch ${task.id} | save other`);
    expect(await exitOf('forget --destination pics')).toBe(0);
    expect(counts()).toEqual([[12, 3, false]]);
    expect(new Set((await rig.rows()).map(({ destination }) => destination))).toEqual(new Set([rig.path('other')]));
  });

  test('--missing means what the last look did not find', async () => {
    rig.remove('pics', `${item(1)}.png`);
    rig.damage('pics', `${item(2)}.png`);
    expect(await exitOf('forget --missing')).toBe(0);
    expect(counts()).toEqual([[0, 0, false]]);
    await rig.run('verify');
    expect(await exitOf('forget --missing')).toBe(0);
    expect(counts()).toEqual([[1, 1, false]]);
    expect((await rig.rows({ role: 'media' })).map((row) => row.item).sort()).toEqual([item(2), item(3)]);
  });

  test('with several of these means what all of them mean', async () => {
    await rig.run(`fetch ${task.id} | save other`);
    expect(await exitOf(`forget ${item(1)} --destination other`)).toBe(0);
    expect(counts()).toEqual([[2, 1, false]]);
    expect(await itemsOnRecord()).toHaveLength(3);
    expect(await exitOf(`forget ${item(2)} --missing`)).toBe(4);
    expect(await rig.rows()).toHaveLength(10);
  });

  test('ends the tries for what has failed', async () => {
    const { AlbarettoError } = await import('../../src/errors.js');
    const other = rig.service.add({ count: 2 });
    other.items[0]!.failure = new AlbarettoError({ code: 'E_NOT_FOUND', message: 'no' });
    await rig.run(`fetch ${other.id} | save pics`);
    const catalog = await rig.session.catalog();
    expect(await catalog.failures('all')).toHaveLength(1);
    expect(await exitOf(`forget ${other.items[0]!.id}`)).toBe(0);
    expect(await catalog.failures('all')).toEqual([]);
  });

  test('with an item that is not on the record forgets nothing', async () => {
    expect(await exitOf(`forget ${item(1)} no-such-item`)).toBe(4);
    expect(rig.complaints()).toEqual([expect.stringContaining('no-such-item')]);
    expect(await rig.rows()).toHaveLength(6);
    expect(await exitOf(`forget demo:${item(1)}`)).toBe(4);
    expect(await exitOf('forget --destination nowhere')).toBe(4);
  });

  test('takes an id with a colon for an id', async () => {
    const odd = rig.service.add({ ids: ['odd:one'] });
    await rig.run(`fetch ${odd.id} | save pics`);
    expect(await exitOf('forget odd:one')).toBe(0);
    expect(await exitOf('forget memory:odd:one')).toBe(4);
  });

  test('--dry-run says how much it is', async () => {
    expect(await exitOf('forget --destination pics --dry-run')).toBe(0);
    expect(rig.told('forgotten')).toMatchObject([{ dryRun: true }]);
    expect(counts()).toEqual([[6, 3, false]]);
    expect(await rig.rows()).toHaveLength(6);
  });

  test.each(['forget', 'forget --deleted', 'forget --all'])('%s is a usage error', async (line) => {
    expect(await exitOf(line)).toBe(2);
    expect(await rig.rows()).toHaveLength(6);
  });
});
