import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Document, fromService } from '../../src/plugin.js';
import { closedAfterEach } from '../support/after-each.js';
import { type AlbumLayout, albumLayout } from '../support/album-layout.js';
import type { MemoryTask } from '../support/memory-service.js';
import { openShellRig, type ShellRig, type ShellRigOptions } from '../support/shell-rig.js';

let rig: ShellRig;
let album: AlbumLayout;

const open = closedAfterEach(openShellRig, (other) => other.close());

/** A source with a layout of its own. */
async function openAlbum(options: ShellRigOptions = {}): Promise<void> {
  album = albumLayout();
  rig = await open({ memory: { layout: album.descriptor }, ...options });
}

beforeEach(async () => {
  rig = await open();
});

const exitOf = async (line: string) => (await rig.run(line)).exit;
const id = (task: MemoryTask, number: number) => task.items[number - 1]!.id;
const tree = () => rig.storage.names().sort();
const MODEL: Document = { kind: 'model', id: 'sd', json: '{"name":"sd"}' };
const titled = { facts: { title: fromService('Robots') } };
/** What was done since it was asked last. */
const work = () => {
  const { read, put } = rig.storage;
  return { read: read.splice(0), put: put.splice(0), located: rig.service.located.splice(0) };
};
const NO_WORK = { read: [], put: [], located: [] };

describe('save --layout', () => {
  test('flat is what is used without it, where the source has none of its own', async () => {
    const task = rig.service.add({ count: 1 });
    await rig.run(`fetch ${task.id} | save there`);
    const flat = tree();
    expect(flat).toEqual([`${id(task, 1)}.json`, `${id(task, 1)}.png`]);
    rig.storage.memory.files = [];
    await rig.run(`fetch ${task.id} | save there --layout flat`);
    expect(tree()).toEqual(flat);
  });

  test('by-task makes a folder a task, once, and uses it again', async () => {
    const [one, other] = [rig.service.add({ count: 2 }), rig.service.add({ count: 1 })];
    expect(await exitOf(`fetch ${one.id} ${other.id} | save there --layout by-task`)).toBe(0);
    expect(tree()).toEqual(
      [1, 2]
        .flatMap((n) => ['json', 'png'].map((end) => `${one.id}/${id(one, n)}.${end}`))
        .concat(['json', 'png'].map((end) => `${other.id}/${id(other, 1)}.${end}`)),
    );
    expect(rig.storage.folders).toEqual([one.id, other.id]);
    expect(rig.told('saved')[0]).toMatchObject({ name: `${one.id}/${id(one, 1)}.png`, destination: 'there' });
    expect(rig.storage.openStores).toBe(0);
  });

  test('by a template names files by the facts of the items', async () => {
    const task = rig.service.add({ count: 2, ...titled });
    await rig.run(`fetch ${task.id} | save there --layout '{source}/{title}/{index:03}-{id}.{ext}'`);
    expect(rig.storage.media()).toEqual([
      `memory/Robots/001-${id(task, 1)}.png`,
      `memory/Robots/002-${id(task, 2)}.png`,
    ]);
  });

  test("takes the task's title also for what was chosen with -g, and from the buffer", async () => {
    const task = rig.service.add({ count: 2, ...titled });
    await rig.run(`fetch ${task.id} -g 2 | save there --layout '{title}/{index}'`);
    expect(rig.storage.media()).toEqual(['Robots/2.png']);
    await rig.run(`fetch ${task.id} -g 1`);
    await rig.run(`save there --layout '{title}/{index}'`);
    expect(rig.storage.media()).toEqual(['Robots/2.png', 'Robots/1.png']);
  });

  test('stands on argv as the default of every save', async () => {
    rig = await open({ defaults: { layout: 'by-task' } });
    const task = rig.service.add({ count: 1 });
    await rig.run(`fetch ${task.id} | save there`);
    expect(rig.storage.media()).toEqual([`${task.id}/${id(task, 1)}.png`]);
  });

  test.each(['nowhere', "'{colour}'", "'../{id}'", "''"])(
    '%s is a usage error before anything is fetched',
    async (layout) => {
      const task = rig.service.add({ count: 1 });
      expect(await exitOf(`fetch ${task.id} | save there --layout ${layout}`)).toBe(2);
      expect([rig.service.requests(), rig.storage.opened]).toEqual([0, []]);
    },
  );

  test('says in a dry run what the files would be called', async () => {
    const task = rig.service.add({ count: 2, ...titled });
    await rig.run(`fetch ${task.id} --dry-run | save there --layout '{title}.{ext}'`);
    await rig.run(`fetch ${task.id}`);
    await rig.run(`save there --dry-run --layout '{title}.{ext}'`);
    const names = ['Robots.png', `Robots-${id(task, 2)}.png`];
    expect(rig.told('would-save').map(({ name }) => name)).toEqual([...names, ...names]);
    expect(rig.storage.names()).toEqual([]);
  });

  test('is part of what a run is: by another one the same items are another job', async () => {
    const task = rig.service.add({ count: 1 });
    await rig.run(`fetch ${task.id} | save there`);
    await rig.run(`fetch ${task.id} | save there --layout by-task`);
    const jobs = (await (await rig.session.catalog()).runs()).map(({ job, layout }) => ({ job, layout }));
    expect(jobs.map(({ layout }) => layout)).toEqual(['by-task', undefined]);
    expect(new Set(jobs.map(({ job }) => job)).size).toBe(2);
  });
});

