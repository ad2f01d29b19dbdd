import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { recordOf } from '../../../src/archive/record.js';
import { fromService, type Item } from '../../../src/plugin.js';
import { parseLossless } from '../../../src/raw.js';
import { bytesInMemory } from '../../../src/transfer/bytes.js';
import { type ArchiveRig, openArchiveRig } from '../../support/archive-rig.js';
import { sha256 } from '../../support/digests.js';
import { png } from '../../support/pictures.js';
import { type FolderRig, type ListedTask, openFolderRig } from './folder-rig.js';

let rig: FolderRig;
beforeEach(() => {
  rig = openFolderRig();
});
afterEach(() => rig.close());

/** An item with everything that an item may have. */
const whole: Item = {
  source: 'dalle2',
  taskId: 'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
  id: 'generation-ZJQ3vCqpLDxCu56ULN79OUs9',
  index: 3,
  title: fromService('Robots, “no. 3”'),
  taskTitle: fromService('Rain, and\tother weather'),
  mediaType: 'image/webp',
  generation: {
    prompt: fromService('a tin robot\nin the rain'),
    negativePrompt: fromService('blurry'),
    model: fromService('dall-e 2'),
    seed: '18446744073709551615',
    kind: fromService('text2im'),
    parent: 'generation-parent',
    width: 1024,
    height: 768,
    steps: 28,
    sampler: fromService('dpmpp_2m'),
    guidance: 7.25,
    durationMs: 12_345.5,
    cost: '0.04 USD',
  },
  createdAt: new Date('2022-09-28T12:00:00.123Z'),
  raw: {
    json: '{"seed":18446744073709551615,"scale":7.0,"tiny":-1e-999,"link":"https://x.invalid/a?…","list":[{"u":"http://y.invalid/?…"}],"id":"\\u001b\\ud83d\\ude00"}',
    redacted: ['link', 'list[0].u'],
  },
};

/** Writes an item as `save` does. */
function save(
  folder: string,
  item: Item,
  bytes: Uint8Array,
  name = `${item.id}.webp`,
  parts: readonly Uint8Array[] = [],
) {
  const companions = parts.map((part, position) => ({
    companion: item.companions![position]!,
    bytes: bytesInMemory(part),
    mediaType: 'image/png',
  }));
  const names = companions.map(({ companion }) => `${companion.id}.png`);
  rig.write(`${folder}/${name}`, bytes);
  for (const [position, part] of parts.entries()) rig.write(`${folder}/${names[position]}`, part);
  const fetched = { item, bytes: bytesInMemory(bytes), mediaType: 'image/webp', companions };
  rig.write(`${folder}/${name.replace(/\.\w+$/u, '.json')}`, recordOf(fetched, { media: name, companions: names }));
}

