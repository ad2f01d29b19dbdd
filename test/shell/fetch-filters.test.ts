import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fromService, type Item } from '../../src/plugin.js';
import type { MemoryTask } from '../support/memory-service.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

let rig: ShellRig;

beforeEach(async () => {
  rig = await openShellRig();
});
afterEach(() => rig.close());

const exitOf = async (line: string) => (await rig.run(line)).exit;
const fetched = () => rig.told('fetched').map(({ id }) => id);
const id = (task: MemoryTask, number: number) => task.items[number - 1]!.id;
const ofType = (mediaType: string): Partial<Item> => ({ mediaType });

/** What a line asks for, of every second item a film. */
const films = (number: number) => ofType(number % 2 === 0 ? 'video/mp4' : 'image/png');

describe('fetch with a filter', () => {
  test('fetches what fits, from a task, from several and from the whole history', async () => {
    const [one, other] = [1, 2].map(() => rig.service.add({ count: 3, itemFacts: films })) as [MemoryTask, MemoryTask];
    await rig.run(`fetch ${one.id} --type video`);
    expect(fetched()).toEqual([id(one, 2)]);
    await rig.run(`fetch ${one.id} ${other.id} --type png`);
    expect(fetched().slice(1)).toEqual([id(one, 1), id(one, 3), id(other, 1), id(other, 3)]);
    rig.events.length = 0;
    await rig.run('fetch --all --type video');
    expect(fetched()).toEqual([id(other, 2), id(one, 2)]);
  });

  test('asks for nothing that does not fit', async () => {
    const task = rig.service.add({ count: 4, itemFacts: films });
    await rig.run(`fetch ${task.id} --type video | save there`);
    expect(rig.service.located).toEqual([id(task, 2), id(task, 4)]);
    expect(rig.storage.media()).toHaveLength(2);
  });

  test.each(['', '--dry-run'])('says so where nothing fits, and where nothing is there %s', async (how) => {
    const empty = rig.service.add({ count: 0 });
    const task = rig.service.add({ count: 2, itemFacts: films });
    await rig.run(`fetch ${task.id} --type audio ${how}`);
    await rig.run(`fetch ${empty.id} ${how}`);
    await rig.run(`fetch ${task.id} ${how}`);
    expect(rig.told('notice').map(({ text }) => text)).toEqual([
      `nothing in ${task.id} is what was asked for`,
      `${empty.id} has no items`,
    ]);
  });

  test('and with -g takes what fits of these numbers, and numbers are those of the page', async () => {
    const task = rig.service.add({ count: 4, itemFacts: films });
    await rig.run(`fetch ${task.id} -g 2-3 --type video`);
    expect(rig.told('fetched')).toMatchObject([{ id: id(task, 2), index: 2 }]);
  });

  test('finds what fits by size, time and words together', async () => {
    const facts = (number: number): Partial<Item> => ({
      size: number * 100,
      createdAt: new Date(Date.UTC(2022, 8, number)),
      generation: { prompt: fromService(number === 3 ? 'a tin robot' : 'a cat') },
    });
    const task = rig.service.add({ count: 4, itemFacts: facts });
    const dry = async (options: string) => {
      rig.events.length = 0;
      await rig.run(`fetch ${task.id} --dry-run ${options}`);
      return rig.told('would-fetch').map(({ index }) => index);
    };
    expect(await dry('--min-size 250')).toEqual([3, 4]);
    expect(await dry('--since 2022-09-02T00:00Z --until 2022-09-04T00:00Z')).toEqual([2, 3]);
    expect(await dry('--prompt ROBOTS')).toEqual([]);
    expect(await dry("--prompt 'robot tin'")).toEqual([3]);
    expect(await dry('--prompt cat --min-size 150')).toEqual([2, 4]);
  });

  test('that fits nothing fetches nothing, and that is no failure', async () => {
    const task = rig.service.add({ count: 2 });
    expect(await exitOf(`fetch ${task.id} --type audio`)).toBe(0);
    expect([rig.buffered(), rig.service.located]).toEqual([[], []]);
  });

  test.each(['--type jepg', '--min-size much', '--since tomorrow', '--since 2d --until 3d'])(
    '%s is a usage error before anything is asked for',
    async (option) => {
      expect(await exitOf(`fetch --all ${option}`)).toBe(2);
      expect(rig.service.requests()).toBe(0);
    },
  );

  test('stands on argv as the default of every fetch', async () => {
    await rig.close();
    rig = await openShellRig({ defaults: { type: ['video'] } });
    const task = rig.service.add({ count: 2, itemFacts: films });
    await rig.run(`fetch ${task.id}`);
    expect(fetched()).toEqual([id(task, 2)]);
  });
});

