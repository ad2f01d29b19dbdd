import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

describe('export --captions', () => {
  let task: MemoryTask;
  beforeEach(async () => {
    task = rig.service.add({ count: 2, prompt: 'a red robot\nin ünï 😀', companions: 1 });
    await rig.run(`fetch ${task.id} | save pics`);
  });
  const caption = (number: number) => rig.path('pics', `${task.id}.item${number}.txt`);

  test('writes each prompt beside its picture, byte by byte, and again leaves them as they are', async () => {
    expect(await rig.toManifest('pics', '--captions')).toBe(0);
    expect(readFileSync(caption(1), 'utf8')).toBe(task.prompt);
    expect(readdirSync(rig.path('pics')).filter((name) => name.endsWith('.txt'))).toHaveLength(2);
    expect(rig.told('text').map(({ text }) => text)).toEqual([expect.stringContaining('2 items and 2 captions')]);
    const { ino } = statSync(caption(1));
    expect(await rig.toManifest('pics', '--captions')).toBe(0);
    expect(statSync(caption(1)).ino).toBe(ino);
    expect(rig.told('text').map(({ text }) => text)).toEqual([expect.stringContaining('2 items and 0 captions')]);
    expect(rig.namesIn('pics/metadata.jsonl')).toHaveLength(2);
    expect(rig.unfinished('pics')).toEqual([]);
  });

  test('takes the same text with an end of line behind it for the same', async () => {
    writeFileSync(caption(1), `${task.prompt}\n`);
    expect(await rig.toManifest('pics', '--captions')).toBe(0);
    expect(readFileSync(caption(1), 'utf8')).toBe(`${task.prompt}\n`);
  });

  test.each(['text', 'longer text', 'empty', 'link', 'link to nothing', 'folder'])(
    'writes over nothing: %s',
    async (kind) => {
      rig.write('outside.txt', 'mine');
      if (kind === 'text') writeFileSync(caption(1), 'my own words');
      else if (kind === 'longer text') writeFileSync(caption(1), `${task.prompt}!`);
      else if (kind === 'empty') writeFileSync(caption(1), '');
      else if (kind === 'link') symlinkSync(rig.path('outside.txt'), caption(1));
      else if (kind === 'link to nothing') symlinkSync(rig.path('nothing.txt'), caption(1));
      else mkdirSync(caption(1));
      expect(await rig.toManifest('pics', '--captions')).toBe(1);
      expect(rig.failures()).toEqual([['E_DESTINATION', task.items[0]!.id, expect.stringContaining('item1.txt')]]);
      expect(rig.namesIn('pics/metadata.jsonl')).toHaveLength(2);
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
      rig.write(`stems/${file}`, bytes);
      rig.write(`stems/${file}.json`, JSON.stringify(record(file, prompt)));
    }
    expect(await rig.toManifest('stems', '--captions')).toBe(1);
    expect(readFileSync(rig.path('stems', 'a.txt'), 'utf8')).toBe('same');
    expect(readFileSync(rig.path('stems', 'b.txt'), 'utf8')).toBe('one');
    expect(rig.failures()).toEqual([['E_DESTINATION', 'b.webp', expect.stringContaining('b.txt')]]);
  });

  test('is written where a picture has a second name on the disk, too', async () => {
    linkSync(rig.path('pics', `${task.id}.item1.png`), rig.path('pics', 'twin.png'));
    expect(await rig.toManifest('pics', '--captions')).toBe(0);
    expect(rig.linesOf('pics/metadata.jsonl').at(-1)).toMatchObject({
      file_name: 'twin.png',
      source: 'local-filesystem',
    });
    expect(existsSync(rig.path('pics', 'twin.txt'))).toBe(false);
  });
});
