import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import localFolders from '../../sources/local-filesystem/index.js';
import { asAlbarettoError, exitCodeOf } from '../../src/errors.js';
import { exitCodeOfOutcome, parseCommandLine } from '../../src/shell/command.js';
import { exportCommand } from '../../src/shell/commands/export.js';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';
import type { MemoryTask } from '../support/memory-service.js';
import { gif, mp4, png } from '../support/pictures.js';

let rig: ArchiveRig;
beforeEach(async () => {
  rig = await openArchiveRig({ plugins: [localFolders] });
});
afterEach(() => rig.close());

/** The exit code of the command. */
async function exportExit(args: readonly string[], signal = new AbortController().signal): Promise<number> {
  rig.events.length = 0;
  try {
    const { words, options } = parseCommandLine(exportCommand, args);
    return exitCodeOfOutcome(await exportCommand.run({ session: rig.session, words, options, signal }));
  } catch (thrown) {
    return exitCodeOf(asAlbarettoError(thrown, signal).code);
  }
}
const toManifest = (folder: string, ...more: readonly string[]) =>
  exportExit([folder, '--manifest', `${folder}/metadata.jsonl`, ...more]);

type Line = Readonly<Record<string, unknown>>;
const linesOf = (path: string) =>
  readFileSync(rig.path(path), 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
const namesIn = (path: string) => linesOf(path).map(({ file_name }) => file_name);
const failures = () => rig.told('failed').map(({ code, id, message }) => [code, id, message] as const);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const write = (path: string, content: Uint8Array | string) => {
  mkdirSync(dirname(rig.path(path)), { recursive: true });
  writeFileSync(rig.path(path), content);
};
/** Names that no finished file has. */
const unfinished = (folder: string) => readdirSync(rig.path(folder)).filter((name) => name.startsWith('.'));

describe('export of an archive of this program', () => {
  let task: MemoryTask;
  beforeEach(async () => {
    task = rig.service.add({ count: 3, prompt: 'a red robot, ünï 😀\n"tin"', companions: 1 });
    await rig.run(`fetch ${task.id} | save pics`);
  });
  const picture = (number: number) => `${task.id}.item${number}.png`;

  test('writes a line an item, and no line for a companion', async () => {
    expect(await toManifest('pics')).toBe(0);
    const [item] = task.items;
    expect(linesOf('pics/metadata.jsonl')[0]).toEqual({
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
    expect(namesIn('pics/metadata.jsonl')).toEqual([1, 2, 3].map(picture));
    expect(rig.told('text').map(({ text }) => text)).toEqual([`Wrote 3 items: ${rig.path('pics', 'metadata.jsonl')}`]);
    expect(rig.complaints()).toEqual([]);
  });

  test('writes every fact of a generation, and leaves out what is not known', async () => {
    const bytes = png(8, 8, 77);
    write('full/x.png', bytes);
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
    write(
      'full/x.json',
      JSON.stringify({ albaretto: 1, ...facts, ...more, createdAt: '2022-09-28T12:00:00Z', raw: {} }),
    );
    write('full/y.png', bytes);
    write('full/y.json', JSON.stringify({ albaretto: 1, ...facts, id: 'y', file: 'y.png', prompt: '', title: '' }));
    expect(await toManifest('full')).toBe(0);
    const [x, y] = linesOf('full/metadata.jsonl');
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
    expect(await exportExit(['pics', '--manifest', 'all.jsonl'])).toBe(0);
    const expected = [1, 2, 3].map((number) => `pics/${picture(number)}`).toSpliced(1, 0, 'pics/zz.png');
    expect(namesIn('all.jsonl')).toEqual([...expected, 'pics/sub/b.png', 'pics/sub/a.png']);
    const first = readFileSync(rig.path('all.jsonl'), 'utf8');
    expect(await exportExit(['pics', '--manifest', 'all.jsonl'])).toBe(0);
    expect(readFileSync(rig.path('all.jsonl'), 'utf8')).toBe(first);
    expect(rig.told('warning')).toEqual([]);
  });

  test('warns where no loader would find the pictures', async () => {
    mkdirSync(rig.path('elsewhere'));
    expect(await exportExit(['pics', '--manifest', 'elsewhere/m.jsonl'])).toBe(0);
    expect(namesIn('elsewhere/m.jsonl')[0]).toBe(`../pics/${picture(1)}`);
    expect(rig.told('warning')).toHaveLength(1);
  });

  test('names and leaves out what is missing, has another size or became a link, and is 1 then', async () => {
    rig.remove('pics', picture(1));
    truncateSync(rig.path('pics', picture(2)), 10);
    expect(await toManifest('pics')).toBe(1);
    expect(namesIn('pics/metadata.jsonl')).toEqual([picture(3)]);
    expect(failures()).toEqual([
      ['E_NOT_FOUND', task.items[0]!.id, expect.stringContaining(`${picture(1)} is missing`)],
      ['E_TRUNCATED', task.items[1]!.id, expect.stringContaining('has 10 bytes where its record says')],
    ]);
    rig.remove('pics', picture(3));
    symlinkSync(rig.path('pics', picture(2)), rig.path('pics', picture(3)));
    expect(await toManifest('pics')).toBe(1);
    expect(readFileSync(rig.path('pics', 'metadata.jsonl'), 'utf8')).toBe('');
  });

  test('leaves a manifest of before as it is when it cannot be finished', async () => {
    expect(await toManifest('pics')).toBe(0);
    const before = readFileSync(rig.path('pics', 'metadata.jsonl'), 'utf8');
    const controller = new AbortController();
    controller.abort();
    expect(await exportExit(['pics', '--manifest', 'pics/metadata.jsonl'], controller.signal)).toBe(130);
    expect(readFileSync(rig.path('pics', 'metadata.jsonl'), 'utf8')).toBe(before);
    const long = `pics/${'x'.repeat(260)}.jsonl`;
    expect(await exportExit(['pics', '--manifest', long])).toBe(6);
    expect(unfinished('pics')).toEqual([]);
  });

  test('--dry-run says what would be written, and writes nothing', async () => {
    rig.remove('pics', picture(1));
    const before = readdirSync(rig.path('pics'));
    expect(await toManifest('pics', '--dry-run', '--captions')).toBe(1);
    expect(readdirSync(rig.path('pics'))).toEqual(before);
    expect(rig.told('text').map(({ text }) => text)).toEqual([
      `Would write 2 items and 2 captions: ${rig.path('pics', 'metadata.jsonl')}`,
    ]);
    expect(failures()).toHaveLength(1);
  });

  test('follows no link and passes over what is hidden', async () => {
    write('outside/secret.png', png(8, 8, 9));
    symlinkSync(rig.path('outside'), rig.path('pics', 'linked'));
    symlinkSync(rig.path('outside', 'secret.png'), rig.path('pics', 'secret.png'));
    symlinkSync(rig.path('pics'), rig.path('pics', 'loop'));
    write('pics/.hidden/a.png', png(8, 8, 9));
    write('pics/.albaretto-00000000-00000000-00000000-00000000.part', 'x');
    expect(await toManifest('pics')).toBe(0);
    expect(namesIn('pics/metadata.jsonl')).toEqual([1, 2, 3].map(picture));
  });

  test('tells of folders that it cannot read, and writes the rest', async () => {
    write(`pics/${'d/'.repeat(66)}a.png`, png(8, 8, 9));
    expect(await toManifest('pics')).toBe(1);
    expect(namesIn('pics/metadata.jsonl')).toEqual([1, 2, 3].map(picture));
    expect(failures()).toEqual([['E_DESTINATION', undefined, expect.stringContaining('folders deep')]]);
  });

  test('of a record that speaks of a file of another folder, or of none, writes no line for it', async () => {
    const record = JSON.parse(readFileSync(rig.path('pics', `${task.id}.item1.json`), 'utf8')) as object;
    write('odd/a.json', JSON.stringify({ ...record, file: '../pics/x.png' }));
    write('odd/b.json', JSON.stringify({ ...record, file: 'gone.png' }));
    write('odd/c.json', '{"albaretto": 1, "source": "dal');
    expect(await toManifest('odd')).toBe(4);
    expect(readFileSync(rig.path('odd', 'metadata.jsonl'), 'utf8')).toBe('');
    expect(failures()).toEqual([['E_NOT_FOUND', task.items[0]!.id, expect.stringContaining('gone.png')]]);
  });

  test('takes the first of two records of one file', async () => {
    const text = readFileSync(rig.path('pics', `${task.id}.item1.json`), 'utf8');
    write('pics/zz.json', text.replace('a red robot', 'a blue one'));
    expect(await toManifest('pics')).toBe(0);
    expect(namesIn('pics/metadata.jsonl')).toEqual([1, 2, 3].map(picture));
    expect(linesOf('pics/metadata.jsonl')[0]!.text).toBe(task.prompt);
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
    write('pics/target.txt', 'x');
    symlinkSync(rig.path('pics', 'target.txt'), rig.path('pics', 'link.jsonl'));
    if (args[0] === 'pics/folder.jsonl') write('pics/folder.jsonl', 'x');
    else mkdirSync(rig.path('pics', 'folder.jsonl'));
    const before = readdirSync(rig.path(), { recursive: true });
    expect(await exportExit(args)).toBe(exit);
    expect(readdirSync(rig.path(), { recursive: true }).length).toBe(before.length);
    expect(readFileSync(rig.path('pics', 'target.txt'), 'utf8')).toBe('x');
  });
});

describe('export --captions', () => {
  let task: MemoryTask;
  beforeEach(async () => {
    task = rig.service.add({ count: 2, prompt: 'a red robot\nin ünï 😀', companions: 1 });
    await rig.run(`fetch ${task.id} | save pics`);
  });
  const caption = (number: number) => rig.path('pics', `${task.id}.item${number}.txt`);

  test('writes each prompt beside its picture, byte by byte, and again leaves them as they are', async () => {
    expect(await toManifest('pics', '--captions')).toBe(0);
    expect(readFileSync(caption(1), 'utf8')).toBe(task.prompt);
    expect(readdirSync(rig.path('pics')).filter((name) => name.endsWith('.txt'))).toHaveLength(2);
    expect(rig.told('text').map(({ text }) => text)).toEqual([expect.stringContaining('2 items and 2 captions')]);
    const { ino } = statSync(caption(1));
    expect(await toManifest('pics', '--captions')).toBe(0);
    expect(statSync(caption(1)).ino).toBe(ino);
    expect(rig.told('text').map(({ text }) => text)).toEqual([expect.stringContaining('2 items and 0 captions')]);
    expect(namesIn('pics/metadata.jsonl')).toHaveLength(2);
    expect(unfinished('pics')).toEqual([]);
  });

  test('takes the same text with an end of line behind it for the same', async () => {
    writeFileSync(caption(1), `${task.prompt}\n`);
    expect(await toManifest('pics', '--captions')).toBe(0);
    expect(readFileSync(caption(1), 'utf8')).toBe(`${task.prompt}\n`);
  });

  test.each(['text', 'longer text', 'empty', 'link', 'link to nothing', 'folder'])(
    'writes over nothing: %s',
    async (kind) => {
      write('outside.txt', 'mine');
      if (kind === 'text') writeFileSync(caption(1), 'my own words');
      else if (kind === 'longer text') writeFileSync(caption(1), `${task.prompt}!`);
      else if (kind === 'empty') writeFileSync(caption(1), '');
      else if (kind === 'link') symlinkSync(rig.path('outside.txt'), caption(1));
      else if (kind === 'link to nothing') symlinkSync(rig.path('nothing.txt'), caption(1));
      else mkdirSync(caption(1));
      expect(await toManifest('pics', '--captions')).toBe(1);
      expect(failures()).toEqual([['E_DESTINATION', task.items[0]!.id, expect.stringContaining('item1.txt')]]);
      expect(namesIn('pics/metadata.jsonl')).toHaveLength(2);
      expect(existsSync(caption(2))).toBe(true);
      expect(readFileSync(rig.path('outside.txt'), 'utf8')).toBe('mine');
      expect(existsSync(rig.path('nothing.txt'))).toBe(false);
      if (kind === 'text') expect(readFileSync(caption(1), 'utf8')).toBe('my own words');
      if (kind === 'empty') expect(readFileSync(caption(1), 'utf8')).toBe('');
    },
  );

  test('gives two pictures of one stem the caption of the first, and says so where theirs differ', async () => {
    const bytes = png(8, 8, 5);
    const record = (file: string, prompt: string) => ({
      albaretto: 1,
      ...{ source: 'dalle2', task: 't', id: file, index: 1, file, size: bytes.length, sha256: sha256(bytes), prompt },
    });
    for (const [file, prompt] of [
      ['a.png', 'same'],
      ['a.webp', 'same'],
      ['b.png', 'one'],
      ['b.webp', 'other'],
    ] as const) {
      write(`stems/${file}`, bytes);
      write(`stems/${file}.json`, JSON.stringify(record(file, prompt)));
    }
    expect(await toManifest('stems', '--captions')).toBe(1);
    expect(readFileSync(rig.path('stems', 'a.txt'), 'utf8')).toBe('same');
    expect(readFileSync(rig.path('stems', 'b.txt'), 'utf8')).toBe('one');
    expect(failures()).toEqual([['E_DESTINATION', 'b.webp', expect.stringContaining('b.txt')]]);
  });

  test('is written where a picture has a second name on the disk, too', async () => {
    linkSync(rig.path('pics', `${task.id}.item1.png`), rig.path('pics', 'twin.png'));
    expect(await toManifest('pics', '--captions')).toBe(0);
    expect(linesOf('pics/metadata.jsonl').at(-1)).toMatchObject({ file_name: 'twin.png', source: 'local-filesystem' });
    expect(existsSync(rig.path('pics', 'twin.txt'))).toBe(false);
  });
});

describe('export of other archives', () => {
  test('of Imgur-archive writes the albums in their order, with sizes and digests of the bytes', async () => {
    write(
      'imgur/aB3dE5f/metadata_aB3dE5f.json',
      '{"id": "aB3dE5f", "datetime": 1600000000, "title": "T", "n_media": 2}',
    );
    write('imgur/aB3dE5f/script_aB3dE5f.json', '{"0": "wTHavZL", "1": "C0jJ4D0"}');
    write('imgur/aB3dE5f/descriptions_aB3dE5f.json', '{"wTHavZL": "Step 1"}{"wTHavZL": "Step one", "C0jJ4D0": null}');
    write('imgur/aB3dE5f/wTHavZL.png', png(8, 9, 1));
    write('imgur/aB3dE5f/C0jJ4D0.mp4', mp4(2, 700));
    write('imgur/scraping_logs.json', '\n{}\n{}');
    expect(await toManifest('imgur')).toBe(0);
    const [first, second] = linesOf('imgur/metadata.jsonl');
    expect(first).toEqual({
      file_name: 'aB3dE5f/wTHavZL.png',
      sha256: sha256(png(8, 9, 1)),
      size: png(8, 9, 1).length,
      width: 8,
      height: 9,
      media_type: 'image/png',
      source: 'imgur',
      task: 'aB3dE5f',
      id: 'wTHavZL',
      index: 1,
      title: 'Step one',
      created_at: '2020-09-13T12:26:40.000Z',
    });
    expect(second).toMatchObject({ file_name: 'aB3dE5f/C0jJ4D0.mp4', media_type: 'video/mp4', index: 2 });
  });

  test('of the Happy Accidents downloader writes prompt, model and seed, and captions', async () => {
    const payload = '{"prompt": "a fern", "negativePrompt": "blurry", "modelId": "m1", "seed": 18446744073709551615}';
    const inference = `"inferenceId": "inf-1", "inferencePayload": ${payload}`;
    for (const [position, id] of ['img-1', 'img-0'].entries()) {
      write(`gallery/${id}.png`, png(8, 8, position));
      write(
        `gallery/${id}_metadata.json`,
        `{"id": "${id}", "createdAt": "2023-11-14T22:11:20.000Z", "inference_prefetch": {${inference}}, "model_prefetch": {"name": "Model", "id": "m1"}}`,
      );
    }
    write('gallery/inf-1_inference.json', `{${inference}, "images": [{"id": "img-1"}, {"id": "img-0"}]}`);
    write('gallery/models/m1.json', '{}');
    expect(await toManifest('gallery', '--captions')).toBe(0);
    const facts = { prompt: 'a fern', text: 'a fern', negative_prompt: 'blurry', model: 'Model', task: 'inf-1' };
    expect(linesOf('gallery/metadata.jsonl')).toEqual([
      expect.objectContaining({
        ...facts,
        id: 'img-1',
        index: 1,
        seed: '18446744073709551615',
        source: 'happy-accidents',
      }),
      expect.objectContaining({ ...facts, id: 'img-0', index: 2 }),
    ]);
    expect(readFileSync(rig.path('gallery', 'img-0.txt'), 'utf8')).toBe('a fern');
  });

  test('of plain pictures writes what their bytes and names say', async () => {
    for (const name of ['img10.gif', 'img9.gif', 'a\\b.gif', 'twin.gif', 'twin.png', "o'dd & 100%.gif"])
      write(`plain/${name}`, name.endsWith('png') ? png(4, 4, 1) : gif(name.length, 700));
    write('plain/notes.txt', 'x');
    write('plain/deep/er/img9.gif', gif(1, 700));
    expect(await toManifest('plain')).toBe(0);
    expect(namesIn('plain/metadata.jsonl')).toEqual([
      'a\\b.gif',
      'img9.gif',
      'img10.gif',
      "o'dd & 100%.gif",
      'twin.gif',
      'twin.png',
      'deep/er/img9.gif',
    ]);
    expect(linesOf('plain/metadata.jsonl')[5]).toMatchObject({
      source: 'local-filesystem',
      task: 'plain',
      id: 'twin.png',
      index: 6,
      width: 4,
      sha256: sha256(png(4, 4, 1)),
    });
  });

  test('leaves out what is no whole picture, for all its name', async () => {
    write('plain/good.png', png(8, 8, 1));
    write('plain/page.png', '<!doctype html><title>x</title>');
    write('plain/half.png', png(8, 8, 2).subarray(0, 60));
    write('plain/old.bmp', Buffer.concat([Buffer.from('BM????\0\0\0\0', 'latin1'), Buffer.alloc(40)]));
    expect(await toManifest('plain')).toBe(1);
    expect(namesIn('plain/metadata.jsonl')).toEqual(['good.png', 'old.bmp']);
    expect(failures()).toEqual([
      ['E_FORMAT', 'half', expect.stringContaining('half.png')],
      ['E_FORMAT', 'page', expect.stringContaining('HTML')],
    ]);
  });

  test('tells what its bytes say of every picture, where nothing reads other programs’ records', async () => {
    const bare = await openArchiveRig();
    try {
      mkdirSync(bare.path('plain'));
      writeFileSync(bare.path('plain', 'a.png'), png(8, 8, 1));
      const options = { manifest: 'plain/m.jsonl' };
      const { signal } = new AbortController();
      await exportCommand.run({ session: bare.session, words: ['plain'], options, signal });
      const line = JSON.parse(readFileSync(bare.path('plain', 'm.jsonl'), 'utf8')) as Line;
      expect(Object.keys(line)).toEqual(['file_name', 'sha256', 'size', 'width', 'height', 'media_type']);
    } finally {
      await bare.close();
    }
  });
});

test('a folder that is taken away meanwhile is told, and nothing is written in its place', async () => {
  write('pics/a.png', png(8, 8, 1));
  write('pics/sub/b.png', png(8, 8, 2));
  const gone = rig.path('pics', 'sub');
  const { source } = await rig.session.source('local-filesystem');
  const { open } = source;
  source.open = (reference, options) => {
    if (reference === rig.path('pics')) rmSync(gone, { recursive: true });
    return open.call(source, reference, options);
  };
  expect(await exportExit(['pics', '--manifest', 'm.jsonl'])).toBe(1);
  expect(namesIn('m.jsonl')).toEqual(['pics/a.png']);
  expect(failures()).toEqual([['E_NOT_FOUND', undefined, expect.stringContaining(join('pics', 'sub', 'b.png'))]]);
});