describe('an item with a record of this program', () => {
  test('is the original one, field by field', async () => {
    const bytes = png(8, 8, 1);
    save('pics', whole, bytes);
    const [{ task, items }] = (await rig.list('./pics')) as readonly [ListedTask];
    expect([task.source, task.id]).toEqual(['dalle2', whole.taskId]);
    const { raw, ...facts } = items[0]!;
    const { raw: original, ...expected } = whole;
    expect(facts).toEqual({
      ...expected,
      size: bytes.length,
      digests: [{ algorithm: 'sha256', hex: sha256(bytes) }],
    });
    expect(raw.redacted).toEqual(original.redacted);
    expect(parseLossless(raw.json)).toEqual(parseLossless(original.json));
    for (const number of ['18446744073709551615', ':7.0', ':-1e-999']) expect(raw.json).toContain(number);
    expect(await rig.read(items[0]!)).toEqual(Buffer.from(bytes));
  });

  test('has no fact of its record that is none', async () => {
    const bytes = png(8, 8, 1);
    const known = { file: 'x.png', size: bytes.length, sha256: sha256(bytes), raw: {}, prompt: 'a kite' };
    const odd = { steps: -1, sampler: 7, guidance: '7', durationMs: -5, cost: '', taskTitle: ['x'], width: 1.5 };
    rig.write('a/x.png', bytes);
    rig.record('a/x.json', { albaretto: 1, source: 'dalle2', task: 't', id: 'x', ...known, ...odd });
    const [item] = await rig.items('./a');
    expect(item!.generation).toEqual({ prompt: 'a kite' });
    expect(item).not.toHaveProperty('taskTitle');
  });

  test('has its companions, found by their files and compared with their digests', async () => {
    const companions = [
      { id: 'prompt-1-source', role: 'source', taskId: whole.taskId },
      { id: 'prompt-1-mask', role: 'mask', taskId: whole.taskId },
    ];
    const parts = [png(8, 8, 2), png(8, 8, 3)];
    save('pics', { ...whole, companions }, png(8, 8, 1), undefined, parts);
    const items = await rig.items('./pics');
    expect(items).toHaveLength(1);
    expect(items[0]!.companions).toEqual(companions);
    for (const [position, companion] of items[0]!.companions!.entries())
      expect(await rig.read(companion)).toEqual(Buffer.from(parts[position]!));
    rig.write('pics/prompt-1-mask.png', png(8, 8, 4));
    await expect(rig.read(items[0]!.companions![1]!)).rejects.toMatchObject({ code: 'E_DIGEST' });
    // By its ids alone, as whoever wrote them down would ask.
    expect(await rig.read({ ...companions[0]! })).toEqual(Buffer.from(parts[0]!));
  });

  test('has the documents beside it that are its task’s or that its own record names', async () => {
    save('pics', { ...whole, raw: { json: '{"made":{"by":["model-1"]},"id":"x"}', redacted: [] } }, png(8, 8, 1));
    save('pics', { ...whole, id: 'other', index: 4, raw: { json: '{}', redacted: [] } }, png(8, 8, 2));
    rig.write(`pics/${whole.taskId}_album.json`, '{"views": 18446744073709551615}\n');
    rig.write('pics/model-1_model.json', '{"size":7.0,"link":"https://x.invalid/m?sig=1"}\n');
    rig.write('pics/model-2_model.json', '{}\n');
    rig.write(`pics/${whole.id}_model.json`, '{}\n');
    const items = await rig.items('./pics');
    const album = { kind: 'album', id: whole.taskId, json: '{"views":18446744073709551615}' };
    const model = { kind: 'model', id: 'model-1', json: '{"size":7.0,"link":"https://x.invalid/m?…"}' };
    expect(items.map(({ documents }) => documents)).toEqual([[album, model], [album]]);
    expect(items[0]!.documents![0]).toBe(items[1]!.documents![0]);
  });

  test('keeps its id beside a second one of other bytes, which is called by its file', async () => {
    save('pics', whole, png(8, 8, 1));
    save('pics', whole, png(8, 8, 2), `${whole.id}-2.webp`);
    const items = await rig.items('./pics');
    expect(items.map(({ id, source }) => [source, id])).toEqual([
      ['dalle2', whole.id],
      ['dalle2', `${whole.id}-2`],
    ]);
    expect(await rig.read(items[0]!)).toEqual(Buffer.from(png(8, 8, 1)));
    expect(await rig.read(items[1]!)).toEqual(Buffer.from(png(8, 8, 2)));
  });

  test('is listed though its file is not there, so that its loss is told', async () => {
    save('pics', whole, png(8, 8, 1));
    rmSync(rig.path('pics', `${whole.id}.webp`));
    const items = await rig.items('./pics');
    await expect(rig.read(items[0]!)).rejects.toMatchObject({ code: 'E_NOT_FOUND', plugin: 'local-filesystem' });
  });

  test('stands in the order of its number within its task; tasks come one behind the other', async () => {
    const item = (taskId: string, id: string, index: number) =>
      save('pics', { ...whole, taskId, id, index }, png(8, 8, index));
    item('task-10', 'a', 2);
    item('task-10', 'b', 1);
    item('task-9', 'c', 10);
    item('task-9', 'd', 9);
    rig.write('pics/plain.png', png(8, 8, 1));
    expect(await rig.ids('./pics')).toEqual(['pics: d c b a plain']);
  });

  test('does not hold what somebody has put into its record since: signed links, hidden files, ways out', async () => {
    const bytes = png(8, 8, 1);
    const record = {
      albaretto: 1,
      source: 'dalle2',
      task: 't',
      id: 'x',
      index: 1,
      file: 'x.png',
      size: bytes.length,
      sha256: sha256(bytes),
      raw: { link: 'https://x.invalid/a?sig=secret' },
    };
    rig.write('a/x.png', bytes);
    rig.record('a/x.json', record);
    const items = await rig.items('./a');
    expect(items[0]!.raw).toEqual({ json: '{"link":"https://x.invalid/a?…"}', redacted: ['link'] });
    for (const change of [
      { file: '../b.png' },
      { file: '.hidden.png' },
      { file: '/etc/passwd' },
      { id: '../x' },
      { id: 'a\u001b[2J' },
      { task: 'a/b' },
      { source: 'Dalle 2' },
      { sha256: 'zz' },
      { size: -1 },
    ]) {
      rig.record('a/x.json', { ...record, ...change });
      const plain = await rig.items('./a');
      expect(plain.map(({ source, id }) => [source, id])).toEqual([['local-filesystem', 'x']]);
      expect(rig.warnings.pop()).toContain('x.json is damaged');
    }
  });

  test('counts as plain when its record is half written, and that is warned of', async () => {
    save('pics', whole, png(8, 8, 1));
    const path = rig.path('pics', `${whole.id}.json`);
    rig.write(`pics/${whole.id}.json`, readFileSync(path).subarray(0, 200));
    const items = await rig.items('./pics');
    expect(items[0]).toMatchObject({ source: 'local-filesystem', id: whole.id });
    expect(rig.warnings).toEqual([expect.stringContaining('is damaged')]);
  });
});

