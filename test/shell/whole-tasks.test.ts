import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError } from '../../src/errors.js';
import type { Document } from '../../src/plugin.js';
import { type AlbumLayout, albumLayout } from '../support/album-layout.js';
import type { MemoryTask } from '../support/memory-service.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

let rig: ShellRig;
let album: AlbumLayout;

beforeEach(async () => {
  album = albumLayout();
  rig = await openShellRig({ memory: { layout: album.descriptor } });
});
afterEach(() => rig.close());

const exitOf = async (line: string) => (await rig.run(line)).exit;
const id = (task: MemoryTask, number: number) => task.items[number - 1]!.id;
const MODEL: Document = { kind: 'model', id: 'sd', json: '{"name":"sd"}' };

describe('documents of a whole task', () => {
  test('are written when its items are, and say that these are all', async () => {
    const [one, other] = [rig.service.add({ count: 2 }), rig.service.add({ count: 1 })];
    await rig.run(`fetch ${one.id} ${other.id} | save there`);
    expect(album.finished).toEqual([`${one.id}: ${id(one, 1)} ${id(one, 2)}`, `${other.id}: ${id(other, 1)}`]);
    await rig.run('fetch --all | save elsewhere');
    expect(album.finished.slice(2)).toEqual([`${other.id}: ${id(other, 1)}`, `${one.id}: ${id(one, 1)} ${id(one, 2)}`]);
  });

  test('hold what was there before, too', async () => {
    const task = rig.service.add({ count: 3 });
    await rig.run(`fetch ${task.id} -g 2 | save there`);
    await rig.run(`fetch ${task.id} | save there`);
    expect(album.finished).toEqual([
      `${task.id}: ${id(task, 2)} …`,
      `${task.id}: ${id(task, 1)} ${id(task, 2)} ${id(task, 3)}`,
    ]);
    expect(rig.storage.text(`${task.id}/order.json`)).toBe(JSON.stringify([1, 2, 3].map((n) => id(task, n))));
  });

  test.each([
    ['a number', '-g 1-2', ''],
    ['a filter', '--type png', ''],
    ['a limit that cuts it', '--limit 2', ''],
    ['so many bytes', '', '--max-total 1'],
  ])('say that these are not all where %s chooses among them', async (_name, from, to) => {
    const task = rig.service.add({ count: 3 });
    await rig.run(`fetch ${task.id} ${from} | save there ${to}`);
    expect(album.finished).toHaveLength(1);
    expect(album.finished[0]).toMatch(/ …$/u);
  });

  test('say that these are all where a limit ends behind them', async () => {
    const [one, other] = [rig.service.add({ count: 2 }), rig.service.add({ count: 2 })];
    await rig.run(`fetch ${one.id} ${other.id} --limit 2 | save there`);
    expect(album.finished).toEqual([`${one.id}: ${id(one, 1)} ${id(one, 2)}`]);
  });

  test.each(['fetched', 'saved'])('say that these are not all where one could not be %s', async (what) => {
    const [one, other] = [rig.service.add({ count: 2 }), rig.service.add({ count: 1 })];
    const failure = new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'not today' });
    if (what === 'fetched') one.items[1]!.failure = failure;
    else {
      rig.storage.before = async (file) => {
        if (file.name === `${id(one, 2)}.png`) throw failure;
      };
    }
    expect(await exitOf(`fetch ${one.id} ${other.id} | save there`)).toBe(1);
    expect(album.finished).toEqual([`${one.id}: ${id(one, 1)} …`, `${other.id}: ${id(other, 1)}`]);
  });

  test('say that these are not all where the list of the task broke off, and the next reference is not to blame', async () => {
    const [one, other] = [rig.service.add({ count: 3 }), rig.service.add({ count: 1 })];
    one.breaksAfter = 2;
    expect(await exitOf(`fetch ${one.id} ${other.id} | save there`)).toBe(1);
    expect(album.finished).toEqual([`${one.id}: ${id(one, 1)} ${id(one, 2)} …`, `${other.id}: ${id(other, 1)}`]);
    album.finished.length = 0;
    expect(await exitOf(`fetch ${other.id} task-nowhere | save there`)).toBe(1);
    expect(album.finished).toEqual([`${other.id}: ${id(other, 1)}`]);
  });

  test('say that these are not all where a companion of one is missing', async () => {
    const task = rig.service.add({ count: 2, companions: 1 });
    task.items[0]!.companions[0]!.failure = new AlbarettoError({ code: 'E_NOT_FOUND', message: 'gone' });
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(1);
    expect(album.finished).toEqual([`${task.id}: ${id(task, 1)} ${id(task, 2)} …`]);
  });

  test('that cannot be written are told, and are written by the next run', async () => {
    const task = rig.service.add({ count: 2 });
    rig.storage.before = async (file) => {
      if (file.name === 'order.json') throw new AlbarettoError({ code: 'E_DESTINATION', message: 'no order' });
    };
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(1);
    expect(rig.told('failed')).toMatchObject([{ stage: 'save', task: task.id, code: 'E_DESTINATION' }]);
    expect(rig.storage.media()).toHaveLength(2);
    rig.storage.before = async () => undefined;
    rig.service.located.length = 0;
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(0);
    expect(rig.storage.text(`${task.id}/order.json`)).toBe(JSON.stringify([id(task, 1), id(task, 2)]));
    expect(rig.service.located).toEqual([]);
  });

  test('and of its items are not written with --no-metadata', async () => {
    const task = rig.service.add({ count: 2, itemFacts: () => ({ documents: [MODEL] }) });
    await rig.run(`fetch ${task.id} | save there --no-metadata`);
    expect(rig.storage.names()).toEqual([1, 2].map((n) => `${task.id}/${id(task, n)}.png`));
  });
});

