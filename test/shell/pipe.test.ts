import { beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError, type ErrorFacts } from '../../src/errors.js';
import { closedAfterEach } from '../support/after-each.js';
import { gate, settle } from '../support/gate.js';
import type { MemoryTask } from '../support/memory-service.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

let rig: ShellRig;

const open = closedAfterEach(openShellRig, (other) => other.close());

beforeEach(async () => {
  rig = await open();
});

const error = (facts: Partial<ErrorFacts> = {}) =>
  new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'no', ...facts });
const full = () => error({ code: 'E_NO_SPACE', message: 'the disk is full', reach: 'run' });
const ids = (task: MemoryTask) => task.items.map(({ id }) => id);
const pictures = (task: MemoryTask, folder = '') => ids(task).map((id) => `${folder}${id}.png`);
const exitOf = async (line: string, signal?: AbortSignal) => (await rig.run(line, signal)).exit;
const until = async (condition: () => boolean) => {
  while (!condition()) await settle();
};

/** What was told of items, in order: `fetched x`, `saved x.png`. */
const story = () =>
  rig.events.flatMap((event) => {
    if (event.event === 'fetched') return [`fetched ${event.id}`];
    if (event.event === 'saved') return [`saved ${event.name}`];
    return event.event === 'failed' ? [`failed ${event.stage} ${event.id}`] : [];
  });

describe('fetch … | save …', () => {
  test('saves what it fetches, and leaves the buffer as it was', async () => {
    const task = rig.service.add();
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(0);
    expect(rig.storage.media()).toEqual(pictures(task));
    expect(rig.storage.names()).toHaveLength(8);
    expect(rig.buffered()).toEqual([]);
    expect(rig.told('saved')[0]).toMatchObject({ destination: 'there', outcome: 'created', task: task.id, index: 1 });
    expect(rig.told('summary')).toMatchObject([{ command: 'save', done: 4, already: 0, failed: 0 }]);
    expect(rig.storage.openStores).toBe(0);
  });

  test('saves the first item while the last is not there yet, and tells both sides in order', async () => {
    const task = rig.service.add();
    const late = gate();
    task.items[3]!.gate = late.promise;
    const work = rig.run(`fetch ${task.id} | save there`);
    await until(() => rig.told('saved').length === 3);
    late.open();
    expect((await work).exit).toBe(0);
    expect(story().filter((line) => line.startsWith('fetched'))).toEqual(ids(task).map((id) => `fetched ${id}`));
    expect(story().filter((line) => line.startsWith('saved'))).toEqual(pictures(task).map((name) => `saved ${name}`));
  });

  test('does not fetch far ahead of a slow storage', async () => {
    const task = rig.service.add({ count: 60 });
    const slow = gate();
    rig.storage.before = () => slow.promise;
    const work = rig.run(`fetch ${task.id} | save there`);
    await until(() => rig.service.located.length > 0);
    for (let turn = 0; turn < 10; turn += 1) await settle();
    expect(rig.service.located.length).toBeLessThan(30);
    slow.open();
    expect((await work).exit).toBe(0);
    expect(rig.storage.media()).toHaveLength(60);
  });

  test('the same again stores no second file, and says so', async () => {
    const task = rig.service.add();
    await rig.run(`fetch ${task.id} | save there`);
    const before = rig.storage.names();
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(0);
    expect(rig.storage.names()).toEqual(before);
    expect(
      rig
        .told('saved')
        .slice(4)
        .map(({ outcome }) => outcome),
    ).toEqual(Array(4).fill('present'));
  });

  test('saves only the items of this fetch, not those of the buffer', async () => {
    const [kept, piped] = [rig.service.add({ count: 1 }), rig.service.add({ count: 1 })];
    await rig.run(`fetch ${kept.id}`);
    await rig.run(`fetch ${piped.id} | save there`);
    expect(rig.storage.media()).toEqual(pictures(piped));
    expect(rig.buffered()).toEqual(ids(kept));
  });

  test('takes an item that is in the buffer from there, and leaves it there', async () => {
    const task = rig.service.add({ count: 2 });
    await rig.run(`fetch ${task.id} -g 1`);
    const before = rig.service.located.length;
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(0);
    expect(rig.service.located.slice(before)).toEqual([ids(task)[1]]);
    expect(rig.storage.media()).toEqual(pictures(task));
    expect(rig.buffered()).toEqual(ids(task).slice(0, 1));
    rig.storage.memory.files = [];
    expect(await exitOf('save elsewhere')).toBe(0);
    expect(rig.storage.media()).toEqual(pictures(task).slice(0, 1));
  });

  test('with > means the same', async () => {
    const task = rig.service.add({ count: 1 });
    expect(await exitOf(`fetch ${task.id} > 'my folder'`)).toBe(0);
    expect(rig.storage.opened).toEqual(['my folder']);
    expect(await exitOf(`fetch ${task.id} > --keep`)).toBe(0);
    expect(rig.storage.opened).toEqual(['my folder', '--keep']);
  });

  test('without a destination leaves the choice to the sink', async () => {
    const task = rig.service.add({ count: 1 });
    expect(await exitOf(`fetch ${task.id} | save`)).toBe(0);
    expect(rig.storage.opened).toEqual([undefined]);
  });

  test('tells the digest of each file, also of companions', async () => {
    const task = rig.service.add({ count: 1, companions: 1 });
    await rig.run(`fetch ${task.id} | save there`);
    const saved = rig.told('saved');
    expect(saved).toHaveLength(2);
    expect(new Set(saved.map(({ sha256 }) => sha256)).size).toBe(2);
  });

  test('warns of no leak, however many transfers listen for Ctrl-C', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    try {
      const task = rig.service.add({ count: 40 });
      rig.storage.before = async (_file, signal) => {
        const stop = () => undefined;
        for (let number = 0; number < 6; number += 1) signal?.addEventListener('abort', stop.bind(number));
        await settle();
      };
      await rig.run(`fetch ${task.id} | save there`);
      await settle();
      expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([]);
    } finally {
      process.off('warning', listen);
    }
  });
});

