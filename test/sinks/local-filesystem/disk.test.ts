import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { nodeDisk } from '../../../sinks/local-filesystem/disk.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'albaretto-disk-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('a file that is closed twice does not close the one that got its descriptor', async () => {
  const first = await nodeDisk.create(join(folder, 'first'));
  await first.close();
  const second = openSync(join(folder, 'second'), 'wx');
  await first.close();
  writeSync(second, 'whole');
  closeSync(second);
  expect(readFileSync(join(folder, 'second'), 'utf8')).toBe('whole');
});

test('a file is there with its bytes, its time and its size before it is closed', async () => {
  const path = join(folder, 'picture');
  const file = await nodeDisk.create(path);
  const bytes = new Uint8Array(600_000).fill(7);
  await file.write(bytes);
  await file.setModifiedAt(new Date('2022-11-03T10:00:00Z'));
  await file.datasync();
  expect(await file.entry()).toMatchObject({ kind: 'file', size: bytes.length });
  expect(await file.entry()).toEqual(await nodeDisk.lstat(path));
  await file.close();
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

test('what cannot be opened or created says why, by its code', async () => {
  await expect(nodeDisk.create(join(folder, 'missing', 'picture'))).rejects.toMatchObject({ code: 'ENOENT' });
  await (await nodeDisk.create(join(folder, 'picture'))).close();
  await expect(nodeDisk.create(join(folder, 'picture'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(nodeDisk.syncFolder(join(folder, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
});
