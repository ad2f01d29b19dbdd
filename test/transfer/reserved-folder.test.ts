import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createJournal, type JournalEntry } from '../../src/archive/journal.js';
import type { FolderOptions, Store } from '../../src/plugin.js';
import { openReservedFolder } from '../../src/transfer/reserved-folder.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'albaretto-folder-'));
  path = join(folder, 'journal.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function lines(): string[] {
  const entries = readFileSync(path, 'utf8').trim().split('\n');
  return entries
    .map((line) => JSON.parse(line) as JournalEntry)
    .map(({ state, reservation }) => `${state} ${reservation}`);
}

interface Storage {
  store: Store;
  /** The ids that folders were made with, in order. */
  readonly made: (string | undefined)[];
}

/** @param make What becomes of a try to make the folder. */
function storage(make: (id: string) => void = () => undefined, prefix = 'id'): Storage {
  const made: (string | undefined)[] = [];
  let ids = 0;
  const store = {
    label: 'somewhere',
    location: 'folder-1',
    reserve: async (count: number) => Array.from({ length: count }, () => `${prefix}-${++ids}`),
    async folder(name: string, { reservation, reserve }: FolderOptions) {
      const id = reservation ?? (await reserve?.()) ?? 'none';
      made.push(id);
      make(id);
      return { ...store, location: `${name} ${id}` };
    },
  } as unknown as Store;
  return { store, made };
}

const open = (store: Store) => openReservedFolder(store, 'Robots', { journal: createJournal(path) });

function fail(): never {
  throw new Error('no answer');
}

describe('a folder of a storage that gives out ids', () => {
  test('has its id on the disk before it is made, and its end after it', async () => {
    const seen: string[][] = [];
    const { store } = storage(() => void seen.push(lines()));
    await open(store);
    expect(seen).toEqual([['begun id-1']]);
    expect(lines()).toEqual(['begun id-1', 'done id-1']);
  });

  test('has the same id in every try and in every run, until it is made', async () => {
    const { store, made } = storage(fail);
    for (let tries = 0; tries < 3; tries += 1) await expect(open(store)).rejects.toThrow('no answer');
    const next = storage();
    await open(next.store);
    expect([...made, ...next.made]).toEqual(['id-1', 'id-1', 'id-1', 'id-1']);
  });

  test('has the same id for two processes that make it at the same moment', async () => {
    const [one, two] = [storage(), storage(undefined, 'other')];
    await Promise.all([open(one.store), open(two.store)]);
    expect(one.made).toEqual(two.made);
  });

  test('has a new id where the known one cannot be used any more, the same for two processes', async () => {
    await open(storage().store);
    const renewing = (prefix: string) => {
      const own = storage(undefined, prefix);
      const renew = async (_name: string, { reserve }: FolderOptions) => {
        own.made.push(await reserve?.());
        return own.store;
      };
      own.store = { ...own.store, folder: renew };
      return own;
    };
    const [one, two] = [renewing('new'), renewing('other')];
    await Promise.all([open(one.store), open(two.store)]);
    expect(one.made).toEqual(two.made);
    expect(one.made[0]).not.toBe('id-1');
  });

  test('that is there already takes no id and no line', async () => {
    const { store } = storage();
    const there = { ...store, folder: async () => store };
    await open(there);
    expect(() => lines()).toThrow('ENOENT');
  });

  test('is not made where the storage gives no id', async () => {
    const { store, made } = storage();
    await expect(open({ ...store, reserve: async () => [] })).rejects.toMatchObject({ code: 'E_BAD_ANSWER' });
    expect(made).toEqual([]);
  });
});

test('a storage without ids is asked for its folder as it is', async () => {
  const { store, made } = storage();
  const { reserve: _, ...plain } = store;
  await open(plain);
  expect(made).toEqual(['none']);
});
