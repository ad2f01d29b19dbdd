import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sha256 } from '../support/digests.js';
import { type ExportRig, openExportRig } from '../support/export-rig.js';
import type { MemoryTask } from '../support/memory-service.js';
import { png } from '../support/pictures.js';

let rig: ExportRig;
beforeEach(async () => {
  rig = await openExportRig();
});
afterEach(() => rig.close());

describe('export of an archive of this program', () => {
  let task: MemoryTask;
  beforeEach(async () => {
    task = rig.service.add({ count: 3, prompt: 'a red robot, ünï 😀\n"tin"', companions: 1 });
    await rig.run(`fetch ${task.id} | save pics`);
  });
  const picture = (number: number) => `${task.id}.item${number}.png`;

  test('writes a line an item, and no line for a companion', async () => {
    expect(await rig.toManifest('pics')).toBe(0);
    const [item] = task.items;
    expect(rig.linesOf('pics/metadata.jsonl')[0]).toEqual({
      file_name: picture(1),
      sha256: sha256(item!.bytes),
      size: item!.bytes.length,
      width: 8,
      height: 8,
      media_type: 'image/png',
      source: 'memory',
      task: task.id,
      id: item!.id,
      index: 1,
      prompt: task.prompt,
      created_at: new Date(task.created * 1000).toISOString(),
      text: task.prompt,
    });
    expect(rig.namesIn('pics/metadata.jsonl')).toEqual([1, 2, 3].map(picture));
    expect(rig.told('text').map(({ text }) => text)).toEqual([`Wrote 3 items: ${rig.path('pics', 'metadata.jsonl')}`]);
    expect(rig.complaints()).toEqual([]);
  });

  test('writes every fact of a generation, and leaves out what is not known', async () => {
    const bytes = png(8, 8, 77);
    rig.write('full/x.png', bytes);
    const facts = {
      source: 'dalle2',
      task: 't',
      id: 'x',
      index: 4,
      file: 'x.png',
      size: bytes.length,
      sha256: sha256(bytes),
    };
    const seed = '18446744073709551615';
    const more = {
      title: 'T',
      prompt: 'P',
      negativePrompt: 'N',
      model: 'M',
      seed,
      width: 8,
      height: 9,
      mediaType: 'image/png',
    };
    rig.write(
      'full/x.json',
      JSON.stringify({ albaretto: 1, ...facts, ...more, createdAt: '2022-09-28T12:00:00Z', raw: {} }),
    );
    rig.write('full/y.png', bytes);
    rig.write('full/y.json', JSON.stringify({ albaretto: 1, ...facts, id: 'y', file: 'y.png', prompt: '', title: '' }));
    expect(await rig.toManifest('full')).toBe(0);
    const [x, y] = rig.linesOf('full/metadata.jsonl');
    expect(Object.entries(x!)).toEqual([
      ['file_name', 'x.png'],
      ['sha256', facts.sha256],
      ['size', bytes.length],
      ['width', 8],
      ['height', 9],
      ['media_type', 'image/png'],
      ['source', 'dalle2'],
      ['task', 't'],
      ['id', 'x'],
      ['index', 4],
      ['title', 'T'],
      ['prompt', 'P'],
      ['negative_prompt', 'N'],
      ['model', 'M'],
      ['seed', seed],
      ['created_at', '2022-09-28T12:00:00.000Z'],
      ['text', 'P'],
    ]);
    expect(Object.keys(y!)).toEqual(['file_name', 'sha256', 'size', 'media_type', 'source', 'task', 'id', 'index']);
  });

  test('names files from the manifest’s folder, in a stable order: folder, number, name', async () => {
    const other = rig.service.add({ count: 2, ids: ['b', 'a'] });
    await rig.run(`fetch ${other.id} | save pics --new sub`);
    const late = rig.service.add({ ids: ['zz'] });
    await rig.run(`fetch ${late.id} | save pics`);
    expect(await rig.exportExit(['pics', '--manifest', 'all.jsonl'])).toBe(0);
    const expected = [1, 2, 3].map((number) => `pics/${picture(number)}`).toSpliced(1, 0, 'pics/zz.png');
    expect(rig.namesIn('all.jsonl')).toEqual([...expected, 'pics/sub/b.png', 'pics/sub/a.png']);
    const first = readFileSync(rig.path('all.jsonl'), 'utf8');
    expect(await rig.exportExit(['pics', '--manifest', 'all.jsonl'])).toBe(0);
    expect(readFileSync(rig.path('all.jsonl'), 'utf8')).toBe(first);
    expect(rig.told('warning')).toEqual([]);
  });

  test('warns where no loader would find the pictures', async () => {
    mkdirSync(rig.path('elsewhere'));
    expect(await rig.exportExit(['pics', '--manifest', 'elsewhere/m.jsonl'])).toBe(0);
    expect(rig.namesIn('elsewhere/m.jsonl')[0]).toBe(`../pics/${picture(1)}`);
    expect(rig.told('warning')).toHaveLength(1);
  });

  test('names and leaves out what is missing, has another size or became a link, and is 1 then', async () => {
    rig.remove('pics', picture(1));
    truncateSync(rig.path('pics', picture(2)), 10);
    expect(await rig.toManifest('pics')).toBe(1);
    expect(rig.namesIn('pics/metadata.jsonl')).toEqual([picture(3)]);
    expect(rig.failures()).toEqual([
      ['E_NOT_FOUND', task.items[0]!.id, expect.stringContaining(`${picture(1)} is missing`)],
      ['E_TRUNCATED', task.items[1]!.id, expect.stringContaining('has 10 bytes where its record says')],
    ]);
    rig.remove('pics', picture(3));
    symlinkSync(rig.path('pics', picture(2)), rig.path('pics', picture(3)));
    expect(await rig.toManifest('pics')).toBe(1);
    expect(readFileSync(rig.path('pics', 'metadata.jsonl'), 'utf8')).toBe('');
  });

  test('leaves a manifest of before as it is when it cannot be finished', async () => {
    expect(await rig.toManifest('pics')).toBe(0);
    const before = readFileSync(rig.path('pics', 'metadata.jsonl'), 'utf8');
    const controller = new AbortController();
    controller.abort();
    expect(await rig.exportExit(['pics', '--manifest', 'pics/metadata.jsonl'], controller.signal)).toBe(130);
    expect(readFileSync(rig.path('pics', 'metadata.jsonl'), 'utf8')).toBe(before);
    const long = `pics/${'x'.repeat(260)}.jsonl`;
    expect(await rig.exportExit(['pics', '--manifest', long])).toBe(6);
    expect(rig.unfinished('pics')).toEqual([]);
  });

  test('--dry-run says what would be written, and writes nothing', async () => {
    rig.remove('pics', picture(1));
    const before = readdirSync(rig.path('pics'));
    expect(await rig.toManifest('pics', '--dry-run', '--captions')).toBe(1);
    expect(readdirSync(rig.path('pics'))).toEqual(before);
    expect(rig.told('text').map(({ text }) => text)).toEqual([
      `Would write 2 items and 2 captions: ${rig.path('pics', 'metadata.jsonl')}`,
    ]);
    expect(rig.failures()).toHaveLength(1);
  });

  test('follows no link and passes over what is hidden', async () => {
    rig.write('outside/secret.png', png(8, 8, 9));
    symlinkSync(rig.path('outside'), rig.path('pics', 'linked'));
    symlinkSync(rig.path('outside', 'secret.png'), rig.path('pics', 'secret.png'));
    symlinkSync(rig.path('pics'), rig.path('pics', 'loop'));
    rig.write('pics/.hidden/a.png', png(8, 8, 9));
    rig.write('pics/.albaretto-00000000-00000000-00000000-00000000.part', 'x');
    expect(await rig.toManifest('pics')).toBe(0);
    expect(rig.namesIn('pics/metadata.jsonl')).toEqual([1, 2, 3].map(picture));
  });

  test('tells of folders that it cannot read, and writes the rest', async () => {
    rig.write(`pics/${'d/'.repeat(66)}a.png`, png(8, 8, 9));
    expect(await rig.toManifest('pics')).toBe(1);
    expect(rig.namesIn('pics/metadata.jsonl')).toEqual([1, 2, 3].map(picture));
    expect(rig.failures()).toEqual([['E_DESTINATION', undefined, expect.stringContaining('folders deep')]]);
  });

  test('of a record that speaks of a file of another folder, or of none, writes no line for it', async () => {
    const record = JSON.parse(readFileSync(rig.path('pics', `${task.id}.item1.json`), 'utf8')) as object;
    rig.write('odd/a.json', JSON.stringify({ ...record, file: '../pics/x.png' }));
    rig.write('odd/b.json', JSON.stringify({ ...record, file: 'gone.png' }));
    rig.write('odd/c.json', '{"albaretto": 1, "source": "dal');
    expect(await rig.toManifest('odd')).toBe(4);
    expect(readFileSync(rig.path('odd', 'metadata.jsonl'), 'utf8')).toBe('');
    expect(rig.failures()).toEqual([['E_NOT_FOUND', task.items[0]!.id, expect.stringContaining('gone.png')]]);
  });

  test('takes the first of two records of one file', async () => {
    const text = readFileSync(rig.path('pics', `${task.id}.item1.json`), 'utf8');
    rig.write('pics/zz.json', text.replace('a red robot', 'a blue one'));
    expect(await rig.toManifest('pics')).toBe(0);
    expect(rig.namesIn('pics/metadata.jsonl')).toEqual([1, 2, 3].map(picture));
    expect(rig.linesOf('pics/metadata.jsonl')[0]!.text).toBe(task.prompt);
  });

  test.each([
    [[], 2],
    [['pics'], 2],
    [['pics', 'more', '--manifest', 'm.jsonl'], 2],
    [['pics', '--manifest', 'pics/a.png'], 2],
    [['pics', '--manifest', 'm.json'], 2],
    [['pics', '--manifest', 'nowhere/m.jsonl'], 6],
    [['nowhere', '--manifest', 'm.jsonl'], 6],
    [['pics/folder.jsonl', '--manifest', 'm.jsonl'], 6],
    [['pics', '--manifest', 'pics/folder.jsonl'], 6],
    [['pics', '--manifest', 'pics/link.jsonl'], 6],
    [['pics', '--captoins', '--manifest', 'm.jsonl'], 2],
  ] as const)('%j is refused before anything is written', async (args, exit) => {
    rig.write('pics/target.txt', 'x');
    symlinkSync(rig.path('pics', 'target.txt'), rig.path('pics', 'link.jsonl'));
    if (args[0] === 'pics/folder.jsonl') rig.write('pics/folder.jsonl', 'x');
    else mkdirSync(rig.path('pics', 'folder.jsonl'));
    const before = readdirSync(rig.path(), { recursive: true });
    expect(await rig.exportExit(args)).toBe(exit);
    expect(readdirSync(rig.path(), { recursive: true }).length).toBe(before.length);
    expect(readFileSync(rig.path('pics', 'target.txt'), 'utf8')).toBe('x');
  });
});

test('a folder that is taken away meanwhile is told, and nothing is written in its place', async () => {
  rig.write('pics/a.png', png(8, 8, 1));
  rig.write('pics/sub/b.png', png(8, 8, 2));
  const gone = rig.path('pics', 'sub');
  const { source } = await rig.session.source('local-filesystem');
  const { open } = source;
  source.open = (reference, options) => {
    if (reference === rig.path('pics')) rmSync(gone, { recursive: true });
    return open.call(source, reference, options);
  };
  expect(await rig.exportExit(['pics', '--manifest', 'm.jsonl'])).toBe(1);
  expect(rig.namesIn('m.jsonl')).toEqual(['pics/a.png']);
  expect(rig.failures()).toEqual([['E_NOT_FOUND', undefined, expect.stringContaining(join('pics', 'sub', 'b.png'))]]);
});
