import { chmodSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError } from '../../src/errors.js';
import { albumLayout } from '../support/album-layout.js';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';
import type { MemoryTask } from '../support/memory-service.js';
import { png } from '../support/pictures.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

const options = () => ({ memory: { layout: albumLayout().descriptor } });

let rig: ArchiveRig;
let task: MemoryTask;

beforeEach(async () => {
  rig = await openArchiveRig(options());
  task = rig.service.add({ count: 3 });
});
afterEach(() => rig.close());

const id = (number: number) => task.items[number - 1]!.id;
const pathOf = (number: number) => rig.path('pics', task.id, `${id(number)}.png`);
const bytesOf = (number: number) => Buffer.from(task.items[number - 1]!.bytes);
const exitOf = async (line: string) => (await rig.fresh(line)).exit;
/** What another program has left there. */
function leave(number: number, bytes: Uint8Array = bytesOf(number)): void {
  mkdirSync(dirname(pathOf(number)), { recursive: true });
  writeFileSync(pathOf(number), bytes);
}
const outcomes = () => rig.told('saved').map(({ id: of, outcome }) => `${of.slice(-1)} ${outcome}`);
/** The numbers of the items that were fetched. */
const fetched = () => rig.service.located.splice(0).map((of) => Number(of.slice(-1)));

describe('an archive that another program left half done', () => {
  test('is completed: whole files that are there are not fetched, and stay as they are', async () => {
    leave(1);
    leave(3);
    utimesSync(pathOf(1), 1_000_000, 1_000_000);
    expect(await exitOf(`fetch ${task.id} | save pics`)).toBe(0);
    expect(fetched()).toEqual([2]);
    expect(outcomes()).toEqual(['1 present', '2 created', '3 present']);
    for (const number of [1, 2, 3]) expect(readFileSync(pathOf(number))).toEqual(bytesOf(number));
    expect(rig.names(`pics/${task.id}`)).toEqual(
      [1, 2, 3]
        .flatMap((n) => [`${id(n)}.png`, `${id(n)}_metadata.json`])
        .concat('order.json')
        .sort(),
    );
    expect(rig.told('summary')).toMatchObject([{ done: 1, already: 2, failed: 0 }]);
  });

  test('is on record from then on: the second run reads none of the pictures', async () => {
    leave(1);
    await rig.run(`fetch ${task.id} | save pics`);
    const row = (await rig.rows({ item: id(1), role: 'media' }))[0]!;
    expect(row).toMatchObject({ name: `${task.id}/${id(1)}.png`, mediaType: 'image/png', size: bytesOf(1).length });
    expect(row).toMatchObject({ task: task.id, state: 'saved', sink: 'local-filesystem' });
    fetched();
    expect(await exitOf(`fetch ${task.id} | save pics`)).toBe(0);
    expect(fetched()).toEqual([]);
    expect(await exitOf('verify')).toBe(0);
  });

  test('and of which the record was lost is not fetched again either', async () => {
    await rig.run(`fetch ${task.id} | save pics`);
    await rig.loseCatalog();
    fetched();
    expect(await exitOf(`fetch ${task.id} | save pics`)).toBe(0);
    expect(fetched()).toEqual([]);
    expect(outcomes()).toEqual(['1 present', '2 present', '3 present']);
    expect(await rig.states({ role: 'media' })).toHaveLength(3);
  });

  test.each<[string, () => Uint8Array]>([
    ['half a picture', () => bytesOf(2).subarray(0, bytesOf(2).length >> 1)],
    ['nothing', () => Buffer.alloc(0)],
    ['a picture with broken bytes', () => bytesOf(2).fill(0, 40, 60)],
  ])('gets the picture where %s lies under its name, in its place', async (_name, bytes) => {
    leave(2, bytes());
    expect(await exitOf(`fetch ${task.id} | save pics`)).toBe(0);
    expect(fetched()).toEqual([1, 2, 3]);
    expect(readFileSync(pathOf(2))).toEqual(bytesOf(2));
    expect(rig.names(`pics/${task.id}`).filter((name) => name.endsWith('.png'))).toHaveLength(3);
  });

  test('gets the picture where one of another size lies under its name, when the service tells the size', async () => {
    task.items[1]!.facts = { size: bytesOf(2).length };
    leave(2, png(9, 9, 77));
    expect(await exitOf(`fetch ${task.id} | save pics`)).toBe(0);
    expect(fetched()).toEqual([1, 2, 3]);
    expect(readFileSync(pathOf(2))).toEqual(bytesOf(2));
  });

  test('keeps a whole picture of another size where the service tells none', async () => {
    leave(2, png(9, 9, 77));
    await rig.run(`fetch ${task.id} | save pics`);
    expect(fetched()).toEqual([1, 3]);
    expect(readFileSync(pathOf(2))).toEqual(png(9, 9, 77));
  });

  test('keeps what is no picture at all, and saves beside it', async () => {
    leave(2, Buffer.from('My notes, which have nothing to do with any of this.\n'.repeat(5)));
    expect(await exitOf(`fetch ${task.id} | save pics`)).toBe(0);
    expect(fetched()).toEqual([1, 2, 3]);
    expect(readFileSync(pathOf(2), 'utf8')).toMatch(/^My notes/u);
    expect(rig.names(`pics/${task.id}`)).toContain(`${id(2)}-2.png`);
  });

  test('is fetched as a whole with --again', async () => {
    leave(1);
    await rig.run(`fetch ${task.id} --again | save pics`);
    expect(fetched()).toEqual([1, 2, 3]);
  });

  test('is fetched as a whole by a layout that does not know names beforehand', async () => {
    writeFileSync(rig.path(`${id(1)}.png`), bytesOf(1));
    await rig.run(`fetch ${task.id} | save . --layout flat`);
    expect(fetched()).toEqual([1, 2, 3]);
    expect(outcomes()[0]).toBe('1 present');
  });

  test('has companions fetched: their names do not tell what they are', async () => {
    const edited = rig.service.add({ count: 1, companions: 1 });
    task = edited;
    leave(1);
    expect(await exitOf(`fetch ${edited.id} | save pics`)).toBe(0);
    expect(rig.service.located).toEqual([id(1), `${id(1)}-source0`]);
    expect(rig.names(`pics/${edited.id}`)).toContain(`${id(1)}-source0.png`);
  });

  const asRoot = process.getuid?.() === 0 ? test.skip : test;
  asRoot('and a file in it that may not be read ends nothing but itself', async () => {
    leave(2);
    chmodSync(pathOf(2), 0o000);
    expect(await exitOf(`fetch ${task.id} | save pics`)).toBe(1);
    expect(outcomes().map((line) => line.slice(0, 1))).toEqual(['1', '3']);
    expect(rig.told('failed')).toMatchObject([{ id: id(2), stage: 'save' }]);
  });
});

