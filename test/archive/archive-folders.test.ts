import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ArchiveFolder, archiveFolders, isFolder } from '../../src/archive/archive-folders.js';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'albaretto-folders-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, content: string) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
};
const sidecar = (file: string, index: number, prompt = '') =>
  JSON.stringify({
    albaretto: 1,
    ...{ source: 'dalle2', task: 't', id: file, index, file, size: 1, sha256: '0'.repeat(64), prompt },
  });

async function folders(signal?: AbortSignal): Promise<readonly ArchiveFolder[]> {
  const found: ArchiveFolder[] = [];
  for await (const one of archiveFolders(root, signal)) if (isFolder(one)) found.push(one);
  return found;
}

describe('an archive folder by folder', () => {
  test('has its items by number, then by name, and the files that no sidecar speaks of', async () => {
    for (const [file, index] of [
      ['c.png', 2],
      ['b.png', 10],
      ['a.png', 10],
    ] as const)
      write(file.replace('png', 'json'), sidecar(file, index));
    write('notes.txt', 'x');
    write('own/x.txt', 'x');
    write('sub/d.json', sidecar('d.png', 1));
    mkdirSync(join(root, 'empty'));
    expect(await folders()).toEqual([
      {
        path: root,
        entries: [
          { file: 'c.png', sidecar: 'c.json', index: 2 },
          { file: 'a.png', sidecar: 'a.json', index: 10 },
          { file: 'b.png', sidecar: 'b.json', index: 10 },
        ],
        others: ['notes.txt'],
      },
      { path: join(root, 'own'), entries: [], others: ['x.txt'] },
      { path: join(root, 'sub'), entries: [{ file: 'd.png', sidecar: 'd.json', index: 1 }], others: [] },
    ]);
  });

  test('tells what could not be read between the folders that could', async () => {
    write('a.json', sidecar('a.png', 1));
    write(`${'d/'.repeat(66)}deep.json`, sidecar('d.png', 1));
    write('z/b.json', sidecar('b.png', 1));
    const told: string[] = [];
    for await (const one of archiveFolders(root, undefined)) told.push(isFolder(one) ? one.path : one.code);
    expect(told).toEqual(expect.arrayContaining([root, 'E_DESTINATION', join(root, 'z')]));
    expect(told).toHaveLength(3);
  });

  test('ends when it is interrupted', async () => {
    write('a.json', sidecar('a.png', 1));
    await expect(folders(AbortSignal.abort())).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });

  test('of 10,000 items has only what their order needs in memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const prompt = 'a long prompt '.repeat(600);
    for (let number = 0; number < 10_000; number += 1)
      writeFileSync(join(root, `${number}.json`), sidecar(`${number}.png`, 10_000 - number, prompt));
    collect();
    const before = process.memoryUsage().heapUsed;
    const [folder] = await folders();
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16_000_000);
    expect(folder!.entries.map(({ index }) => index)).toEqual(Array.from({ length: 10_000 }, (_, place) => place + 1));
  }, 300_000);
});
