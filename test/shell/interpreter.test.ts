import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError, type ErrorFacts } from '../../src/errors.js';
import type { ListOptions, Source, SourceDescriptor } from '../../src/plugin.js';
import type { MemoryItem, MemoryTask } from '../support/memory-service.js';
import { MemorySource } from '../support/memory-source.js';
import { testSink, testSource } from '../support/plugins.js';
import { openShellRig, type ShellRig, type ShellRigOptions } from '../support/shell-rig.js';

let rig: ShellRig;
const opened: ShellRig[] = [];

async function open(options: ShellRigOptions = {}): Promise<ShellRig> {
  const other = await openShellRig(options);
  opened.push(other);
  return other;
}

beforeEach(async () => {
  rig = await open();
});
afterEach(async () => {
  for (const other of opened.splice(0)) await other.close();
});

const error = (facts: Partial<ErrorFacts>) =>
  new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'no answer', ...facts });
const fail = (item: MemoryItem, facts: Partial<ErrorFacts> = {}) => {
  item.failure = error(facts);
};
const ids = (task: MemoryTask, ...numbers: number[]) =>
  (numbers.length === 0 ? task.items.map((_item, at) => at + 1) : numbers).map((number) => task.items[number - 1]!.id);
const exitOf = async (line: string, signal?: AbortSignal) => (await rig.run(line, signal)).exit;

