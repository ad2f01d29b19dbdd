import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError, type ErrorFacts } from '../../src/errors.js';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';
import type { MemoryTask } from '../support/memory-service.js';
import { png } from '../support/pictures.js';

let rig: ArchiveRig;
let task: MemoryTask;

beforeEach(async () => {
  rig = await openArchiveRig();
  task = rig.service.add({ count: 3 });
});
afterEach(() => rig.close());

const picture = (number: number) => `${task.id}.item${number}.png`;
const record = (number: number) => `${task.id}.item${number}.json`;
const bytesOf = (...parts: string[]) => readFileSync(rig.path(...parts));
const exitOf = async (line: string) => (await rig.fresh(line)).exit;
const notSaved = async () => (await rig.states()).filter((text) => !text.endsWith(' saved'));
/** Numbers of files: repaired, gone, failed. */
const counts = () => rig.told('repaired').map(({ repaired, gone, failed }) => [repaired, gone, failed]);
const failure = (facts: Partial<ErrorFacts>) => new AlbarettoError({ code: 'E_NOT_FOUND', message: 'no', ...facts });
const gone = () => failure({ message: 'it was deleted', plugin: 'memory' });

function takeAway(number: number): void {
  rig.remove('pics', picture(number));
  rig.remove('pics', record(number));
}

