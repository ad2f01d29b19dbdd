import { beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError } from '../../src/errors.js';
import { linesOf, NO_PAINT } from '../../src/report/lines.js';
import { closedAfterEach } from '../support/after-each.js';
import type { MemoryTask } from '../support/memory-service.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

let rig: ShellRig;
let task: MemoryTask;

const open = closedAfterEach(openShellRig, (other) => other.close());

/** Five items in the buffer; the third has an id of digits, the fifth one that looks like a range. */
const IDS = ['one', 'two', '2', 'four', '1-2'];

beforeEach(async () => {
  rig = await open();
  task = rig.service.add({ ids: IDS });
  await rig.run(`fetch ${task.id}`);
});

const exitOf = async (line: string) => (await rig.run(line)).exit;
const saved = () => rig.storage.media().map((name) => name.replace('.png', ''));
const full = () => new AlbarettoError({ code: 'E_NO_SPACE', message: 'the disk is full', reach: 'run' });

describe('save', () => {
  test('saves everything, and what is saved leaves the buffer', async () => {
    expect(await exitOf('save there')).toBe(0);
    expect(saved()).toEqual(IDS);
    expect(rig.buffered()).toEqual([]);
    expect(rig.told('summary').at(-1)).toMatchObject({ command: 'save', done: 5 });
  });

  test.each<[string, string[]]>([
    ['1', ['one']],
    ['4 1', ['one', 'four']],
    ['1-2', ['1-2']],
    ['2', ['2']],
    ['3', ['2']],
    ['2-4', ['two', '2', 'four']],
    ['2-3 four 3', ['two', '2', 'four']],
    ['four one', ['one', 'four']],
    ['5-5', ['1-2']],
  ])('takes numbers, ranges and ids, an id before a number: %s', async (words, expected) => {
    expect(await exitOf(`save there ${words}`)).toBe(0);
    expect(saved()).toEqual(expected);
    expect(rig.buffered()).toEqual(IDS.filter((id) => !expected.includes(id)));
  });

  test.each(['6', '0', '4-6', '3-2', 'five', 'ONE', '1,2'])(
    'of %s, which is not there, is a usage error',
    async (word) => {
      expect(await exitOf(`save there 1 ${word}`)).toBe(2);
      expect(rig.storage.opened).toEqual([]);
      expect(rig.buffered()).toEqual(IDS);
      expect(rig.complaints().join()).toContain(`there is no item '${word}' in the buffer`);
    },
  );

  test('--keep leaves what is saved in the buffer', async () => {
    expect(await exitOf('save there --keep')).toBe(0);
    expect(saved()).toEqual(IDS);
    expect(rig.buffered()).toEqual(IDS);
    expect(await exitOf('save there')).toBe(0);
    expect(saved()).toEqual(IDS);
    expect(rig.buffered()).toEqual([]);
  });

  test('what failed stays, is named with its reason, and can be saved again', async () => {
    rig.storage.before = async (file) => {
      if (file.name === 'two.png') throw new AlbarettoError({ code: 'E_DESTINATION', message: 'the name is taken' });
    };
    expect(await exitOf('save there')).toBe(1);
    expect(rig.buffered()).toEqual(['two']);
    expect(rig.told('failed')).toMatchObject([{ stage: 'save', id: 'two', message: '[storage] the name is taken' }]);
    rig.storage.before = async () => undefined;
    expect(await exitOf('save there')).toBe(0);
    expect(rig.buffered()).toEqual([]);
  });

  test('into a full storage is told once, ends with 6 and loses nothing', async () => {
    rig.storage.before = async () => {
      throw full();
    };
    expect(await exitOf('save there')).toBe(6);
    // A program reads all of them, a person one.
    expect(rig.told('failed').map(({ id }) => id)).toEqual(IDS);
    expect(rig.told('failed').flatMap((event) => linesOf(event, NO_PAINT))).toHaveLength(1);
    expect(rig.told('error')).toEqual([]);
    expect(rig.buffered()).toEqual(IDS);
    expect(rig.storage.openStores).toBe(0);
  });

  test('makes the folder of --new first, and says so', async () => {
    expect(await exitOf("save there 1 -n 'My Robots'")).toBe(0);
    expect(rig.told('folder')).toMatchObject([{ name: 'My Robots', parent: 'there' }]);
    expect(rig.storage.names().sort()).toEqual(['My Robots/one.json', 'My Robots/one.png']);
    expect(rig.events.findIndex(({ event }) => event === 'folder')).toBeLessThan(
      rig.events.findIndex(({ event }) => event === 'saved'),
    );
  });

  test('without records where none are wanted', async () => {
    expect(await exitOf('save there --no-metadata')).toBe(0);
    expect(rig.storage.names()).toHaveLength(5);
  });

  test('--overwrite replaces what is different, and without it there is a second file', async () => {
    await rig.run('save there one');
    const [file] = rig.storage.memory.files;
    file!.bytes = (await import('../support/pictures.js')).png(9, 9, 99);
    await rig.run(`fetch ${task.id} -g 1`);
    await rig.run('save there one --keep');
    expect(rig.storage.media()).toHaveLength(2);
    file!.bytes = (await import('../support/pictures.js')).png(9, 9, 98);
    await rig.run('save there one --overwrite');
    expect(rig.told('saved').at(-1)).toMatchObject({ outcome: expect.stringMatching(/replaced|present/u) });
    expect(rig.storage.media()).toHaveLength(2);
  });

  test('--dry-run says what would be written where, and writes nothing', async () => {
    expect(await exitOf('save there 1 four --dry-run --new Robots')).toBe(0);
    expect(rig.told('would-save').map(({ name, destination }) => [name, destination])).toEqual([
      ['one.png', 'memory there/Robots'],
      ['four.png', 'memory there/Robots'],
    ]);
    expect(rig.storage.opened).toEqual([]);
    expect(rig.buffered()).toEqual(IDS);
  });
});