describe('what fails', () => {
  test('to be fetched is told, and the others are saved', async () => {
    const task = rig.service.add();
    task.items[1]!.failure = error({ code: 'E_NOT_FOUND' });
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(1);
    expect(rig.storage.media()).toHaveLength(3);
    expect(rig.buffered()).toEqual([]);
    expect(rig.told('failed')).toMatchObject([{ stage: 'fetch', id: ids(task)[1] }]);
    expect(rig.told('summary')).toMatchObject([{ done: 3, failed: 1 }]);
  });

  test('to be saved joins the buffer and can be saved again', async () => {
    const task = rig.service.add();
    rig.storage.before = async (file) => {
      if (file.name === pictures(task)[2]) throw error({ code: 'E_DESTINATION', message: 'no such luck' });
    };
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(1);
    expect(rig.buffered()).toEqual([ids(task)[2]]);
    expect(rig.told('failed')).toMatchObject([{ stage: 'save', id: ids(task)[2], message: '[storage] no such luck' }]);
    rig.storage.before = async () => undefined;
    expect(await exitOf('save there')).toBe(0);
    expect(new Set(rig.storage.media())).toEqual(new Set(pictures(task)));
    expect(rig.buffered()).toEqual([]);
    expect(rig.service.located).toHaveLength(4);
  });

  test('because the storage is full ends the fetching too, is told once, and loses nothing that was told', async () => {
    const task = rig.service.add({ count: 200 });
    rig.storage.before = async (file) => {
      if (file.name !== pictures(task)[0] && file.role === 'media') throw full();
    };
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(6);
    expect(rig.storage.media()).toEqual(pictures(task).slice(0, 1));
    expect(rig.told('failed').filter(({ shared }) => shared !== true)).toHaveLength(1);
    expect(rig.told('error')).toEqual([]);
    expect(rig.service.located.length).toBeLessThan(60);
    const told = rig.told('fetched').map(({ id }) => id);
    expect(rig.buffered()).toEqual(told.filter((id) => id !== ids(task)[0]));
    expect(rig.told('failed').map(({ id }) => id)).toEqual(rig.buffered());
    expect(rig.told('summary')).toMatchObject([{ done: 1, failed: rig.buffered().length }]);
    const begun = rig.service.located.length;
    await settle();
    expect(rig.service.located).toHaveLength(begun);
    expect(rig.storage.openStores).toBe(0);
  });

  test('in the listing ends with its cause, after what was listed is saved', async () => {
    for (let number = 0; number < 6; number += 1) rig.service.add({ count: 1 });
    const ask = rig.service.ask.bind(rig.service);
    rig.service.ask = (signal, answer) => {
      if (rig.service.requests() === 2) rig.service.refuse('page 3 is not there');
      return ask(signal, answer);
    };
    expect(await exitOf('fetch --all | save there')).toBe(5);
    expect(rig.storage.media()).toHaveLength(4);
    expect(rig.told('error')).toMatchObject([{ message: '[memory] page 3 is not there' }]);
    expect(rig.buffered()).toEqual([]);
  });

  test('because a credential is refused ends with 3, after what was fetched is saved', async () => {
    const task = rig.service.add();
    const refusal = gate();
    task.items[3]!.gate = refusal.promise;
    task.items[3]!.failure = error({ code: 'E_CREDENTIALS', reach: 'run' });
    const work = rig.run(`fetch ${task.id} | save there`);
    await until(() => rig.told('saved').length === 3);
    refusal.open();
    expect((await work).exit).toBe(3);
    expect(rig.storage.media()).toHaveLength(3);
  });

  test('when the task is not there: nothing is made', async () => {
    expect(await exitOf('fetch task-999999 | save there --new Robots')).toBe(4);
    expect(rig.storage.folders).toEqual([]);
    expect(rig.storage.names()).toEqual([]);
    expect(rig.storage.openStores).toBe(0);
  });
});

