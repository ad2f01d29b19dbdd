import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CATALOG_NAME, type SavedFile } from '../../src/archive/catalog/catalog.js';
import { readSidecar } from '../../src/archive/sidecar.js';
import { AlbarettoError } from '../../src/errors.js';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';
import type { MemoryTask } from '../support/memory-service.js';

let rig: ArchiveRig;
let task: MemoryTask;

beforeEach(async () => {
  rig = await openArchiveRig();
  task = rig.service.add({ count: 2, prompt: 'a red robot', companions: 1 });
  await rig.run(`fetch ${task.id} | save pics`);
});
afterEach(() => rig.close());

const picture = (number: number) => `${task.id}.item${number}.png`;
const record = (number: number) => `${task.id}.item${number}.json`;
const exitOf = async (line: string) => (await rig.fresh(line)).exit;
/** Items, files, missing, damaged, unknown. */
const counts = () =>
  rig.told('adopted').map(({ items, files, missing, damaged, unknown }) => [items, files, missing, damaged, unknown]);
const notices = () => rig.told('notice').map(({ text }) => text);

/** What a row says of its file, without when and by which run that came to be known. */
function factsOf({ id: _id, run: _run, savedAt: _saved, checkedAt: _checked, ...facts }: SavedFile) {
  return facts;
}

const byName = (rows: readonly SavedFile[]) => rows.map(factsOf).sort((one, other) => (one.name < other.name ? -1 : 1));

describe('adopt after a lost catalog', () => {
  test('records what the lost one did, but for the runs', async () => {
    const before = await rig.rows();
    await rig.loseCatalog();
    expect(await rig.rows()).toEqual([]);
    expect(await exitOf('adopt pics')).toBe(0);
    expect(counts()).toEqual([[2, 6, 0, 0, 0]]);
    expect(byName(await rig.rows())).toEqual(byName(before));
  });

  test('fetches nothing again', async () => {
    await rig.loseCatalog();
    await rig.run('adopt pics');
    rig.service.located.length = 0;
    expect(await exitOf(`fetch ${task.id} | save pics`)).toBe(0);
    expect(rig.service.located).toEqual([]);
  });

  test('twice records nothing twice, and changes nothing', async () => {
    await rig.loseCatalog();
    await rig.run('adopt pics');
    const before = await rig.rows();
    await rig.clock.advance(60_000);
    expect(await exitOf('adopt pics')).toBe(0);
    expect(await rig.rows()).toEqual(before);
    expect(counts()).toEqual([[2, 6, 0, 0, 0]]);
  });

  test('records what is damaged and what is missing as that, so that repair finds it', async () => {
    await rig.loseCatalog();
    rig.damage('pics', picture(1));
    rig.remove('pics', picture(2));
    expect(await exitOf('adopt pics')).toBe(0);
    expect(counts()).toEqual([[2, 6, 1, 1, 0]]);
    expect(rig.told('checked').map(({ id, name, state }) => [id, name, state])).toEqual([
      [task.items[0]!.id, picture(1), 'damaged'],
      [task.items[1]!.id, picture(2), 'missing'],
    ]);
    expect((await rig.states()).filter((text) => !text.endsWith(' saved'))).toEqual([
      `${picture(1)} damaged`,
      `${picture(2)} missing`,
    ]);
    expect(await exitOf('adopt pics')).toBe(0);
    expect(await exitOf('repair pics')).toBe(0);
    expect(await exitOf('verify')).toBe(0);
    expect(rig.names('pics')).toHaveLength(6);
  });

  test('knows what history asks for', async () => {
    await rig.loseCatalog();
    await rig.run('adopt pics');
    await exitOf('history red robot');
    expect(rig.told('record')).toMatchObject([
      { prompt: 'a red robot', createdAt: new Date(task.created * 1000).toISOString(), task: task.id },
      { prompt: 'a red robot' },
    ]);
    const now = rig.clock.now();
    for (const { savedAt } of rig.told('record')) expect(Date.parse(savedAt)).toBeLessThanOrEqual(now);
  });

  test('sets a damaged catalog aside and begins a new one', async () => {
    await rig.nextSession();
    const path = join(rig.folder, CATALOG_NAME);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0x55, 100, bytes.length));
    expect(await exitOf('history')).toBe(2);
    expect(await exitOf('adopt pics')).toBe(0);
    expect(rig.told('warning')).toMatchObject([{ text: expect.stringContaining('damaged') }]);
    expect(await exitOf('verify')).toBe(0);
    expect(rig.told('verified')).toMatchObject([{ files: 6 }]);
  });

  test('--dry-run says what is there, and records nothing', async () => {
    await rig.loseCatalog();
    expect(await exitOf('adopt pics --dry-run')).toBe(0);
    expect(rig.told('adopted')).toMatchObject([{ dryRun: true }]);
    expect(counts()).toEqual([[2, 6, 0, 0, 0]]);
    expect(await rig.rows()).toEqual([]);
  });
});

