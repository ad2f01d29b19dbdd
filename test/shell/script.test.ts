import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError, type ErrorFacts } from '../../src/errors.js';
import { runScript } from '../../src/shell/script.js';
import { closedAfterEach } from '../support/after-each.js';
import { settle } from '../support/gate.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

let rig: ShellRig;

const open = closedAfterEach(openShellRig, (other) => other.close());

beforeEach(async () => {
  rig = await open();
});

const script = (lines: AsyncIterable<string> | Iterable<string>, signal = new AbortController().signal) =>
  runScript(lines, rig.session, signal);

/** A task whose items all fail, so that fetching it ends with the exit code of that cause. */
function failing(facts: Partial<ErrorFacts>, good = 0): string {
  const task = rig.service.add({ count: good + 1 });
  task.items[good]!.failure = new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'no', ...facts });
  return task.id;
}

describe('lines', () => {
  test('are one session, in order', async () => {
    const task = rig.service.add({ count: 2 });
    expect(await script(['# a comment', `fetch ${task.id}`, '', 'save there 2', 'save there'])).toBe(0);
    expect(rig.storage.media()).toEqual([`${task.items[1]!.id}.png`, `${task.items[0]!.id}.png`]);
    expect(rig.complaints()).toEqual([]);
  });

  test('after some failed items go on, and the end says 1', async () => {
    const partly = failing({ code: 'E_NOT_FOUND' }, 2);
    expect(await script([`fetch ${partly}`, 'save there'])).toBe(1);
    expect(rig.storage.media()).toHaveLength(2);
  });

  test('after some failed items that go wrong for good say how', async () => {
    const partly = failing({ code: 'E_NOT_FOUND' }, 1);
    expect(await script([`fetch ${partly}`, 'fetch task-999999', 'save there'])).toBe(4);
    expect(rig.storage.opened).toEqual([]);
  });

  test.each<[number, string, () => string]>([
    [2, 'a usage error', () => 'frobnicate'],
    [2, 'a -g that is not there', () => `fetch ${rig.service.add({ count: 2 }).id} -g 3`],
    [2, 'save with nothing fetched', () => 'save there'],
    [3, 'a refused credential', () => `fetch ${failing({ code: 'E_CREDENTIALS', reach: 'run' })}`],
    [4, 'a task that is not there', () => 'fetch task-999999'],
    [5, 'an outage', () => `fetch ${failing({ code: 'E_UNAVAILABLE' })}`],
    [6, 'a full disk', () => `fetch ${failing({ code: 'E_NO_SPACE', reach: 'run' })}`],
  ])('after %i, %s, are not run', async (exit, _name, line) => {
    const other = rig.service.add({ count: 1 });
    expect(await script([line(), `fetch ${other.id}`])).toBe(exit);
    expect(rig.service.located).not.toContain(other.items[0]!.id);
  });

  test('after exit are not run', async () => {
    const task = rig.service.add();
    expect(await script(['exit', `fetch ${task.id}`])).toBe(0);
    expect(rig.service.requests()).toBe(0);
  });

  test('are asked for one by one: a later one may come late', async () => {
    const task = rig.service.add({ count: 1 });
    async function* late(): AsyncGenerator<string> {
      yield `fetch ${task.id}`;
      expect(rig.buffered()).toHaveLength(1);
      await settle();
      yield 'save there';
    }
    expect(await script(late())).toBe(0);
    expect(rig.storage.media()).toHaveLength(1);
  });

  test('that end with nothing done are a success', async () => {
    expect(await script([])).toBe(0);
  });
});