describe('an archive that the program saved', () => {
  let archive: ArchiveRig;
  beforeEach(async () => {
    archive = await openArchiveRig();
  });
  afterEach(() => archive.close());

  test('comes back as it was fetched, in every folder of it', async () => {
    const tasks = [
      archive.service.add({ count: 3, companions: 1 }),
      archive.service.add({ count: 2, prompt: 'ünï 😀', facts: { title: fromService('Ferns') } }),
    ];
    const originals = new Map<string, Item>();
    const { source } = await archive.session.source('memory');
    for (const { id } of tasks)
      for await (const task of source.open(id, {}))
        for await (const item of task.items)
          originals.set(item.id, task.title === undefined ? item : { ...item, taskTitle: task.title });
    await archive.run(`fetch ${tasks[0]!.id} | save pics`);
    await archive.run(`fetch ${tasks[1]!.id} | save pics --new second`);
    const listed = await rig.list(archive.path('pics'));
    expect(listed.map(({ task, items }) => [task.source, task.id, task.count, items.length])).toEqual([
      ['memory', tasks[0]!.id, 3, 3],
      ['memory', tasks[1]!.id, 2, 2],
    ]);
    for (const item of listed.flatMap(({ items }) => items)) {
      const original = originals.get(item.id)!;
      const { bytes } = tasks.flatMap((task) => task.items).find(({ id }) => id === item.id)!;
      const { raw, size, digests, generation, ...facts } = item;
      const { raw: before, generation: made, ...expected } = original;
      expect(facts).toEqual(expected);
      expect(raw).toEqual(before);
      // The program itself learned these from the bytes.
      expect(generation).toEqual({ ...made, width: 8, height: 8 });
      expect([size, digests]).toEqual([bytes.length, [{ algorithm: 'sha256', hex: sha256(bytes) }]]);
      expect(await rig.read(item)).toEqual(Buffer.from(bytes));
    }
    expect(rig.warnings).toEqual([]);
    expect(archive.names(join('pics', 'second'))).toHaveLength(4);
  });
});
