import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ListOptions, Source, SourceDescriptor } from '../../src/plugin.js';
import { closedAfterEach } from '../support/after-each.js';
import { fail, idsOf } from '../support/memory-items.js';
import type { MemoryTask } from '../support/memory-service.js';
import { MemorySource } from '../support/memory-source.js';
import { testSource } from '../support/plugins.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

let rig: ShellRig;

const open = closedAfterEach(openShellRig, (other) => other.close());

beforeEach(async () => {
  rig = await open();
});

const exitOf = async (line: string, signal?: AbortSignal) => (await rig.run(line, signal)).exit;

describe('fetch', () => {
  test('tells each item in display order, and puts it into the buffer', async () => {
    const task = rig.service.add({ prompt: 'a lighthouse' });
    await rig.run(`fetch ${task.id}`);
    expect(rig.told('fetched').map(({ id, index }) => [id, index])).toEqual(idsOf(task).map((id, at) => [id, at + 1]));
    expect(rig.told('fetched')[0]).toMatchObject({
      source: 'memory',
      task: task.id,
      already: false,
      mediaType: 'image/png',
      size: task.items[0]!.bytes.length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/u),
    });
    expect(rig.buffered()).toEqual(idsOf(task));
    expect(rig.told('summary')).toMatchObject([{ command: 'fetch', done: 4, already: 0, failed: 0 }]);
  });

  test('twice does not fetch twice', async () => {
    const task = rig.service.add();
    await rig.run(`fetch ${task.id}`);
    expect(rig.service.located).toHaveLength(4);
    expect(await exitOf(`fetch ${task.id}`)).toBe(0);
    expect(rig.service.located).toHaveLength(4);
    expect(
      rig
        .told('fetched')
        .slice(4)
        .map(({ already }) => already),
    ).toEqual([true, true, true, true]);
    expect(rig.buffered()).toEqual(idsOf(task));
  });

  test('again brings what failed the first time, in the order of the page', async () => {
    const task = rig.service.add();
    fail(task.items[1]!);
    await rig.run(`fetch ${task.id}`);
    delete task.items[1]!.failure;
    expect(await exitOf(`fetch ${task.id}`)).toBe(0);
    expect(new Set(rig.buffered())).toEqual(new Set(idsOf(task)));
  });

  test('takes several references, also a prefixed one', async () => {
    const [one, other] = [rig.service.add({ count: 1 }), rig.service.add({ count: 2 })];
    expect(await exitOf(`fetch ${one.id} memory:${other.id}`)).toBe(0);
    expect(rig.buffered()).toEqual([...idsOf(one), ...idsOf(other)]);
  });

  test('of several references of which one is not there brings the others', async () => {
    const [one, other] = [rig.service.add({ count: 1 }), rig.service.add({ count: 2 })];
    expect(await exitOf(`fetch ${one.id} task-999999 ${other.id}`)).toBe(1);
    expect(rig.buffered()).toEqual([...idsOf(one), ...idsOf(other)]);
    expect(rig.told('failed')).toMatchObject([{ code: 'E_NOT_FOUND', stage: 'fetch' }]);
    expect(rig.told('error')).toEqual([]);
  });

  test('of several references that are all not there is 4', async () => {
    expect(await exitOf('fetch task-999998 task-999999')).toBe(4);
  });

  test('of several references ends where a credential is refused', async () => {
    const [one, other] = [rig.service.add({ count: 1 }), rig.service.add({ count: 2 })];
    fail(one.items[0]!, { code: 'E_CREDENTIALS', reach: 'run' });
    expect(await exitOf(`fetch ${one.id} ${other.id}`)).toBe(3);
    expect(rig.service.requests()).toBe(1);
  });

  test('of the whole history takes every task, newest first', async () => {
    const tasks = Array.from({ length: 5 }, () => rig.service.add({ count: 2 }));
    expect(await exitOf('fetch --all')).toBe(0);
    expect(rig.buffered()).toEqual(tasks.reverse().flatMap((task) => idsOf(task)));
  });

  test('ends at the limit, and reads no more than it needs', async () => {
    for (let number = 0; number < 40; number += 1) rig.service.add({ count: 1 });
    expect(await exitOf('fetch --all --limit 3')).toBe(0);
    expect(rig.buffered()).toHaveLength(3);
    expect(rig.service.requests()).toBeLessThanOrEqual(3);
  });

  test('counts the limit over several references', async () => {
    const [one, other] = [rig.service.add({ count: 2 }), rig.service.add({ count: 2 })];
    await rig.run(`fetch ${one.id} ${other.id} --limit 3`);
    expect(rig.buffered()).toEqual([...idsOf(one), ...idsOf(other, 1)]);
  });

  test('keeps a picture whose companion is gone, and says so', async () => {
    const task = rig.service.add({ count: 1, companions: 1 });
    fail(task.items[0]!.companions[0]!, { code: 'E_NOT_FOUND', message: 'the source picture is gone' });
    expect(await exitOf(`fetch ${task.id}`)).toBe(1);
    expect(rig.buffered()).toEqual(idsOf(task));
    expect(rig.told('failed')).toMatchObject([{ id: idsOf(task)[0], message: '[memory] the source picture is gone' }]);
  });

  test('with --dry-run asks for lists and for no media', async () => {
    const task = rig.service.add();
    expect(await exitOf(`fetch ${task.id} --dry-run`)).toBe(0);
    expect(rig.told('would-fetch').map(({ id }) => id)).toEqual(idsOf(task));
    expect(rig.service.located).toEqual([]);
    expect(rig.buffered()).toEqual([]);
  });
});

