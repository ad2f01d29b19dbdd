import { rmSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../../../sources/local-filesystem/disk.js';
import { DEEPEST } from '../../../sources/local-filesystem/folders.js';
import type { Item } from '../../../src/plugin.js';
import { png } from '../../support/pictures.js';
import { type FolderRig, type FolderRigOptions, openFolderRig } from './folder-rig.js';

const rigs: FolderRig[] = [];
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.close();
});

const errno = (code: string) => Object.assign(new Error(`${code}: refused`), { code });

function open(disk: FolderRigOptions['disk'] = {}): FolderRig {
  const rig = openFolderRig({ disk });
  rigs.push(rig);
  rig.write('output/a.png', png(8, 8, 1));
  rig.write('output/closed/b.png', png(8, 8, 2));
  rig.write('output/open/c.png', png(8, 8, 3));
  return rig;
}

/** What was listed until the failure, and the failure. */
async function listed(rig: FolderRig): Promise<{ readonly ids: readonly string[]; readonly error: unknown }> {
  const ids: string[] = [];
  try {
    for await (const task of rig.source.open('./output', {})) for await (const { id } of task.items) ids.push(id);
    return { ids, error: undefined };
  } catch (error) {
    return { ids, error };
  }
}

describe('a folder that cannot be read', () => {
  const refusing = (code: string) =>
    open({ list: async (path) => (path.endsWith('closed') ? Promise.reject(errno(code)) : nodeDisk.list(path)) });

  test.each([
    ['EACCES', 'E_UNAVAILABLE', 'permission denied'],
    ['EIO', 'E_UNAVAILABLE', 'the disk reported a fault'],
    ['EMFILE', 'E_UNAVAILABLE', 'too many files open'],
    ['EXOTIC', 'E_UNAVAILABLE', 'the system refused it'],
  ])(
    '(%s) keeps no other from being listed, is warned of, and fails the whole in the end',
    async (code, own, words) => {
      const rig = refusing(code);
      const { ids, error } = await listed(rig);
      expect(ids).toEqual(['a', 'c']);
      expect(error).toMatchObject({ code: own, plugin: 'local-filesystem', message: expect.stringContaining(words) });
      expect(rig.warnings).toEqual([expect.stringContaining(rig.path('output', 'closed'))]);
    },
  );

  test('and another one are told together', async () => {
    const rig = open({
      list: async (path) => (/(closed|open)$/u.test(path) ? Promise.reject(errno('EACCES')) : nodeDisk.list(path)),
    });
    const { ids, error } = await listed(rig);
    expect(ids).toEqual(['a']);
    expect(error).toMatchObject({ code: 'E_UNAVAILABLE', message: expect.stringContaining('2 folders or records') });
    expect(rig.warnings).toHaveLength(2);
  });

  test('at the very beginning is the failure itself', async () => {
    const rig = open({ list: () => Promise.reject(errno('EACCES')) });
    expect(await listed(rig)).toMatchObject({ ids: [], error: { code: 'E_UNAVAILABLE' } });
  });

  test('because it lies too deep is no other', async () => {
    const rig = open();
    rig.write(`output/${'d/'.repeat(DEEPEST + 2)}deep.png`, png(8, 8, 4));
    const { ids, error } = await listed(rig);
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(error).toMatchObject({ code: 'E_NOT_FOUND', message: expect.stringContaining('folders deep') });
  });
});

describe('a record that cannot be read', () => {
  test('is warned of and fails the whole in the end; its picture is taken without it', async () => {
    const rig = open({
      read: (path, most) => (path.endsWith('.json') ? Promise.reject(errno('EACCES')) : nodeDisk.read(path, most)),
    });
    rig.record('output/a.json', { albaretto: 1 });
    const { ids, error } = await listed(rig);
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(error).toMatchObject({ code: 'E_UNAVAILABLE', message: expect.stringContaining('a.json') });
  });

  test('because it is gone by the time is told, and its picture is not taken for another one', async () => {
    const rig = open();
    const sha256 = '0'.repeat(64);
    const facts = { source: 'dalle2', task: 't', id: 'a', index: 1, file: 'a.png', size: 5, sha256, raw: {} };
    rig.record('output/a.json', { albaretto: 1, ...facts });
    const ids: string[] = [];
    const read = async () => {
      for await (const task of rig.source.open('./output', {})) {
        rmSync(rig.path('output', 'a.json'), { force: true });
        for await (const { id } of task.items) ids.push(id);
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'E_NOT_FOUND', message: expect.stringContaining('is gone') });
    expect(ids).toEqual(['b', 'c']);
  });

  test('because it is huge is nobody’s', async () => {
    const rig = open({ read: (path) => nodeDisk.read(path, 10) });
    rig.record('output/a.json', { albaretto: 1, source: 'dalle2' });
    expect(await listed(rig)).toEqual({ ids: ['a', 'b', 'c'], error: undefined });
  });
});

describe('an interruption', () => {
  test('ends a look through many records', async () => {
    const controller = new AbortController();
    let read = 0;
    const rig = open({
      read: async () => {
        read += 1;
        if (read === 250) controller.abort();
        return Buffer.from('{}');
      },
    });
    for (let number = 0; number < 1_000; number += 1) rig.write(`output/${number}.json`, '{}');
    await expect(rig.list('./output', controller.signal)).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(read).toBeLessThan(500);
  });

  test('between two folders ends the listing', async () => {
    const controller = new AbortController();
    const rig = open();
    const items: Item[] = [];
    const read = async () => {
      for await (const task of rig.source.open('./output', { signal: controller.signal })) {
        for await (const item of task.items) items.push(item);
        controller.abort();
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(items).toHaveLength(1);
  });
});