describe('exit codes', () => {
  test.each(['', '   ', '# a comment', '  # fetch task-1'])('0: a line with nothing to do: %j', async (line) => {
    expect(await rig.run(line)).toEqual({ exit: 0, leave: false });
    expect(rig.events).toEqual([]);
  });

  test('0: everything was done', async () => {
    const task = rig.service.add();
    expect(await exitOf(`fetch ${task.id}`)).toBe(0);
    expect(await exitOf('save there')).toBe(0);
  });

  test('1: some items failed', async () => {
    const task = rig.service.add();
    fail(task.items[1]!, { code: 'E_NOT_FOUND' });
    expect(await exitOf(`fetch ${task.id}`)).toBe(1);
    expect(rig.buffered()).toEqual(ids(task, 1, 3, 4));
  });

  test('1: all items failed for different causes', async () => {
    const task = rig.service.add({ count: 2 });
    fail(task.items[0]!, { code: 'E_NOT_FOUND' });
    fail(task.items[1]!, { code: 'E_UNAVAILABLE' });
    expect(await exitOf(`fetch ${task.id}`)).toBe(1);
  });

  test('1: the service ended the task without a result', async () => {
    const task = rig.service.add({ count: 2 });
    for (const item of task.items) fail(item, { code: 'E_TASK_FAILED' });
    expect(await exitOf(`fetch ${task.id}`)).toBe(1);
  });

  test.each([
    ['an unknown command', 'fetsch task-000001', "there is no command 'fetsch'"],
    ['an unknown option', 'fetch task-000001 --frobnicate', 'fetch has no option --frobnicate'],
    ['an option without its value', 'save there --new', '--new needs a value'],
    ['nothing to fetch', 'fetch', 'fetch needs a reference'],
    ['a reference that no source knows', 'fetch ../../etc', "'../../etc' is no reference that a source knows"],
    ['a source that is not there', 'fetch task-000001 --source nowhere', "there is no source 'nowhere'"],
    ['a limit of nothing', 'fetch task-000001 --limit 0', '--limit is a whole number from 1'],
    ['a history with a reference', 'fetch task-000001 --all', '--all takes no reference'],
    ['nothing to save', 'save there', 'there is nothing to save'],
    ['a quote that is not closed', "fetch 'task-000001", 'is not closed'],
    ['two pipes', 'fetch task-000001 | save a | save b', 'a pipe joins one fetch and one save'],
    ['a pipe the wrong way round', 'save a | fetch task-000001', 'a pipe joins one fetch and one save'],
    ['a pipe into something else', 'fetch task-000001 | list', 'a pipe joins one fetch and one save'],
    ['an unknown command behind a pipe', 'fetch task-000001 | sav there', "there is no command 'sav'"],
    ['an option behind a pipe that is not there', 'fetch task-000001 | save there --all', 'save has no option --all'],
    ['items behind a pipe', 'fetch task-000001 | save there 2', 'a save in a pipe takes no items'],
    ['a redirection of something else', 'list > there', 'a pipe joins one fetch and one save'],
    ['info of nothing', 'info', 'info needs a reference'],
    ['a plugin that is not there', 'use nowhere', "there is no source or sink 'nowhere'"],
  ])('2: %s, and nothing is asked', async (_name, line, message) => {
    rig.service.add();
    expect(await exitOf(line)).toBe(2);
    expect(rig.complaints().join()).toContain(message);
    expect(rig.service.requests()).toBe(0);
    expect(rig.storage.opened).toEqual([]);
  });

  test.each([
    ['3: a credential is refused', { code: 'E_CREDENTIALS', reach: 'run' }, 3],
    ['4: nothing is there', { code: 'E_NOT_FOUND' }, 4],
    ['5: the network gave up', { code: 'E_NETWORK' }, 5],
    ['5: the time ran out', { code: 'E_TIMEOUT' }, 5],
    ['5: the body is no picture', { code: 'E_FORMAT' }, 5],
    ['6: the disk is full', { code: 'E_NO_SPACE', reach: 'run' }, 6],
  ] as const)('%s, for all items', async (_name, facts, exit) => {
    const task = rig.service.add({ count: 3 });
    for (const item of task.items) fail(item, facts);
    expect(await exitOf(`fetch ${task.id}`)).toBe(exit);
  });

  test('4: the service has no such task', async () => {
    expect(await exitOf('fetch task-999999')).toBe(4);
    expect(rig.told('error')).toMatchObject([{ code: 'E_NOT_FOUND', exit: 4 }]);
  });

  test('a cause of the whole run wins over everything', async () => {
    const task = rig.service.add({ count: 4 });
    fail(task.items[0]!, { code: 'E_NOT_FOUND' });
    fail(task.items[2]!, { code: 'E_CREDENTIALS', reach: 'run' });
    expect(await exitOf(`fetch ${task.id}`)).toBe(3);
  });

  test.each([
    ['E_DESTINATION', 6],
    ['E_NOT_GRANTED', 6],
    ['E_CREDENTIALS', 3],
    ['E_USAGE', 2],
    ['E_UNAVAILABLE', 5],
  ] as const)('a destination that cannot be opened (%s): %i', async (code, exit) => {
    const task = rig.service.add();
    await rig.run(`fetch ${task.id}`);
    rig.storage.failure.open = error({ code });
    expect(await exitOf('save there')).toBe(exit);
    expect(rig.buffered()).toEqual(ids(task));
  });

  test('130: interrupted before it began', async () => {
    const task = rig.service.add();
    expect(await exitOf(`fetch ${task.id}`, AbortSignal.abort())).toBe(130);
    expect(rig.service.requests()).toBe(0);
    expect(rig.complaints()).toEqual(['interrupted']);
  });

  test('130: interrupted while it ran; what was fetched is in the buffer, and that is said', async () => {
    const task = rig.service.add();
    const controller = new AbortController();
    task.items[3]!.gate = new Promise((resolve) => controller.signal.addEventListener('abort', () => resolve()));
    const work = rig.run(`fetch ${task.id}`, controller.signal);
    while (rig.told('fetched').length < 3) await new Promise(setImmediate);
    controller.abort();
    expect((await work).exit).toBe(130);
    expect(rig.buffered()).toEqual(ids(task, 1, 2, 3));
    expect(rig.complaints()).toEqual(['interrupted; 3 items are in the buffer and can be saved']);
  });

  test('a fault of the program is told as one, and its place goes to the log', async () => {
    const task = rig.service.add();
    rig.service.ask = () => {
      throw new TypeError('undefined is no function');
    };
    expect(await exitOf(`fetch ${task.id}`)).toBe(1);
    expect(rig.told('error')).toMatchObject([{ code: 'E_INTERNAL' }]);
    expect(rig.debug.join('\n')).toContain('undefined is no function');
  });
});