describe('what was fetched and not saved', () => {
  test('by an earlier session is left to the shell, which can ask', async () => {
    const left = { items: 2, bytes: 10, take: async () => undefined, discard: async () => undefined };
    Object.assign(rig.session.holding, { leftovers: async () => left });
    expect(await script([])).toBe(0);
    expect(rig.told('notice')).toEqual([]);
    expect(rig.told('warning')).toEqual([]);
  });

  test('is not told of items that --keep left in the buffer after they were saved', async () => {
    const task = rig.service.add({ count: 2 });
    expect(await script([`fetch ${task.id}`, 'save somewhere --keep'])).toBe(0);
    expect(rig.session.buffer.size).toBe(2);
    expect(rig.told('warning')).toEqual([]);
  });

  test('is told at the end', async () => {
    const task = rig.service.add({ count: 2 });
    expect(await script([`fetch ${task.id}`])).toBe(0);
    expect(rig.told('warning').map(({ text }) => text)).toEqual([
      expect.stringContaining('2 items were fetched and not saved'),
    ]);
  });

  test('is told after failures too', async () => {
    const task = rig.service.add({ count: 1 });
    expect(await script([`fetch ${task.id}`, 'frobnicate'])).toBe(2);
    expect(rig.told('warning')).toMatchObject([
      { text: '1 item was fetched and not saved; the shell offers it for seven days' },
    ]);
  });

  test('and cannot be kept either is told as lost, and the cause once', async () => {
    mkdirSync(rig.folder, { recursive: true });
    writeFileSync(join(rig.folder, 'unsaved'), 'a file where the folder belongs');
    const task = rig.service.add({ count: 3 });
    expect(await script([`fetch ${task.id}`])).toBe(0);
    expect(rig.told('warning').map(({ text }) => text)).toEqual([
      expect.stringContaining('what is fetched now is lost with this session unless it is saved'),
      '3 items were fetched and not saved; 3 of them are lost, because nothing could be kept',
    ]);
  });

  test('because it was only a rehearsal is not told', async () => {
    rig = await open({ defaults: { 'dry-run': true } });
    const task = rig.service.add({ count: 2 });
    expect(await script([`fetch ${task.id}`, 'save there'])).toBe(0);
    expect(rig.told('would-fetch')).toHaveLength(2);
    expect(rig.told('would-save').map(({ name, destination }) => [name, destination])).toEqual(
      task.items.map(({ id }) => [`${id}.png`, 'memory there']),
    );
    expect(rig.complaints()).toEqual([]);
    expect(rig.storage.opened).toEqual([]);
    expect(rig.service.located).toEqual([]);
  });
});

describe('an interruption', () => {
  test('while a line is waited for ends the run with 130', async () => {
    const controller = new AbortController();
    let closed = false;
    async function* silent(): AsyncGenerator<string> {
      try {
        yield '# nothing';
        await new Promise((resolve) => controller.signal.addEventListener('abort', resolve));
        await settle();
        yield 'frobnicate';
      } finally {
        closed = true;
      }
    }
    const work = script(silent(), controller.signal);
    await settle();
    controller.abort();
    expect(await work).toBe(130);
    expect(rig.told('error')).toMatchObject([{ code: 'E_INTERRUPTED', exit: 130 }]);
    while (!closed) await settle();
  });

  test('of a pipe that never says anything is not waited for', async () => {
    const controller = new AbortController();
    const never: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    const work = script(never, controller.signal);
    controller.abort();
    expect(await work).toBe(130);
  });

  test('while a line runs ends it, and those behind it', async () => {
    const task = rig.service.add({ count: 2 });
    const controller = new AbortController();
    task.items[1]!.gate = new Promise((resolve) => controller.signal.addEventListener('abort', () => resolve()));
    const work = script([`fetch ${task.id}`, 'save there'], controller.signal);
    while (rig.told('fetched').length === 0) await settle();
    controller.abort();
    expect(await work).toBe(130);
    expect(rig.storage.opened).toEqual([]);
    expect(rig.buffered()).toHaveLength(1);
  });

  test('after the last line is none', async () => {
    const task = rig.service.add({ count: 1 });
    const controller = new AbortController();
    expect(await script([`fetch ${task.id} | save there`], controller.signal)).toBe(0);
    controller.abort();
    expect(rig.told('error')).toEqual([]);
  });
});