describe('what is on record', () => {
  test('with other bytes than lie under its name now is fetched, and what lies there is kept', async () => {
    await rig.run(`fetch ${task.id} | save pics`);
    writeFileSync(pathOf(2), png(9, 9, 77));
    fetched();
    expect(await exitOf(`fetch ${task.id} | save pics`)).toBe(0);
    expect(fetched()).toEqual([2]);
    expect(readFileSync(pathOf(2))).toEqual(png(9, 9, 77));
    expect(readFileSync(rig.path('pics', task.id, `${id(2)}-2.png`))).toEqual(bytesOf(2));
  });

  test('and was deleted by the person is not looked for', async () => {
    await rig.run(`fetch ${task.id} | save pics`);
    rig.remove('pics', task.id, `${id(2)}.png`);
    const rows = await rig.rows({ item: id(2) });
    await (await rig.session.catalog()).setState(
      rows.map((row) => row.id),
      'deleted',
      new Date(),
    );
    fetched();
    expect(await exitOf(`fetch ${task.id} | save pics`)).toBe(0);
    expect(fetched()).toEqual([]);
  });
});

describe('at a storage', () => {
  let memory: ShellRig;
  beforeEach(async () => {
    memory = await openShellRig({ ...options(), storage: { uniqueNames: false, reserves: true } });
  });
  afterEach(() => memory.close());

  test('that finds files by their keys, what is there is not fetched without a record', async () => {
    const other = memory.service.add({ count: 2 });
    await memory.run(`fetch ${other.id} | save there`);
    const before = memory.storage.names().sort();
    await (await memory.session.catalog()).forget({ source: 'memory' });
    const { memory: sink } = memory.storage;
    sink.files = sink.files.filter(({ name }) => !name.startsWith(other.items[1]!.id));
    memory.service.located.length = 0;
    expect((await memory.run(`fetch ${other.id} | save there`)).exit).toBe(0);
    expect(memory.service.located).toEqual([other.items[1]!.id]);
    expect(memory.storage.names().sort()).toEqual(before);
  });

  /** Looking at files fails so often, with this. */
  async function failToLook(times: number, error: AlbarettoError): Promise<void> {
    const sink = await memory.session.sink('storage');
    const open = sink.open.bind(sink);
    sink.open = async (destination, given) => {
      const store = await open(destination, given);
      const inspect = store.inspect!.bind(store);
      store.inspect = async (files, wishes) => {
        times -= 1;
        if (times >= 0) throw error;
        return inspect(files, wishes);
      };
      return store;
    };
  }

  test('that is out of reach for a moment, what is there is found by the next try', async () => {
    const other = memory.service.add({ count: 2 });
    await memory.run(`fetch ${other.id} | save there`);
    await failToLook(3, new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'not now', retryable: true }));
    memory.service.located.length = 0;
    expect((await memory.run(`fetch ${other.id} | save there`)).exit).toBe(0);
    expect(memory.service.located).toEqual([]);
  });

  test('that stays out of reach, nothing is fetched on the chance that it is missing', async () => {
    const other = memory.service.add({ count: 2 });
    await memory.run(`fetch ${other.id} | save there`);
    await failToLook(99, new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'not now', retryable: true }));
    memory.service.located.length = 0;
    expect((await memory.run(`fetch ${other.id} | save there`)).exit).toBe(5);
    expect(memory.service.located).toEqual([]);
  });

  test('where one file cannot be looked at, the others are found all the same', async () => {
    const other = memory.service.add({ count: 3 });
    await memory.run(`fetch ${other.id} | save there`);
    await (await memory.session.catalog()).forget({ source: 'memory' });
    const sink = await memory.session.sink('storage');
    const open = sink.open.bind(sink);
    sink.open = async (destination, given) => {
      const store = await open(destination, given);
      const folder = store.folder.bind(store);
      store.folder = async (name, more) => {
        const below = await folder(name, more);
        const read = below.read!.bind(below);
        below.read = async (file, wishes) => {
          if (file.name.startsWith(other.items[1]!.id)) {
            throw new AlbarettoError({ code: 'E_DESTINATION', message: 'it may not be looked at' });
          }
          return read(file, wishes);
        };
        return below;
      };
      return store;
    };
    memory.service.located.length = 0;
    await memory.run(`fetch ${other.id} | save there --no-metadata`);
    expect(memory.service.located).toEqual([other.items[1]!.id]);
    expect(memory.told('saved').slice(3)).toHaveLength(3);
  });
});