describe('list', () => {
  test('shows number, id, size, type and prompt', async () => {
    expect(await exitOf('list')).toBe(0);
    expect(rig.told('item').map(({ number, id }) => [number, id])).toEqual(IDS.map((id, at) => [at + 1, id]));
    expect(rig.told('item')[0]).toMatchObject({
      source: 'memory',
      task: task.id,
      index: 1,
      size: task.items[0]!.bytes.length,
      mediaType: 'image/png',
      prompt: task.prompt,
    });
  });

  test('--json is one object a line', async () => {
    await rig.run('list --json');
    expect(rig.told('item')).toEqual([]);
    const lines = rig.told('text').map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    expect(lines.map(({ number, id }) => [number, id])).toEqual(IDS.map((id, at) => [at + 1, id]));
  });

  test('--json is harmless on a terminal, whatever a prompt holds', async () => {
    const prompt = 'red\u009b31m \u202e\u001b[2J';
    const { id } = rig.service.add({ count: 1, prompt });
    await rig.run(`fetch ${id}`);
    await rig.run('list --json');
    const { text } = rig.told('text').at(-1)!;
    expect(text).toMatch(/^[\x20-\x7e]+$/u);
    expect(JSON.parse(text)).toMatchObject({ prompt });
  });

  test('shows under their numbers those that are asked for, and says how many more there are', async () => {
    await rig.run('list --limit 2');
    expect(rig.told('item').map(({ number }) => number)).toEqual([1, 2]);
    expect(rig.told('notice').at(-1)).toEqual({ event: 'notice', text: '2 of 5 items of the buffer are shown' });
    await rig.run('list --type video');
    expect(rig.told('item')).toHaveLength(2);
    await rig.run('list --type image --min-size 1');
    expect(rig.told('item').slice(2)).toHaveLength(5);
    expect(await exitOf('list --type bogus')).toBe(2);
    expect(await exitOf('list --limit none')).toBe(2);
  });

  test('counts anew when something left the buffer', async () => {
    await rig.run('drop 1');
    await rig.run('list');
    expect(rig.told('item').map(({ number, id }) => [number, id])).toEqual(IDS.slice(1).map((id, at) => [at + 1, id]));
  });

  test('of an empty buffer says so', async () => {
    await rig.run('clear');
    rig.events.length = 0;
    await rig.run('list');
    expect(rig.events).toEqual([{ event: 'notice', text: 'the buffer is empty' }]);
  });

  test('takes no words', async () => {
    expect(await exitOf('list all')).toBe(2);
  });
});

describe('drop and clear', () => {
  test('drop takes numbers, ranges and ids', async () => {
    expect(await exitOf('drop 3-4 one')).toBe(0);
    expect(rig.buffered()).toEqual(['two', '1-2']);
    expect(rig.told('notice').at(-1)!.text).toMatch(/^2 items in the buffer \(\d/u);
  });

  test('drop of what is not there drops nothing', async () => {
    expect(await exitOf('drop 1 nothing')).toBe(2);
    expect(rig.buffered()).toEqual(IDS);
  });

  test('drop without a word asks for one', async () => {
    expect(await exitOf('drop')).toBe(2);
    expect(rig.buffered()).toEqual(IDS);
  });

  test('clear empties the buffer; a later save has nothing to save', async () => {
    expect(await exitOf('clear')).toBe(0);
    expect(rig.buffered()).toEqual([]);
    expect(await exitOf('save there')).toBe(2);
    expect(rig.told('error')).toMatchObject([{ code: 'E_NOTHING_FETCHED' }]);
  });

  test('what was dropped can be fetched again', async () => {
    await rig.run('clear');
    expect(await exitOf(`fetch ${task.id}`)).toBe(0);
    expect(
      rig
        .told('fetched')
        .slice(5)
        .every(({ already }) => !already),
    ).toBe(true);
    expect(rig.buffered()).toEqual(IDS);
  });
});