describe('the destination', () => {
  test('is opened before anything is fetched for it', async () => {
    const task = rig.service.add();
    rig.storage.failure.open = error({ code: 'E_NOT_GRANTED', message: 'not granted' });
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(6);
    expect(rig.service.requests()).toBe(0);
    expect(rig.told('error')).toMatchObject([{ code: 'E_NOT_GRANTED', message: '[storage] not granted' }]);
  });

  test('gets the folder of --new when the first item is there, once, and says so', async () => {
    const task = rig.service.add();
    const first = gate();
    task.items[0]!.gate = first.promise;
    const work = rig.run(`fetch ${task.id} | save there --new Robots`);
    await until(() => rig.service.located.length > 0);
    await settle();
    expect(rig.storage.folders).toEqual([]);
    first.open();
    expect((await work).exit).toBe(0);
    expect(rig.storage.folders).toEqual(['Robots']);
    expect(rig.told('folder')).toMatchObject([{ name: 'Robots', parent: 'there' }]);
    expect(rig.storage.media()).toEqual(pictures(task, 'Robots/'));
    expect(rig.told('saved')[0]!.destination).toBe('there/Robots');
    expect(rig.storage.openStores).toBe(0);
  });

  test('gets no folder when nothing could be fetched', async () => {
    const task = rig.service.add({ count: 2 });
    for (const item of task.items) item.failure = error({ code: 'E_NOT_FOUND' });
    expect(await exitOf(`fetch ${task.id} | save there --new Robots`)).toBe(4);
    expect(rig.storage.folders).toEqual([]);
    expect(rig.told('folder')).toEqual([]);
  });

  test('whose folder cannot be made loses nothing, and stops fetching', async () => {
    const task = rig.service.add({ count: 200 });
    const stuck = gate();
    for (const item of task.items.slice(2)) item.gate = stuck.promise;
    rig.storage.failure.folder = error({ code: 'E_DESTINATION', message: 'no folder here' });
    expect(await exitOf(`fetch ${task.id} | save there --new Robots`)).toBe(6);
    expect(rig.buffered()).toEqual(rig.told('fetched').map(({ id }) => id));
    expect(rig.buffered()).toContain(ids(task)[0]);
    await settle();
    expect(rig.service.signals.every((signal) => signal?.aborted)).toBe(true);
    const begun = rig.service.located.length;
    expect(begun).toBeLessThan(10);
    stuck.open();
    await settle();
    expect(rig.service.located).toHaveLength(begun);
    expect(rig.storage.openStores).toBe(0);
  });
});