describe('repair', () => {
  beforeEach(async () => {
    await rig.run(`fetch ${task.id} | save pics`);
  });

  test('of what is whole does nothing, and asks nobody', async () => {
    const requests = rig.service.requests();
    expect(await exitOf('repair')).toBe(0);
    expect(counts()).toEqual([[0, 0, 0]]);
    expect(rig.service.requests()).toBe(requests);
  });

  test('puts back what is missing and what is damaged, in its place, and nothing else', async () => {
    const names = rig.names('pics');
    const before = names.map((name) => bytesOf('pics', name));
    rig.damage('pics', picture(1));
    takeAway(3);
    rig.service.located.length = 0;
    expect(await exitOf('repair pics')).toBe(0);
    expect(rig.names('pics')).toEqual(names);
    expect(names.map((name) => bytesOf('pics', name))).toEqual(before);
    expect(rig.service.located).toEqual([task.items[0]!.id, task.items[2]!.id]);
    expect(counts()).toEqual([[3, 0, 0]]);
    expect(await notSaved()).toEqual([]);
    expect(await exitOf('verify')).toBe(0);
  });

  test('in a later session finds the way to the source by itself', async () => {
    rig.damage('pics', picture(2));
    await rig.nextSession();
    expect(await exitOf('repair')).toBe(0);
    expect(counts()).toEqual([[1, 0, 0]]);
  });

  test('replaces a damaged file that still looks like a picture, and a record that is no JSON any more', async () => {
    writeFileSync(rig.path('pics', picture(1)), png(8, 8, 999));
    writeFileSync(rig.path('pics', record(1)), '{ half a rec');
    expect(await exitOf('repair')).toBe(0);
    expect(rig.names('pics')).toHaveLength(6);
    expect(bytesOf('pics', picture(1))).toEqual(Buffer.from(task.items[0]!.bytes));
    expect(JSON.parse(bytesOf('pics', record(1)).toString())).toMatchObject({ id: task.items[0]!.id });
  });

  test('makes a folder anew that is gone', async () => {
    rmSync(rig.path('pics'), { recursive: true });
    expect(await exitOf('repair pics')).toBe(0);
    expect(rig.names('pics')).toHaveLength(6);
    expect(counts()).toEqual([[6, 0, 0]]);
  });

  test('repairs a folder that is reached by a link now', async () => {
    rig.damage('pics', picture(1));
    renameSync(rig.path('pics'), rig.path('disk'));
    symlinkSync(rig.path('disk'), rig.path('pics'));
    expect(await exitOf('repair pics')).toBe(0);
    expect(bytesOf('disk', picture(1))).toEqual(Buffer.from(task.items[0]!.bytes));
  });

  test('records as gone what its service has no more, tells it, and leaves it out from then on', async () => {
    takeAway(1);
    rig.damage('pics', picture(2));
    task.items[0]!.failure = gone();
    expect(await exitOf('repair')).toBe(1);
    expect(counts()).toEqual([[1, 2, 0]]);
    const told = rig.told('checked').filter(({ state }) => state === 'gone');
    expect(told.map(({ id, name }) => [id, name]).sort()).toEqual([
      [task.items[0]!.id, record(1)],
      [task.items[0]!.id, picture(1)],
    ]);
    expect(await notSaved()).toEqual([`${record(1)} gone`, `${picture(1)} gone`]);
    expect(await exitOf('verify')).toBe(0);
    expect(await exitOf('repair')).toBe(0);
    expect(await exitOf('retry')).toBe(0);
    expect(rig.told('notice')).toMatchObject([{ text: 'nothing has failed' }]);
  });

  test('takes for gone what its task does not list any more, and a task that is not there', async () => {
    takeAway(2);
    (task.items as unknown[]).splice(1, 1);
    expect(await exitOf('repair')).toBe(1);
    expect(await notSaved()).toEqual([`${task.id}.item2.json gone`, `${task.id}.item2.png gone`]);
    takeAway(1);
    rig.service.tasks.length = 0;
    expect(await exitOf('repair')).toBe(1);
    expect(counts()).toEqual([[0, 2, 0]]);
  });

  test.each<[string, Partial<ErrorFacts>]>([
    ['cannot be had today', { code: 'E_UNAVAILABLE' }],
    ['is refused', { code: 'E_CREDENTIALS', reach: 'run' }],
    ['comes damaged', { code: 'E_FORMAT' }],
  ])('keeps its state where the picture %s, so that it can be tried again', async (_what, facts) => {
    takeAway(1);
    rig.damage('pics', picture(2));
    task.items[0]!.failure = failure(facts);
    expect(await exitOf('repair')).toBe(1);
    expect((await notSaved()).slice(0, 2)).toEqual([`${record(1)} missing`, `${picture(1)} missing`]);
    expect(counts()[0]![1]).toBe(0);
    expect(rig.told('failed').map(({ code }) => code)).toContain(facts.code);
    delete task.items[0]!.failure;
    expect(await exitOf('repair')).toBe(0);
    expect(await notSaved()).toEqual([]);
  });

  test('repairs the other tasks when one of them cannot be asked for', async () => {
    const other = rig.service.add({ count: 1 });
    await rig.run(`fetch ${other.id} | save pics`);
    takeAway(1);
    rig.remove('pics', `${other.id}.item1.png`);
    task.items[0]!.failure = failure({ code: 'E_CREDENTIALS', reach: 'run' });
    expect(await exitOf('repair')).toBe(1);
    expect(counts()).toEqual([[1, 0, 2]]);
    expect(rig.names('pics')).toContain(`${other.id}.item1.png`);
  });

  test('puts no other picture in place of the one that was saved, but says that another one comes now', async () => {
    rig.remove('pics', picture(1));
    rig.damage('pics', picture(2));
    const damaged = bytesOf('pics', picture(2));
    for (const index of [0, 1]) Object.assign(task.items[index]!, { bytes: png(8, 8, 4711 + index) });
    expect(await exitOf('repair')).toBe(1);
    expect(counts()).toEqual([[0, 0, 2]]);
    expect(rig.told('failed').map(({ id, code }) => [id, code])).toEqual(
      task.items.slice(0, 2).map(({ id }) => [id, 'E_DIGEST']),
    );
    expect(rig.names('pics')).not.toContain(picture(1));
    expect(bytesOf('pics', picture(2))).toEqual(damaged);
    expect(await notSaved()).toEqual([`${picture(1)} missing`, `${picture(2)} damaged`]);
    expect(rig.buffered()).toEqual(task.items.slice(0, 2).map(({ id }) => id));
    expect(await exitOf('retry')).toBe(0);
    expect(rig.told('notice')).toMatchObject([{ text: 'nothing has failed' }]);
  });

  test('leaves alone what the person does not want back', async () => {
    takeAway(1);
    await rig.run(`forget ${task.items[0]!.id} --deleted`);
    expect(await exitOf('repair')).toBe(0);
    expect(rig.names('pics')).toHaveLength(4);
  });

  test('brings nobody’s picture back for the sake of its record', async () => {
    takeAway(1);
    const [own] = await rig.rows({ item: task.items[0]!.id, role: 'media' });
    await (await rig.session.catalog()).setState([own!.id], 'deleted', new Date(0));
    rig.service.located.length = 0;
    expect(await exitOf('repair')).toBe(0);
    expect(rig.service.located).toEqual([]);
    expect(counts()).toEqual([[0, 0, 0]]);
  });

  test('--dry-run says what would be fetched again, and changes nothing', async () => {
    takeAway(1);
    const located = rig.service.located.length;
    expect(await exitOf('repair --dry-run')).toBe(0);
    expect(rig.told('would-fetch').map(({ id }) => id)).toEqual([task.items[0]!.id]);
    expect(rig.service.located.length).toBe(located);
    expect(rig.names('pics')).toHaveLength(4);
    expect(await notSaved()).toEqual([`${record(1)} missing`, `${picture(1)} missing`]);
  });

  test('repairs one folder and not the other', async () => {
    await rig.run(`fetch ${task.id} | save more`);
    rig.remove('pics', picture(1));
    rig.remove('more', picture(1));
    expect(await exitOf('repair more')).toBe(0);
    expect([rig.names('pics').length, rig.names('more').length]).toEqual([5, 6]);
  });

  test('does not say that all is well where it could not look at all', async () => {
    const sink = await rig.session.sink('local-filesystem');
    const open = sink.open.bind(sink);
    sink.open = async (destination, given) => {
      const store = await open(destination, given);
      const refuse = () => Promise.reject(failure({ code: 'E_DESTINATION', message: 'permission denied' }));
      return Object.assign(store, { inspect: refuse });
    };
    expect(await exitOf('repair')).toBe(6);
    expect(rig.told('repaired')).toMatchObject([{ repaired: 0, gone: 0, failed: 0, partial: true }]);
  });

  test.each(['repair pics more', 'repair --quick'])('%s is a usage error', async (line) => {
    expect(await exitOf(line)).toBe(2);
  });

  test('stops when it is interrupted', async () => {
    takeAway(1);
    const controller = new AbortController();
    rig.session.runtime.reporter.emit = (event) => {
      if (event.event === 'checked') controller.abort();
    };
    expect((await rig.run('repair', controller.signal)).exit).toBe(130);
    expect(rig.names('pics')).toHaveLength(4);
  });
});