describe('adopt --dry-run', () => {
  test('leaves a damaged catalog where it is', async () => {
    await rig.nextSession();
    const path = join(rig.folder, CATALOG_NAME);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0x55, 100, bytes.length));
    expect(await exitOf('adopt pics --dry-run')).toBe(2);
    expect(readFileSync(path)).toEqual(bytes);
  });
});

describe('adopt of a moved folder', () => {
  test('records the new place, and says what the old one has no more', async () => {
    renameSync(rig.path('pics'), rig.path('moved'));
    expect(await exitOf('adopt moved')).toBe(0);
    expect(notices()).toEqual([
      `6 files are on the record in ${rig.path('pics')} too, and not there any more: 'forget --destination ${rig.path('pics')}' takes them off`,
    ]);
    expect(await exitOf('verify moved')).toBe(0);
    expect(await exitOf('verify pics')).toBe(1);
    expect(await exitOf('forget --destination pics')).toBe(0);
    expect(await exitOf('verify')).toBe(0);
    expect(rig.told('verified')).toMatchObject([{ files: 6 }]);
    expect(await exitOf('adopt moved')).toBe(0);
    expect(notices()).toEqual([]);
  });

  test('of which a copy stayed says nothing of the old place', async () => {
    mkdirSync(rig.path('copy'));
    for (const name of rig.names('pics')) writeFileSync(rig.path('copy', name), readFileSync(rig.path('pics', name)));
    expect(await exitOf('adopt copy')).toBe(0);
    expect(notices()).toEqual([]);
    expect(await rig.rows()).toHaveLength(12);
  });
});

describe('adopt of an archive in folders', () => {
  const line = (folder: string) => `fetch ${task.id} | save ${folder} --layout by-task`;
  beforeEach(async () => {
    await rig.run('forget --destination pics');
    await rig.run(line('tree'));
    rig.service.located.length = 0;
  });

  test.each([
    ['the whole of it', () => 'tree'],
    ['a folder in it', () => `tree/${task.id}`],
  ])('that is on record records nothing twice, %s', async (_what, folder) => {
    const before = await rig.rows();
    rig.damage('tree', task.id, picture(1));
    expect(await exitOf(`adopt ${folder()}`)).toBe(0);
    expect(counts()).toEqual([[2, 6, 0, 1, 0]]);
    expect(await rig.rows()).toHaveLength(before.length);
    expect(await rig.states({ state: 'damaged' })).toEqual([`${task.id}/${picture(1)} damaged`]);
  });

  test('that was moved is known to whoever saves to its new place', async () => {
    const before = await rig.rows();
    renameSync(rig.path('tree'), rig.path('moved'));
    expect(await exitOf('adopt moved')).toBe(0);
    await rig.run('forget --destination tree');
    expect((await rig.rows()).map(({ name }) => name).sort()).toEqual(before.map(({ name }) => name).sort());
    expect(await exitOf(line('moved'))).toBe(0);
    expect(rig.service.located).toEqual([]);
    rig.remove('moved', task.id, picture(2));
    expect(await exitOf('repair moved')).toBe(0);
    expect(rig.names(`moved/${task.id}`)).toHaveLength(6);
  });
});

describe('adopt of a folder above the one that is saved to', () => {
  test('is known there too', async () => {
    await rig.run(`fetch ${task.id} | save pics --new robots`);
    renameSync(rig.path('pics'), rig.path('moved'));
    expect(await exitOf('adopt moved')).toBe(0);
    rig.service.located.length = 0;
    for (const folder of ['moved', 'moved/robots']) expect(await exitOf(`fetch ${task.id} | save ${folder}`)).toBe(0);
    expect(rig.service.located).toEqual([]);
    const own = await rig.rows({ item: task.items[0]!.id, role: 'media' });
    expect(new Set(own.map(({ location }) => location))).toEqual(
      new Set(['moved', 'moved/robots', 'pics', 'pics/robots'].map((folder) => rig.path(folder, picture(1)))),
    );
    expect(own).toHaveLength(4);
    rig.remove('moved', 'robots', picture(1));
    await exitOf(`fetch ${task.id} | save moved/robots`);
    expect(rig.told('fetched').map(({ id }) => id)).toEqual([task.items[0]!.id]);
    await rig.loseCatalog();
    await rig.run('adopt moved/robots');
    await exitOf(`fetch ${task.id} | save moved`);
    expect(rig.told('fetched')).toHaveLength(2);
  });
});