describe('an interruption', () => {
  test('ends with 130; what was saved is saved, what was fetched is in the buffer', async () => {
    const task = rig.service.add({ count: 8 });
    const controller = new AbortController();
    rig.storage.before = async (file, signal) => {
      if (file.name === pictures(task)[0] || file.role === 'document') return;
      await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      throw new DOMException('aborted', 'AbortError');
    };
    const work = rig.run(`fetch ${task.id} | save there`, controller.signal);
    await until(() => rig.told('saved').length === 1 && rig.told('fetched').length > 3);
    controller.abort();
    expect((await work).exit).toBe(130);
    expect(rig.storage.media()).toEqual(pictures(task).slice(0, 1));
    const told = rig.told('fetched').map(({ id }) => id);
    expect(rig.buffered()).toEqual(told.filter((id) => id !== ids(task)[0]));
    expect(rig.told('error')).toMatchObject([
      { code: 'E_INTERRUPTED', message: expect.stringContaining(`${rig.buffered().length} items are in the buffer`) },
    ]);
    expect(rig.told('failed')).toEqual([]);
    expect(rig.storage.openStores).toBe(0);
  });

  test.each([
    ['| save there', 'interrupted; the same again goes on here'],
    ['> there', 'interrupted; the same again goes on here'],
    ['--again | save there', 'interrupted'],
    ['--dry-run | save there', 'interrupted'],
    ['| save there --dry-run', 'interrupted'],
  ])('says how to go on where the same line does: %s', async (rest, message) => {
    const task = rig.service.add();
    const controller = new AbortController();
    const work = rig.run(`fetch ${task.id} ${rest}`, controller.signal);
    controller.abort();
    expect((await work).exit).toBe(130);
    expect(rig.complaints()).toEqual([message]);
  });

  test('before it begins asks for nothing', async () => {
    const task = rig.service.add();
    expect(await exitOf(`fetch ${task.id} | save there`, AbortSignal.abort())).toBe(130);
    expect([rig.service.requests(), rig.storage.opened.length]).toEqual([0, 0]);
  });
});

describe('--dry-run', () => {
  test.each([
    ['on the left', '--dry-run | save there --new Robots'],
    ['on the right', '| save there --dry-run --new Robots'],
  ])('%s says what would be fetched and written, and does neither', async (_side, rest) => {
    const task = rig.service.add();
    expect(await exitOf(`fetch ${task.id} ${rest}`)).toBe(0);
    expect(rig.told('would-fetch').map(({ id }) => id)).toEqual(ids(task));
    expect(rig.told('would-save').map(({ name, destination }) => `${destination}: ${name}`)).toEqual(
      pictures(task).map((name) => `memory there/Robots: ${name}`),
    );
    expect(rig.service.located).toEqual([]);
    expect(rig.storage.opened).toEqual([]);
    expect(rig.storage.folders).toEqual([]);
    expect(rig.buffered()).toEqual([]);
  });

  test('of a -g that is not there is the same error', async () => {
    const task = rig.service.add({ count: 2 });
    expect(await exitOf(`fetch ${task.id} -g 3 --dry-run | save there`)).toBe(2);
  });
});
