import { describe, expect, test } from '@jest/globals';
import { flatLayout } from '../../src/archive/general-layouts.js';
import type { Layout } from '../../src/archive/layout.js';
import { AlbarettoError } from '../../src/errors.js';
import type { Receipt } from '../../src/model.js';
import type { Store, StoreFile } from '../../src/plugin.js';
import { sha256Of } from '../../src/transfer/bytes.js';
import type { Fetched } from '../../src/transfer/fetch.js';
import { openFolders } from '../../src/transfer/folder-stores.js';
import { type SaveOptions, type SaveResult, saveItems } from '../../src/transfer/save.js';
import type { Put } from '../../src/transfer/store.js';
import { fetchedItem } from '../support/fetched.js';
import { type Gate, gate, settle } from '../support/gate.js';

const layout: Layout = flatLayout({ longestName: 255, caseSensitive: true });

/** Its folders are not made, and what is put into it goes another way. */
const NO_STORE = { label: '/there', location: '/there' } as Store;

const receiptOf = (file: StoreFile, name = file.name): Receipt => ({
  name,
  location: `/there/${name}`,
  size: file.bytes.size,
  digest: { algorithm: 'sha256', hex: sha256Of(file.bytes.digests) },
  outcome: 'created',
});

/** A destination that writes down what it is given, in order. */
function recorder(put: (file: StoreFile) => Promise<Receipt> = async (file) => receiptOf(file)) {
  const files: StoreFile[] = [];
  const record: Put = (file) => {
    files.push(file);
    return put(file);
  };
  return { files, put: record, names: () => files.map(({ name }) => name) };
}

const save = (items: Iterable<Fetched> | AsyncIterable<Fetched>, put: Put, more: Partial<SaveOptions> = {}) =>
  saveItems(items, {
    folders: openFolders(NO_STORE, { surround: () => put, open: async () => NO_STORE }),
    layoutOf: async () => layout,
    concurrency: 3,
    overwrite: false,
    metadata: true,
    ...more,
  });

async function all(results: AsyncIterable<SaveResult>): Promise<SaveResult[]> {
  const taken: SaveResult[] = [];
  for await (const result of results) taken.push(result);
  return taken;
}

const outcome = (result: SaveResult) =>
  result.kind === 'passed' ? 'passed' : `${result.kind} ${result.fetched.item.id}`;
const items = (count: number, prefix = 'g') =>
  Array.from({ length: count }, (_, at) => fetchedItem({ id: `${prefix}${at + 1}` }));
const full = () => new AlbarettoError({ code: 'E_NO_SPACE', message: 'the disk is full', reach: 'run' });

describe('saved items', () => {
  test('are told in display order, however long each takes', async () => {
    const slow = gate();
    const { put } = recorder(async (file) => {
      if (file.name === 'g1.png') await slow.promise;
      return receiptOf(file);
    });
    const work = all(save(items(4), put));
    await settle();
    slow.open();
    expect((await work).map(outcome)).toEqual(['saved g1', 'saved g2', 'saved g3', 'saved g4']);
  });

  test('are never more at once than the storage bears', async () => {
    let running = 0;
    let most = 0;
    const { put } = recorder(async (file) => {
      running += 1;
      most = Math.max(most, running);
      await settle();
      running -= 1;
      return receiptOf(file);
    });
    await all(save(items(12), put, { concurrency: 3 }));
    expect(most).toBe(3);
  });

  test('have their media stored before the record that speaks of them', async () => {
    const { put, files } = recorder();
    await all(save([fetchedItem({ id: 'g1', companions: ['p1-source'] })], put));
    expect(files.map(({ role, name }) => `${role} ${name}`)).toEqual([
      'media g1.png',
      'media p1-source.png',
      'document g1.json',
    ]);
  });

  test('whose media failed get no record', async () => {
    const { put, names } = recorder(async () => {
      throw new AlbarettoError({ code: 'E_DESTINATION', message: 'no' });
    });
    const [result] = await all(save(items(1), put));
    expect(result).toMatchObject({ kind: 'failed', own: true, error: { code: 'E_DESTINATION' } });
    expect(names()).toEqual(['g1.png']);
  });

  test('whose record failed count as failed', async () => {
    const { put } = recorder(async (file) => {
      if (file.role === 'document') throw new AlbarettoError({ code: 'E_DESTINATION', message: 'no' });
      return receiptOf(file);
    });
    expect((await all(save(items(1), put))).map(outcome)).toEqual(['failed g1']);
  });

  test('get no record where none is wanted', async () => {
    const { put, names } = recorder();
    await all(save(items(2), put, { metadata: false }));
    expect(names().sort()).toEqual(['g1.png', 'g2.png']);
  });

  test('that had to take a second name take their record along, and it names them', async () => {
    const { put, files } = recorder(async (file) => receiptOf(file, file.role === 'media' ? 'g1-2.png' : file.name));
    await all(save(items(1), put));
    const record = files[1]!;
    expect(record.name).toBe('g1-2.json');
    expect(JSON.parse(Buffer.from(record.bytes.inMemory!).toString('utf8'))).toMatchObject({
      id: 'g1',
      file: 'g1-2.png',
    });
  });

  test('tell the digest of each file, not one for all', async () => {
    const { put } = recorder();
    const fetched = fetchedItem({ id: 'g1', companions: ['p1-source'] });
    const [result] = await all(save([fetched], put));
    if (result?.kind !== 'saved') throw new Error('it is saved');
    expect(result.files.filter(({ role }) => role === 'media').map(({ sha256 }) => sha256)).toEqual([
      sha256Of(fetched.bytes.digests),
      sha256Of(fetched.companions[0]!.bytes.digests),
    ]);
  });

  test('count each byte once, also when a try is repeated', async () => {
    let count = 0;
    const fetched = fetchedItem({ id: 'g1' });
    const put: Put = async (file, options) => {
      for (const sent of [100, 120, 40, file.bytes.size]) options.onProgress?.(sent);
      return receiptOf(file);
    };
    await all(save([fetched], put, { metadata: false, onBytes: (more) => (count += more) }));
    expect(count).toBe(fetched.bytes.size);
  });

  test('of which one failed: the others go on', async () => {
    const { put } = recorder(async (file) => {
      if (file.name === 'g2.png') throw new AlbarettoError({ code: 'E_DIGEST', message: 'no' });
      return receiptOf(file);
    });
    expect((await all(save(items(4), put))).map(outcome)).toEqual(['saved g1', 'failed g2', 'saved g3', 'saved g4']);
  });
});