describe('fetch', () => {
  test('tells each item in display order, and puts it into the buffer', async () => {
    const task = rig.service.add({ prompt: 'a lighthouse' });
    await rig.run(`fetch ${task.id}`);
    expect(rig.told('fetched').map(({ id, index }) => [id, index])).toEqual(ids(task).map((id, at) => [id, at + 1]));
    expect(rig.told('fetched')[0]).toMatchObject({
      source: 'memory',
      task: task.id,
      already: false,
      mediaType: 'image/png',
      size: task.items[0]!.bytes.length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/u),
    });
    expect(rig.buffered()).toEqual(ids(task));
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
    expect(rig.buffered()).toEqual(ids(task));
  });

  test('again brings what failed the first time, in the order of the page', async () => {
    const task = rig.service.add();
    fail(task.items[1]!);
    await rig.run(`fetch ${task.id}`);
    delete task.items[1]!.failure;
    expect(await exitOf(`fetch ${task.id}`)).toBe(0);
    expect(new Set(rig.buffered())).toEqual(new Set(ids(task)));
  });

  test('takes several references, also a prefixed one', async () => {
    const [one, other] = [rig.service.add({ count: 1 }), rig.service.add({ count: 2 })];
    expect(await exitOf(`fetch ${one.id} memory:${other.id}`)).toBe(0);
    expect(rig.buffered()).toEqual([...ids(one), ...ids(other)]);
  });

  test('of several references of which one is not there brings the others', async () => {
    const [one, other] = [rig.service.add({ count: 1 }), rig.service.add({ count: 2 })];
    expect(await exitOf(`fetch ${one.id} task-999999 ${other.id}`)).toBe(1);
    expect(rig.buffered()).toEqual([...ids(one), ...ids(other)]);
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
    expect(rig.buffered()).toEqual(tasks.reverse().flatMap((task) => ids(task)));
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
    expect(rig.buffered()).toEqual([...ids(one), ...ids(other, 1)]);
  });

  test('keeps a picture whose companion is gone, and says so', async () => {
    const task = rig.service.add({ count: 1, companions: 1 });
    fail(task.items[0]!.companions[0]!, { code: 'E_NOT_FOUND', message: 'the source picture is gone' });
    expect(await exitOf(`fetch ${task.id}`)).toBe(1);
    expect(rig.buffered()).toEqual(ids(task));
    expect(rig.told('failed')).toMatchObject([{ id: ids(task)[0], message: '[memory] the source picture is gone' }]);
  });

  test('with --dry-run asks for lists and for no media', async () => {
    const task = rig.service.add();
    expect(await exitOf(`fetch ${task.id} --dry-run`)).toBe(0);
    expect(rig.told('would-fetch').map(({ id }) => id)).toEqual(ids(task));
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
    expect(rig.buffered()).toEqual(ids(task, ...numbers));
    expect(rig.told('fetched').map(({ index }) => index)).toEqual(numbers);
    expect([...rig.service.located].sort()).toEqual(ids(task, ...numbers).sort());
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
    expect(rig.buffered()).toEqual(ids(task, 3, 4));
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

describe('options on argv', () => {
  test('are the defaults of every command, and the command goes before them', async () => {
    rig = await open({ defaults: { limit: '1' } });
    const task = rig.service.add();
    await rig.run(`fetch ${task.id}`);
    expect(rig.buffered()).toHaveLength(1);
    await rig.run(`fetch ${task.id} --limit 3`);
    expect(rig.buffered()).toHaveLength(3);
  });

  test('--source of argv does not undo a later use', async () => {
    rig = await open({ defaults: { source: 'nowhere' } });
    const task = rig.service.add();
    expect(await exitOf(`fetch ${task.id}`)).toBe(0);
  });
});

describe('info', () => {
  test('shows the task and its items without fetching media', async () => {
    const task = rig.service.add({ prompt: 'a lighthouse', count: 2 });
    expect(await exitOf(`info ${task.id}`)).toBe(0);
    expect(rig.told('task')).toMatchObject([{ id: task.id, items: 2, prompt: 'a lighthouse' }]);
    expect(rig.told('item').map(({ id, prompt }) => [id, prompt])).toEqual(ids(task).map((id) => [id, undefined]));
    expect(rig.service.located).toEqual([]);
    expect(rig.buffered()).toEqual([]);
  });

  test('of what is not there is 4', async () => {
    expect(await exitOf('info task-999999')).toBe(4);
  });
});

describe('plugins', () => {
  test('are listed, the current ones marked', async () => {
    await rig.run('sources');
    await rig.run('sinks');
    expect(rig.told('plugin').map(({ kind, name, current }) => [kind, name, current])).toEqual([
      ['source', 'memory', true],
      ['sink', 'storage', true],
    ]);
  });

  test('use changes them', async () => {
    rig = await open({ plugins: [testSource('other'), testSink('elsewhere')] });
    expect(await exitOf('use other')).toBe(0);
    expect(await exitOf('use elsewhere')).toBe(0);
    expect([rig.session.sourceName, rig.session.sinkName]).toEqual(['other', 'elsewhere']);
    expect(await exitOf('use other with-argument')).toBe(2);
    expect(await exitOf('use elsewhere with-argument')).toBe(2);
  });
});

test('exit leaves', async () => {
  expect(await rig.run('exit')).toEqual({ exit: 0, leave: true });
});

test.each(['help', 'help fetch', 'help save', 'help config'])('%s says something', async (line) => {
  expect(await exitOf(line)).toBe(0);
  expect(rig.told('text')[0]!.text).toContain(line === 'help' ? 'Commands:' : line.slice(5));
});