describe('with --limit', () => {
  test('so many that fit are fetched, also from a service that lists no more than it is asked for', async () => {
    rig.service.heedsLimit = true;
    for (let number = 0; number < 6; number += 1) {
      rig.service.add({ count: 2, itemFacts: () => ofType(number < 3 ? 'video/mp4' : 'image/png') });
    }
    await rig.run('fetch --all --limit 3 --type video');
    expect(fetched()).toHaveLength(3);
    rig.events.length = 0;
    rig.service.located.length = 0;
    await rig.run('fetch --all --limit 3');
    expect(fetched()).toHaveLength(3);
  });
});

describe('the whole history, run again', () => {
  beforeEach(() => {
    rig.service.pageSize = 2;
    rig.service.endsPages = true;
  });
  const add = (count: number, facts: Partial<Item>) =>
    Array.from({ length: count }, () => rig.service.add({ count: 1, itemFacts: () => facts }));
  const asked = () => rig.service.pagesAsked.splice(0);

  test('stops at the first page that is there as a whole', async () => {
    add(8, {});
    await rig.run('fetch --all | save there');
    expect(asked()).toEqual([1, 2, 3, 4]);
    await rig.run('fetch --all | save there');
    expect(asked()).toEqual([1]);
    add(1, {});
    await rig.run('fetch --all | save there');
    expect(asked()).toEqual([1, 2]);
    expect(rig.storage.media()).toHaveLength(9);
  });

  test('does not take a page of which nothing is wanted for one that is there', async () => {
    add(4, ofType('video/mp4'));
    await rig.run('fetch --all --type video | save there');
    const [late] = add(1, ofType('video/mp4'));
    add(4, ofType('image/png'));
    asked();
    await rig.run('fetch --all --type video | save there');
    expect(rig.storage.media()).toHaveLength(5);
    expect(rig.service.located.at(-1)).toBe(id(late!, 1));
    expect(asked()).toEqual([1, 2, 3, 4]);
  });

  test('with --since ends at a page that is older as a whole, and no sooner', async () => {
    const on = (day: number): Partial<Item> => ({ createdAt: new Date(Date.UTC(2022, 8, day)) });
    add(4, on(1));
    add(1, on(9));
    add(1, on(2));
    add(2, on(9));
    add(2, { createdAt: undefined } as unknown as Partial<Item>);
    await rig.run('fetch --all --since 2022-09-05T00:00Z');
    expect(asked()).toEqual([1, 2, 3, 4]);
    expect(fetched()).toHaveLength(5);
  });

  test('with --since does not take a page without any items for an old one', async () => {
    const on = (day: number): Partial<Item> => ({ createdAt: new Date(Date.UTC(2022, 8, day)) });
    add(2, on(9));
    rig.service.add({ count: 0 });
    rig.service.add({ count: 0 });
    await rig.run('fetch --all --since 2022-09-05T00:00Z');
    expect(fetched()).toHaveLength(2);
  });

  test('with documents is another job than without, and looks at every page', async () => {
    add(4, {});
    await rig.run('fetch --all | save there --no-metadata');
    asked();
    await rig.run('fetch --all | save there');
    expect(asked()).toEqual([1, 2]);
  });

  test('with other filters is another job, and is walked from its beginning', async () => {
    add(4, {});
    await rig.run('fetch --all | save there');
    asked();
    await rig.run('fetch --all --type png | save there');
    expect(asked()).toEqual([1, 2]);
    await rig.run('fetch --all --type png | save there');
    expect(asked()).toEqual([1]);
  });
});