describe('adopt of a tree', () => {
  test('records what lies below at the folder that is adopted, and follows no link', async () => {
    await rig.run(`fetch ${task.id} | save pics --new 'deep folder'`);
    await rig.run(`fetch ${task.id} | save outside`);
    symlinkSync(rig.path('outside'), rig.path('pics', 'linked'));
    symlinkSync(rig.path('pics'), rig.path('pics', 'deep folder', 'loop'));
    await rig.loseCatalog();
    expect(await exitOf('adopt pics')).toBe(0);
    expect(counts()).toEqual([[4, 12, 0, 0, 0]]);
    const rows = await rig.rows();
    expect(new Set(rows.map(({ destination }) => destination))).toEqual(new Set([rig.path('pics')]));
    expect(rows.map(({ name }) => name)).toContain(`deep folder/${picture(1)}`);
    for (const { name, location } of rows) expect(location).toBe(rig.path('pics', name));
    expect(await exitOf('verify pics')).toBe(0);
  });

  test('leaves what is on record at a folder of its own there', async () => {
    await rig.run(`fetch ${task.id} | save pics --new 'deep folder'`);
    const before = await rig.rows();
    expect(await exitOf('adopt pics')).toBe(0);
    expect(counts()).toEqual([[4, 12, 0, 0, 0]]);
    expect(await rig.rows()).toEqual(before);
  });

  test('tells the files without a sidecar, up to a screenful, and leaves them', async () => {
    mkdirSync(rig.path('pics', 'own'));
    for (let index = 0; index < 30; index += 1) writeFileSync(rig.path('pics', 'own', `${index}.txt`), 'x');
    writeFileSync(rig.path('pics', 'settings.json'), '{"source":"dalle2","id":"x","file":"x","sha256":"y"}');
    writeFileSync(rig.path('pics', '.hidden'), 'x');
    expect(await exitOf('adopt pics')).toBe(0);
    expect(counts()).toEqual([[2, 6, 0, 0, 31]]);
    expect(notices()).toHaveLength(20);
    expect(notices()[0]).toBe(`left alone, without a sidecar: ${rig.path('pics', 'settings.json')}`);
    expect(rig.names(join('pics', 'own'))).toHaveLength(30);
  });

  test('says so where nothing has a sidecar', async () => {
    await rig.run(`fetch ${task.id} | save plain --no-metadata`);
    expect(await exitOf('adopt plain')).toBe(0);
    expect(counts()).toEqual([[0, 0, 0, 0, 4]]);
    expect(rig.complaints()).toEqual([expect.stringContaining('nothing is recorded')]);
    await exitOf('adopt pics');
    expect(rig.complaints()).toEqual([]);
  });

  test('leaves what the person deleted and what is gone as it was', async () => {
    rig.remove('pics', picture(1));
    const [row] = await rig.rows({ item: task.items[0]!.id, role: 'media' });
    await (await rig.session.catalog()).setState([row!.id], 'gone', new Date(0));
    await rig.run(`forget ${task.items[1]!.id} --deleted`);
    expect(await exitOf('adopt pics')).toBe(0);
    expect(await rig.states({ role: 'media' })).toEqual([`${picture(1)} gone`, `${picture(2)} deleted`]);
    writeFileSync(rig.path('pics', picture(1)), task.items[0]!.bytes);
    expect(await exitOf('adopt pics')).toBe(0);
    expect(await rig.states({ role: 'media' })).toEqual([`${picture(1)} saved`, `${picture(2)} deleted`]);
  });

  // The superuser reads everything.
  const asRoot = process.getuid?.() === 0 ? test.skip : test;
  asRoot('tells a picture that may not be read, and records all others', async () => {
    await rig.loseCatalog();
    chmodSync(rig.path('pics', picture(1)), 0);
    expect(await exitOf('adopt pics')).toBe(1);
    expect(counts()).toEqual([[1, 3, 0, 0, 0]]);
    expect(rig.told('failed')).toMatchObject([{ stage: 'verify', id: task.items[0]!.id, code: 'E_DESTINATION' }]);
    expect(new Set((await rig.rows()).map(({ item }) => item))).toEqual(new Set([task.items[1]!.id]));
  });

  test('tells a picture that its storage refuses, and records all others', async () => {
    await rig.loseCatalog();
    const sink = await rig.session.sink('local-filesystem');
    const open = sink.open.bind(sink);
    sink.open = async (destination, given) => {
      const store = await open(destination, given);
      const inspect = store.inspect!.bind(store);
      store.inspect = async (files, options) => {
        if (files.some(({ name }) => name === picture(2))) {
          throw new AlbarettoError({ code: 'E_DESTINATION', message: 'permission denied' });
        }
        return inspect(files, options);
      };
      return store;
    };
    expect(await exitOf('adopt pics')).toBe(1);
    expect(counts()).toEqual([[1, 3, 0, 0, 0]]);
    expect(rig.told('failed')).toMatchObject([{ id: task.items[1]!.id, message: 'permission denied' }]);
  });

  test.each(['adopt', 'adopt pics more'])('%s is a usage error', async (line) => {
    expect(await exitOf(line)).toBe(2);
  });

  test('of a folder that is not there, or of a file, is refused', async () => {
    expect(await exitOf('adopt nowhere')).toBe(6);
    expect(await exitOf(`adopt pics/${picture(1)}`)).toBe(6);
  });

  test('stops when it is interrupted', async () => {
    const controller = new AbortController();
    controller.abort();
    expect((await rig.run('adopt pics', controller.signal)).exit).toBe(130);
  });

  test('passes over a folder that has a sidecar’s name', async () => {
    rmSync(rig.path('pics', record(1)));
    mkdirSync(rig.path('pics', record(1)));
    expect(await exitOf('adopt pics')).toBe(0);
    expect(counts()).toEqual([[1, 3, 0, 0, 2]]);
  });

  test('goes so deep and no deeper, and says so', async () => {
    const steps = Array.from({ length: 70 }, () => 'x');
    mkdirSync(rig.path('pics', ...steps), { recursive: true });
    writeFileSync(rig.path('pics', ...steps, 'a.png'), 'x');
    expect(await exitOf('adopt pics')).toBe(1);
    expect(counts()).toEqual([[2, 6, 0, 0, 0]]);
    expect(rig.complaints()).toEqual([expect.stringContaining('more than 64 folders deep')]);
  });
});

