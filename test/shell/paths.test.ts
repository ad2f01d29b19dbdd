import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listPaths } from '../../src/shell/paths.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'albaretto-paths-'));
  await mkdir(join(folder, 'My Pictures', 'robots'), { recursive: true });
  await writeFile(join(folder, 'My Pictures', 'red.webp'), '');
  await writeFile(join(folder, '.hidden'), '');
  await writeFile(join(folder, 'Mine.txt'), '');
  await symlink(join(folder, 'My Pictures'), join(folder, 'linked'));
  await symlink(join(folder, 'nowhere'), join(folder, 'lost'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const list = async (prefix: string) =>
  [...(await listPaths(prefix, (typed) => join(folder, typed.replace(/^~\//u, ''))))].sort();

test.each([
  ['M', ['Mine.txt', 'My Pictures/']],
  ['My Pictures/r', ['My Pictures/red.webp', 'My Pictures/robots/']],
  ['./My', ['./My Pictures/']],
  ['~/Min', ['~/Mine.txt']],
  ['~', ['~/']],
  ['.h', ['.hidden']],
  ['l', ['linked/', 'lost']],
  ['linked/ro', ['linked/robots/']],
  ['nowhere/x', []],
])('%j', async (prefix, expected) => {
  expect(await list(prefix)).toEqual(expected);
});

test('hidden names are not offered where nothing is typed', async () => {
  expect(await list('')).toEqual(['Mine.txt', 'My Pictures/', 'linked/', 'lost']);
});