describe('a task that is saved from the buffer', () => {
  let task: MemoryTask;
  beforeEach(async () => {
    task = rig.service.add({ count: 3 });
  });
  const all = () => `${task.id}: ${[1, 2, 3].map((n) => id(task, n)).join(' ')}`;

  test('is complete when it was fetched and is saved as a whole', async () => {
    await rig.run(`fetch ${task.id}`);
    await rig.run('save there');
    expect(album.finished).toEqual([all()]);
  });

  test('is complete when it was fetched in two steps, in the order of the page, whatever came in between', async () => {
    const other = rig.service.add({ count: 1 });
    await rig.run(`fetch ${task.id} -g 3`);
    await rig.run(`fetch ${other.id}`);
    await rig.run(`fetch ${task.id}`);
    await rig.run('save there');
    expect(album.finished).toEqual([all(), `${other.id}: ${id(other, 1)}`]);
    expect(rig.told('saved').map(({ task: of }) => of)).toEqual([task.id, task.id, task.id, other.id]);
  });

  test.each([
    ['only a part of it was fetched', ['fetch TASK -g 1-2', 'save there'], [1, 2]],
    ['one was dropped', ['fetch TASK', 'drop 2', 'save there'], [1, 3]],
    ['some of it are saved', ['fetch TASK', 'save there 1 2'], [1, 2]],
    ['a limit cut it', ['fetch TASK --limit 2', 'save there'], [1, 2]],
    ['a filter chose', ['fetch TASK --prompt picture', 'save there'], [1, 2, 3]],
  ])('is not complete when %s', async (_name, lines, numbers) => {
    for (const line of lines) await rig.run(line.replace('TASK', task.id));
    expect(album.finished).toEqual([`${task.id}: ${numbers.map((n) => id(task, n)).join(' ')} …`]);
  });

  test('is not complete when it is saved in two steps', async () => {
    await rig.run(`fetch ${task.id}`);
    await rig.run('save there 1');
    await rig.run('save there');
    expect(album.finished).toEqual([`${task.id}: ${id(task, 1)} …`, `${task.id}: ${id(task, 2)} ${id(task, 3)} …`]);
    expect(rig.storage.text(`${task.id}/order.json`)).toBe(JSON.stringify([1, 2, 3].map((n) => id(task, n))));
  });

  test('is not complete when a limit cut it behind others that are', async () => {
    const first = rig.service.add({ count: 4 });
    await rig.run(`fetch ${first.id} ${task.id} --limit 6`);
    await rig.run('save there');
    expect(album.finished[0]).not.toMatch(/…$/u);
    expect(album.finished[1]).toBe(`${task.id}: ${id(task, 1)} ${id(task, 2)} …`);
  });

  test('is not complete when its service lists more by now, and that failed', async () => {
    await rig.run(`fetch ${task.id}`);
    (task.items as unknown[]).push({
      ...task.items[0]!,
      id: 'new',
      failure: new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'not today' }),
    });
    await rig.run(`fetch ${task.id}`);
    await rig.run('save there');
    expect(album.finished).toEqual([`${all()} …`]);
  });

  test('is not complete when its list broke off', async () => {
    const other = rig.service.add({ count: 1 });
    task.breaksAfter = 2;
    await rig.run(`fetch ${task.id} ${other.id}`);
    await rig.run('save there');
    expect(album.finished).toEqual([`${task.id}: ${id(task, 1)} ${id(task, 2)} …`, `${other.id}: ${id(other, 1)}`]);
  });
});