describe('repair under names that were taken', () => {
  test('puts a picture back under its second name, and leaves the one that had the first', async () => {
    mkdirSync(rig.path('pics'));
    const own = png(8, 8, 7777);
    writeFileSync(rig.path('pics', picture(1)), own);
    await rig.run(`fetch ${task.id} | save pics`);
    const second = `${task.id}.item1-2.png`;
    expect(rig.names('pics')).toContain(second);
    rig.damage('pics', second);
    rig.damage('pics', `${task.id}.item1-2.json`);
    expect(await exitOf('repair')).toBe(0);
    expect(bytesOf('pics', picture(1))).toEqual(Buffer.from(own));
    expect(bytesOf('pics', second)).toEqual(Buffer.from(task.items[0]!.bytes));
    expect(rig.names('pics')).toHaveLength(7);
    expect(counts()).toEqual([[2, 0, 0]]);
  });

  test('never writes over what took the name of a missing file', async () => {
    await rig.run(`fetch ${task.id} | save pics`);
    rig.remove('pics', picture(1));
    mkdirSync(rig.path('pics', picture(1)));
    expect(await exitOf('repair')).toBe(1);
    expect(counts()).toEqual([[0, 0, 1]]);
    expect(bytesOf('pics', `${task.id}.item1-2.png`)).toEqual(Buffer.from(task.items[0]!.bytes));
  });
});

