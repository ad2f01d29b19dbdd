import { beforeEach, describe, expect, test } from '@jest/globals';
import { closedAfterEach } from '../support/after-each.js';
import { idsOf } from '../support/memory-items.js';
import { testSink, testSource } from '../support/plugins.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

let rig: ShellRig;

const open = closedAfterEach(openShellRig, (other) => other.close());

beforeEach(async () => {
  rig = await open();
});

const exitOf = async (line: string, signal?: AbortSignal) => (await rig.run(line, signal)).exit;

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
    expect(rig.told('item').map(({ id, prompt }) => [id, prompt])).toEqual(idsOf(task).map((id) => [id, undefined]));
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

test.each([
  ['help fetch save', 'help takes one word: usage: help [<command>]'],
  ['sources foo', 'sources takes no words: usage: sources'],
  ['sinks foo', 'sinks takes no words: usage: sinks'],
  ['exit now', 'exit takes no words: usage: exit'],
])('words too many are refused, and nothing is done: %s', async (line, message) => {
  expect(await rig.run(line)).toEqual({ exit: 2, leave: false });
  expect(rig.events).toMatchObject([{ event: 'error', message }]);
});

test('exit leaves', async () => {
  expect(await rig.run('exit')).toEqual({ exit: 0, leave: true });
});

test.each([
  ['help use', '--source local-filesystem'],
  ['help config', 'imgur.clientId'],
])('%s says what the names alone would not: %s', async (line, text) => {
  await rig.run(line);
  expect(rig.told('text')[0]!.text).toContain(text);
});

test.each(['help', 'help fetch', 'help save', 'help config'])('%s says something', async (line) => {
  expect(await exitOf(line)).toBe(0);
  expect(rig.told('text')[0]!.text).toContain(line === 'help' ? 'Commands:' : line.slice(5));
});