describe('a sidecar', () => {
  const good = {
    albaretto: 1,
    source: 'dalle2',
    task: 'task-1',
    id: 'generation-1',
    index: 2,
    prompt: 'a robot',
    file: 'generation-1.webp',
    size: 10,
    sha256: 'A'.repeat(64),
    mediaType: 'image/webp',
  };
  const read = (changes: Record<string, unknown>) => readSidecar(JSON.stringify({ ...good, ...changes }));

  test('is read with its companions', () => {
    const companion = { role: 'mask', file: 'mask.png', size: 5, sha256: 'b'.repeat(64), mediaType: 'image/png' };
    const createdAt = '2022-10-01T00:00:00.000Z';
    expect(read({ createdAt, companions: [companion, 'nonsense', { ...companion, size: -1 }] })).toEqual({
      source: 'dalle2',
      task: 'task-1',
      id: 'generation-1',
      index: 2,
      title: undefined,
      prompt: 'a robot',
      createdAt: new Date(createdAt),
      files: [
        { role: 'media', name: 'generation-1.webp', size: 10, sha256: 'a'.repeat(64), mediaType: 'image/webp' },
        { role: 'companion', name: 'mask.png', size: 5, sha256: 'b'.repeat(64), mediaType: 'image/png' },
      ],
    });
  });

  test('of a newer program is read as far as it is the same', () => {
    expect(read({ albaretto: 7, somethingNew: {} })).toMatchObject({ id: 'generation-1' });
    expect(read({ createdAt: 'soon', mediaType: 3, title: 4 })).toMatchObject({ createdAt: undefined });
  });

  test.each([
    [{ albaretto: 0 }],
    [{ albaretto: 'one' }],
    [{ source: '' }],
    [{ task: undefined }],
    [{ id: 7 }],
    [{ index: 1.5 }],
    [{ size: -1 }],
    [{ size: '10' }],
    [{ sha256: 'a'.repeat(63) }],
    [{ file: '../generation-1.webp' }],
    [{ file: '/etc/passwd' }],
    [{ file: '..' }],
    [{ file: 'a\\b' }],
    [{ file: 'a\0b' }],
    [{ file: 'x'.repeat(256) }],
  ])('with %p is none', (changes) => {
    expect(read(changes)).toBeUndefined();
  });

  test.each(['', 'null', '[]', '7', '{', `${'['.repeat(100_000)}`])('is not %#', (text) => {
    expect(readSidecar(text)).toBeUndefined();
  });
});