describe('-g', () => {
  test.each([
    ['-g 2', [2]],
    ['-g 2 -g 4', [2, 4]],
    ['-g 4 -g 2', [2, 4]],
    ['-g 2,3', [2, 3]],
    ['-g 2-4', [2, 3, 4]],
    ['-g 3-', [3, 4, 5]],
    ['-g 1,3-4 -g 5', [1, 3, 4, 5]],
    ['-g 2 -g 2,2-2', [2]],
    ['--generation 1', [1]],
    ['--generation=1-', [1, 2, 3, 4, 5]],
    ['-g5', [5]],
  ])('%s fetches these and no others', async (option, numbers) => {
    const task = rig.service.add({ count: 5 });
    expect(await exitOf(`fetch ${task.id} ${option}`)).toBe(0);
    expect(rig.buffered()).toEqual(idsOf(task, ...numbers));
    expect(rig.told('fetched').map(({ index }) => index)).toEqual(numbers);
    expect([...rig.service.located].sort()).toEqual(idsOf(task, ...numbers).sort());
  });

  test.each(['-g 0', '-g x', '-g 4-2', '-g 2,,3', '-g 1.5', '-g -1', "-g ''", '-g 2-x', '-g'])(
    '%s is a usage error before any request',
    async (option) => {
      const task = rig.service.add({ count: 5 });
      expect(await exitOf(`fetch ${task.id} ${option}`)).toBe(2);
      expect(rig.service.requests()).toBe(0);
    },
  );

  test.each([
    ['-g 6', 'has 5 generations; there is no 6'],
    ['-g 2 -g 7', 'has 5 generations; there is no 7'],
    ['-g 4-9', 'has 5 generations; there is no 9'],
    ['-g 8-', 'has 5 generations; there is no 8'],
  ])('%s says how many there are, and nothing is fetched', async (option, message) => {
    const task = rig.service.add({ count: 5 });
    expect(await exitOf(`fetch ${task.id} ${option}`)).toBe(2);
    expect(rig.complaints().join()).toContain(message);
    expect(rig.service.located).toEqual([]);
    expect(rig.buffered()).toEqual([]);
  });

  test.each(['--all -g 1', 'task-000001 task-000002 -g 1'])('fetch %s is a usage error', async (words) => {
    rig.service.add();
    rig.service.add();
    expect(await exitOf(`fetch ${words}`)).toBe(2);
    expect(rig.service.requests()).toBe(0);
  });

  test('lists the task whole before it looks at the limit', async () => {
    const whole: (number | undefined)[] = [];
    rig = await open({ plugins: [gallery((_tasks, options) => void whole.push(options.limit))] });
    const task = rig.service.add({ count: 5 });
    expect(await exitOf('fetch gallery -g 3- --limit 2')).toBe(0);
    expect(rig.buffered()).toEqual(idsOf(task, 3, 4));
    expect(whole).toEqual([undefined]);
  });

  test('needs one task: a reference to several is a usage error, and nothing is fetched', async () => {
    rig = await open({ plugins: [gallery(() => undefined)] });
    for (let number = 0; number < 2; number += 1) rig.service.add({ count: 3 });
    expect(await exitOf('fetch gallery -g 1')).toBe(2);
    expect(rig.complaints().join()).toContain('-g needs one task');
    expect(rig.service.located).toEqual([]);
    expect(await exitOf('fetch gallery')).toBe(0);
    expect(rig.buffered()).toHaveLength(6);
  });
});

/** A source whose one reference names all tasks of the service at once. */
function gallery(listen: (tasks: readonly MemoryTask[], options: ListOptions) => void): SourceDescriptor {
  const create = (): Source => {
    const source = new MemorySource({ service: rig.service, inline: true });
    return {
      async *open(_reference, options) {
        listen(rig.service.tasks, options);
        yield* source.all(options);
      },
      locate: (item, options) => source.locate(item, options),
    };
  };
  return testSource('gallery', {
    recognise: (reference) => (reference === 'gallery' ? { confidence: 'certain', reference } : undefined),
    load: async () => ({ create }),
  });
}