describe.each([
  ['a storage where a name is one file', { uniqueNames: true, reserves: false }],
  ['a storage that numbers its files, as Google Drive does', { uniqueNames: false, reserves: true }],
])('on %s', (_name, storage) => {
  test('items of one name are distinct files, each with its record, and the same ones when it is run again', async () => {
    rig = await open({ storage });
    const task = rig.service.add({ count: 3, ...titled });
    const line = `fetch ${task.id} | save there --layout '{title}.{ext}'`;
    await rig.run(line);
    const names = ['Robots', `Robots-${id(task, 2)}`, `Robots-${id(task, 3)}`];
    expect(tree()).toEqual(names.flatMap((name) => [`${name}.json`, `${name}.png`]).sort());
    for (const name of names) expect(JSON.parse(rig.storage.text(`${name}.json`)!).file).toBe(`${name}.png`);
    const before = tree();
    await rig.run(line);
    await rig.run(line.replace(' | ', ' --again | '));
    expect(tree()).toEqual(before);
  });

  test('--overwrite replaces what was there before, and no item of the same run', async () => {
    rig = await open({ storage });
    const task = rig.service.add({ count: 3, ...titled });
    await rig.run(`fetch ${task.id} | save there --overwrite --layout '{title}.{ext}'`);
    const bytes = new Set(rig.storage.memory.files.filter(({ name }) => name.endsWith('.png')).map((file) => file.key));
    expect([rig.storage.media().length, bytes.size]).toEqual([3, 3]);
  });

  test("a source's own layout gives the same tree, documents included", async () => {
    await openAlbum({ storage });
    const task = rig.service.add({ count: 2, itemFacts: () => ({ documents: [MODEL] }) });
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(0);
    expect(tree()).toEqual([
      'models/sd.json',
      `${task.id}/order.json`,
      `${task.id}/${id(task, 1)}.png`,
      `${task.id}/${id(task, 1)}_metadata.json`,
      `${task.id}/${id(task, 2)}.png`,
      `${task.id}/${id(task, 2)}_metadata.json`,
    ]);
    expect(rig.storage.text(`${task.id}/order.json`)).toBe(JSON.stringify([id(task, 1), id(task, 2)]));
    expect(rig.storage.folders.sort()).toEqual(['models', task.id].sort());
  });

  test('the same again does nothing twice: no fetch, no reading, no writing', async () => {
    await openAlbum({ storage });
    const task = rig.service.add({ count: 3, itemFacts: () => ({ documents: [MODEL] }) });
    await rig.run(`fetch ${task.id} | save there`);
    const before = tree();
    work();
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(0);
    expect(work()).toEqual(NO_WORK);
    expect(tree()).toEqual(before);
    expect(rig.told('saved').slice(3)).toMatchObject(Array(3).fill({ outcome: 'present' }));
  });

  test('a document that changed is updated and not doubled, and nothing is fetched for it', async () => {
    await openAlbum({ storage });
    const task = rig.service.add({ count: 2, itemFacts: () => ({ documents: [MODEL] }) });
    await rig.run(`fetch ${task.id} | save there`);
    const before = tree();
    work();
    for (const item of task.items) {
      const generation = { prompt: fromService('in other words') };
      item.facts = { generation, documents: [{ ...MODEL, json: '{"name":"sd","version":2}' }] };
    }
    expect(await exitOf(`fetch ${task.id} | save there`)).toBe(0);
    expect(tree()).toEqual(before);
    expect(rig.storage.text('models/sd.json')).toBe('{"name":"sd","version":2}');
    expect(JSON.parse(rig.storage.text(`${task.id}/${id(task, 1)}_metadata.json`)!).prompt).toBe('in other words');
    const { located, put } = work();
    expect(located).toEqual([]);
    expect(put.sort()).toEqual(before.filter((name) => /_metadata|models/u.test(name)));
    await rig.run(`fetch ${task.id} | save there`);
    expect(work()).toEqual(NO_WORK);
  });

  test('so it is with records that several items share, beside pictures in folders a task', async () => {
    rig = await open({ storage });
    const task = rig.service.add({ count: 2, itemFacts: () => ({ documents: [MODEL] }) });
    const line = `fetch ${task.id} | save there --layout by-task`;
    await rig.run(line);
    const before = tree();
    expect(before).toContain(`${task.id}/sd_model.json`);
    work();
    for (const item of task.items) item.facts = { documents: [{ ...MODEL, json: '{"name":"sd2"}' }] };
    await rig.run(line);
    expect(tree()).toEqual(before);
    expect(rig.storage.text(`${task.id}/sd_model.json`)).toBe('{"name":"sd2"}\n');
    expect(work()).toMatchObject({ put: [`${task.id}/sd_model.json`], located: [] });
  });

  test('a document that is missing is written again, and nothing is fetched for it', async () => {
    await openAlbum({ storage });
    const task = rig.service.add({ count: 2, itemFacts: () => ({ documents: [MODEL] }) });
    await rig.run(`fetch ${task.id} | save there`);
    const before = tree();
    const { memory } = rig.storage;
    for (const lost of ['sd.json', 'order.json', `${id(task, 2)}_metadata.json`]) {
      memory.files = memory.files.filter(({ name }) => name !== lost);
      work();
      expect(await exitOf(`fetch ${task.id} | save there`)).toBe(0);
      expect(tree()).toEqual(before);
      expect(work().located).toEqual([]);
    }
  });
});
