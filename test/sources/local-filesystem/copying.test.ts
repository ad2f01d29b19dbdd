import { createHash } from 'node:crypto';
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import descriptor from '../../../sources/local-filesystem/index.js';
import { png } from '../../support/pictures.js';
import { openShellRig, type ShellRig } from '../../support/shell-rig.js';
import { type FolderRig, openFolderRig } from './folder-rig.js';

let rig: ShellRig;
let folder: FolderRig;

beforeEach(async () => {
  rig = await openShellRig({ plugins: [descriptor] });
  folder = openFolderRig();
});
afterEach(async () => {
  await rig.close();
  folder.close();
});

/** A record as `save` writes it, with its picture. */
function save(path: string, id: string, number: number, more: object = {}): void {
  const bytes = png(8, 8, number);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = `${id}.png`;
  const facts = {
    source: 'dalle2',
    task: 'task-1',
    id,
    index: number,
    prompt: `a robot, no. ${number}`,
    kind: 'text2im',
  };
  folder.write(`${path}/${file}`, bytes);
  folder.record(`${path}/${id}.json`, {
    albaretto: 1,
    ...facts,
    width: 8,
    height: 8,
    createdAt: '2022-09-28T12:00:00.000Z',
    file,
    mediaType: 'image/png',
    size: bytes.length,
    sha256,
    raw: { id },
    ...more,
  });
}
const stored = (name: string) => rig.storage.memory.files.find((file) => file.name === name)!;
const copy = () => rig.run(`fetch ${folder.path('output')} | save copy`);

describe('a folder that is fetched and saved elsewhere', () => {
  test('is there with its records, as if each picture came from its service', async () => {
    save('output', 'one', 1);
    save('output/deeper', 'two', 2);
    folder.write('output/plain.png', png(8, 8, 3));
    expect((await copy()).exit).toBe(0);
    expect(rig.storage.names().sort()).toEqual([
      'one.json',
      'one.png',
      'plain.json',
      'plain.png',
      'two.json',
      'two.png',
    ]);
    const original = JSON.parse(readFileSync(folder.path('output', 'one.json'), 'utf8')) as unknown;
    expect(JSON.parse(Buffer.from(stored('one.json').bytes).toString('utf8'))).toEqual(original);
    expect(Buffer.from(stored('two.png').bytes)).toEqual(png(8, 8, 2));
    expect(JSON.parse(Buffer.from(stored('plain.json').bytes).toString('utf8'))).toMatchObject({
      source: 'local-filesystem',
      task: 'output',
      id: 'plain',
      raw: { name: 'plain.png' },
    });
  });

  test('again makes nothing a second time', async () => {
    save('output', 'one', 1);
    folder.write('output/plain.png', png(8, 8, 3));
    await copy();
    const names = rig.storage.names();
    expect((await copy()).exit).toBe(0);
    expect(rig.storage.names()).toEqual(names);
  });

  test.each([
    ['a flipped bit', (bytes: Buffer) => bytes.fill(bytes[60]! ^ 1, 60, 61), /sha256 differs|not a whole picture/u],
    ['a missing end', (bytes: Buffer) => bytes.subarray(0, 100), /100 bytes came where/u],
    ['a page in its place', () => Buffer.from('<!doctype html>'), /bytes came where/u],
  ])('is not a copy of %s: that is told, and the rest is saved', async (_what, change, words) => {
    save('output', 'one', 1);
    save('output', 'two', 2);
    folder.write('output/one.png', change(Buffer.from(png(8, 8, 1))));
    expect((await copy()).exit).toBe(1);
    expect(rig.complaints()).toEqual([expect.stringMatching(words)]);
    expect(rig.storage.media()).toEqual(['two.png']);
  });

  test('is told of what is missing or is a link', async () => {
    save('output', 'one', 1);
    save('output', 'two', 2);
    folder.write('secret.png', png(8, 8, 3));
    rmSync(folder.path('output', 'one.png'));
    rmSync(folder.path('output', 'two.png'));
    symlinkSync(folder.path('secret.png'), folder.path('output', 'two.png'));
    expect((await copy()).exit).toBe(4);
    expect(rig.complaints()).toEqual([expect.stringContaining('one.png'), expect.stringContaining('two.png')]);
    expect(rig.storage.names()).toEqual([]);
  });

  test('what is no picture for all its name is told', async () => {
    folder.write('output/page.png', '<!doctype html><title>Sign in</title>');
    folder.write('output/robot.png', png(8, 8, 1));
    expect((await copy()).exit).toBe(1);
    expect(rig.complaints()).toEqual([expect.stringContaining('HTML')]);
    expect(rig.storage.media()).toEqual(['robot.png']);
  });

  test('by a word alone is not meant, and by a path with a prefix it is', async () => {
    folder.write('output/robot.png', png(8, 8, 1));
    expect((await rig.run('fetch output | save copy')).exit).toBe(2);
    expect((await rig.run(`fetch local-filesystem:${folder.path('output')}`)).exit).toBe(0);
    expect(rig.buffered()).toEqual(['robot']);
    expect((await rig.run(`fetch file://${folder.path('output')} -g 1`)).exit).toBe(0);
    expect((await rig.run(`fetch ${folder.path('output')} -g 2`)).exit).toBe(2);
  });
});