describe('repair of what was saved in another way', () => {
  test('puts an item back under each name that two layouts gave it in one folder', async () => {
    await rig.run(`fetch ${task.id} | save pics`);
    await rig.run(`fetch ${task.id} --again | save pics --layout '{index}-{id}.{ext}'`);
    const names = [picture(1), `1-${picture(1)}`];
    for (const name of names) rig.remove('pics', name);
    expect(await exitOf('repair')).toBe(0);
    expect(counts()).toEqual([[2, 0, 0]]);
    expect(rig.names('pics')).toHaveLength(12);
  });

  test('writes no records where there were none', async () => {
    await rig.run(`fetch ${task.id} | save pics --no-metadata`);
    rig.remove('pics', picture(1));
    expect(await exitOf('repair')).toBe(0);
    expect(rig.names('pics')).toEqual([picture(1), picture(2), picture(3)]);
  });

  test('puts companions back, each under its own name', async () => {
    const edited = rig.service.add({ count: 1, companions: 2 });
    await rig.run(`fetch ${edited.id} | save pics`);
    const names = rig.names('pics');
    const before = names.map((name) => bytesOf('pics', name));
    expect(names).toHaveLength(4);
    for (const name of names) rig.damage('pics', name);
    expect(await exitOf('repair')).toBe(0);
    expect(names.map((name) => bytesOf('pics', name))).toEqual(before);
    expect(rig.names('pics')).toEqual(names);
    for (const companion of edited.items[0]!.companions) companion.failure = gone();
    rig.remove('pics', `${edited.id}.item1-source1.png`);
    expect(await exitOf('repair')).toBe(1);
    expect(counts()).toEqual([[0, 0, 1]]);
  });

  test('asks by the reference of the run where the task’s id is none', async () => {
    await rig.run('fetch demo:demo | save samples');
    const [first] = rig.names('samples').filter((name) => name.endsWith('.png'));
    rig.damage('samples', first!);
    expect(await exitOf('repair samples')).toBe(0);
    expect(counts()).toEqual([[1, 0, 0]]);
  });

  test('looks through the whole history where nothing else is known', async () => {
    await rig.run('fetch --all --source demo | save samples');
    const [first] = rig.names('samples').filter((name) => name.endsWith('.png'));
    rig.damage('samples', first!);
    expect(await exitOf('repair samples')).toBe(0);
    expect(counts()).toEqual([[1, 0, 0]]);
  });

  test('goes to the sink that it was saved to, whatever is current', async () => {
    await rig.run(`fetch ${task.id} | save pics`);
    rig.remove('pics', picture(1));
    await rig.run('use storage');
    expect(await exitOf('repair local-filesystem')).toBe(0);
    expect(rig.names('pics')).toHaveLength(6);
    expect(rig.storage.names()).toEqual([]);
    expect(rig.session.sinkName).toBe('storage');
  });

  test('says which source is missing', async () => {
    const catalog = await rig.session.catalog();
    await rig.run(`fetch ${task.id} | save pics`);
    const [row] = await rig.rows({ role: 'media' });
    await catalog.record([
      { ...row!, source: 'no-more', item: 'x', name: 'x.png', location: rig.path('pics', 'x.png') },
    ]);
    expect(await exitOf('repair')).toBe(1);
    expect(rig.complaints()).toEqual([expect.stringContaining("there is no source 'no-more'")]);
    expect(counts()).toEqual([[0, 0, 1]]);
  });
});
