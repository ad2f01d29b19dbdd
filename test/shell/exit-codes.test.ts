import { beforeEach, describe, expect, test } from '@jest/globals';
import { closedAfterEach } from '../support/after-each.js';
import { fail, idsOf, noAnswer } from '../support/memory-items.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

let rig: ShellRig;

const open = closedAfterEach(openShellRig, (other) => other.close());

beforeEach(async () => {
  rig = await open();
});

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
    expect(rig.buffered()).toEqual(idsOf(task, 1, 3, 4));
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
    rig.storage.failure.open = noAnswer({ code });
    expect(await exitOf('save there')).toBe(exit);
    expect(rig.buffered()).toEqual(idsOf(task));
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
    expect(rig.buffered()).toEqual(idsOf(task, 1, 2, 3));
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