describe('a failure that reaches the whole run', () => {
  test('lets nothing more begin, and every item is answered', async () => {
    const { put, names } = recorder(async (file) => {
      if (file.name === 'g3.png') throw full();
      return receiptOf(file);
    });
    const results = await all(save(items(20), put, { metadata: false, concurrency: 1 }));
    expect(results.map(outcome)).toEqual([
      'saved g1',
      'saved g2',
      ...Array.from({ length: 18 }, (_, at) => `failed g${at + 3}`),
    ]);
    expect(names()).toEqual(['g1.png', 'g2.png', 'g3.png']);
    for (const result of results.slice(2)) expect(result).toMatchObject({ error: { code: 'E_NO_SPACE' } });
  });

  test('is one item’s own, however many it meets at once', async () => {
    const { put } = recorder(async () => {
      await settle();
      throw full();
    });
    const results = await all(save(items(9), put));
    expect(results.filter((result) => result.kind === 'failed' && result.own)).toHaveLength(1);
    expect(results).toHaveLength(9);
  });

  test('lets what is under way end', async () => {
    const slow = gate();
    const { put } = recorder(async (file) => {
      if (file.name === 'g2.png') throw full();
      await slow.promise;
      return receiptOf(file);
    });
    const work = all(save(items(4), put, { metadata: false }));
    await settle();
    slow.open();
    expect((await work).map(outcome)).toEqual(['saved g1', 'failed g2', 'saved g3', 'failed g4']);
  });
});

describe('an abort', () => {
  test('answers every item: the caller knows which are saved', async () => {
    const controller = new AbortController();
    const doors: Gate[] = [];
    const put: Put = async (file, { signal }) => {
      if (file.name === 'g1.png') return receiptOf(file);
      const door = gate();
      doors.push(door);
      signal?.addEventListener('abort', () => door.open());
      await door.promise;
      throw new DOMException('aborted', 'AbortError');
    };
    const work = all(save(items(8), put, { signal: controller.signal, metadata: false }));
    await settle();
    controller.abort();
    const results = await work;
    expect(results.map(outcome)).toEqual(['saved g1', ...items(7).map((_item, at) => `failed g${at + 2}`)]);
    for (const result of results.slice(1)) expect(result).toMatchObject({ error: { code: 'E_INTERRUPTED' } });
  });

  test('before the first begins nothing', async () => {
    const { put, names } = recorder();
    const results = await all(save(items(3), put, { signal: AbortSignal.abort() }));
    expect(results.map((result) => result.kind === 'failed' && [result.own, result.error.code])).toEqual([
      [false, 'E_INTERRUPTED'],
      [false, 'E_INTERRUPTED'],
      [false, 'E_INTERRUPTED'],
    ]);
    expect(names()).toEqual([]);
  });
});

test('a fault of this program is told as one item’s failure and not thrown', async () => {
  const put: Put = () => Promise.reject(new TypeError('undefined is no function'));
  const results = await all(save(items(2), put));
  expect(results.map((result) => result.kind === 'failed' && result.error.code)).toEqual(['E_INTERNAL', 'E_INTERNAL']);
});
