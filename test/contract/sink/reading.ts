import assert from 'node:assert/strict';
import type { Receipt, Store, StoredFile, StoreFile } from '../../../src/plugin.js';
import type { SinkContract } from '../sink-contract.js';
import { bytesOf, digestOf, short } from './material.js';
import type { Trial } from './trial.js';

const [BYTES, OTHER, LARGE] = [bytesOf(5000, 1), bytesOf(7000, 2), bytesOf(300_000, 3)];
const DOCUMENT = {
  name: 'album.json',
  role: 'document',
  mediaType: 'application/json',
  onDifferent: 'replace',
} as const;

/** `read` gives back what is stored, whatever stored it and when, and changes nothing. */
export function reading(contract: SinkContract): void {
  if (!contract.read) return;
  contents(contract);
  absences(contract);
  namesakes(contract);
}

function contents({ check }: SinkContract): void {
  const sizes = {
    'an empty file': new Uint8Array(0),
    'a file of 5,000 bytes': BYTES,
    'a file of 300,000 bytes': LARGE,
  };
  for (const [what, bytes] of Object.entries(sizes)) {
    check(`${what} is read back as it was stored, in a later run too`, async (trial) => {
      const file = await trial.file({ bytes });
      const receipt = await (await trial.store()).put(file, {});
      const { sink, destination } = trial.harness;
      for (const store of [await trial.store(), await sink.open(destination, { readOnly: true })]) {
        await expectRead(trial, await read(store, file), receipt, bytes);
      }
    });
  }

  check('what is read back can be read twice, also at once', async (trial) => {
    const file = await trial.file({ bytes: LARGE });
    await (await trial.store()).put(file, {});
    const found = await expectFound(await trial.store(), file);
    const [first, second] = await Promise.all([bytesFrom(found), bytesFrom(found)]);
    for (const bytes of [first, second, await bytesFrom(found)]) expectSame(bytes, LARGE);
  });

  check('whoever stops in the middle of reading leaves the file as it is', async (trial) => {
    const file = await trial.file({ bytes: LARGE });
    await (await trial.store()).put(file, {});
    const found = await expectFound(await trial.store(), file);
    for await (const chunk of found.open()) if (chunk.length > 0) break;
    expectSame(await bytesFrom(found), LARGE);
    await trial.expectContents(LARGE);
  });

  check('what was replaced is read back as it is now', async (trial) => {
    const before = await trial.file({ ...DOCUMENT, bytes: BYTES });
    const store = await trial.store();
    await store.put(before, {});
    expectSame(await bytesFrom(await expectFound(store, before)), BYTES);
    const receipt = await store.put(await trial.file({ ...DOCUMENT, bytes: OTHER }), {});
    await expectRead(trial, await read(store, before), receipt, OTHER);
  });

  check('a document grows by reading it and putting it back, in run after run, and stays one file', async (trial) => {
    let grown = new Uint8Array(0);
    for (let run = 1; run <= 3; run++) {
      const store = await trial.reopen();
      const there = await read(store, await trial.file(DOCUMENT));
      expectSame(there === undefined ? new Uint8Array(0) : await bytesFrom(there), grown);
      grown = Uint8Array.from([...grown, ...bytesOf(1000, run)]);
      await store.put(await trial.file({ ...DOCUMENT, bytes: grown }), {});
    }
    await trial.expectContents(grown);
  });

  check("a folder's file is read there and is none in the folder above", async (trial) => {
    const [store, file] = [await trial.store(), await trial.file({ bytes: BYTES })];
    const folder = await store.folder('Robots', {});
    const receipt = await folder.put(file, {});
    await expectRead(trial, await read(folder, file), receipt, BYTES);
    assert.equal(await read(store, file), undefined);
  });

  check('many files are read at once', async (trial) => {
    const store = await trial.store();
    const files: StoreFile[] = [];
    for (let index = 0; index < 12; index++) {
      files.push(await trial.file({ name: `generation-${index}.webp`, bytes: bytesOf(1000 + index, index) }));
    }
    for (const file of files) await store.put(file, {});
    const all = await Promise.all(files.map(async (file) => bytesFrom(await expectFound(store, file))));
    for (const [index, bytes] of all.entries()) expectSame(bytes, bytesOf(1000 + index, index));
  });
}

function absences({ check }: SinkContract): void {
  check('what was never stored is none, and asking for it makes nothing', async (trial) => {
    const store = await trial.reopen();
    assert.equal(await read(store, { name: 'never.webp', key: 'n'.repeat(43) }), undefined);
    await trial.expectContents();
    await trial.put({ bytes: BYTES });
    assert.equal(await read(store, { name: 'never.webp', key: 'n'.repeat(43) }), undefined);
    await trial.expectContents(BYTES);
  });

  check('what failed to be stored is none', async (trial) => {
    const file = await trial.file({ bytes: short(BYTES, 2500) });
    const store = await trial.store();
    await trial.failure(store.put(file, {}));
    assert.equal(await read(store, file), undefined);
  });

  check('a folder is no file', async (trial) => {
    const store = await trial.store();
    await store.folder('Robots', {});
    for (const opened of [store, await trial.reopen()]) {
      assert.equal(await read(opened, { name: 'Robots', key: 'f'.repeat(43) }), undefined);
    }
  });

  check('names that lead elsewhere are none', async (trial) => {
    const folder = await (await trial.store()).folder('Robots', {});
    await trial.put({ name: 'above.webp', bytes: BYTES });
    await folder.put(await trial.file({ name: 'here.webp', bytes: OTHER }), {});
    const names = [
      'above.webp',
      '../above.webp',
      '..',
      '.',
      '',
      './here.webp',
      '/here.webp',
      'here.webp/',
      '/etc/passwd',
      'a\0b.webp',
    ];
    for (const [index, name] of names.entries()) {
      assert.equal(await read(folder, { name, key: `${index}`.padStart(43, 'e') }), undefined, JSON.stringify(name));
    }
    const below = { name: 'Robots/here.webp', key: 'e'.repeat(43) };
    assert.equal(await read(await trial.store(), below), undefined);
  });

  check('a name that differs by case alone is none', async (trial) => {
    await trial.put({ name: 'ab3.webp', bytes: BYTES });
    assert.equal(await read(await trial.store(), { name: 'AB3.webp', key: 'c'.repeat(43) }), undefined);
  });

  check('reading with an aborted signal is an interruption', async (trial) => {
    const [file, store] = [await trial.file({ bytes: BYTES }), await trial.store()];
    await store.put(file, {});
    const work = Promise.resolve(store.read?.(file, { signal: AbortSignal.abort() }));
    await trial.failure(work, 'E_INTERRUPTED');
  });
}

function namesakes({ check, capabilities }: SinkContract): void {
  const [first, second] = [
    { name: 'same.json', key: '1'.repeat(43), createdAt: new Date('2022-09-01T12:00:00Z'), bytes: BYTES },
    { name: 'same.json', key: '2'.repeat(43), createdAt: new Date('2023-09-01T12:00:00Z'), bytes: OTHER },
  ] as const;

  if (capabilities.uniqueNames) {
    check('a file is read by its name, whatever its key', async (trial) => {
      const receipt = await trial.put(first);
      await expectRead(trial, await read(await trial.store(), second), receipt, BYTES);
    });
    return;
  }

  check('of files with one name each is read by its key, in a later run too', async (trial) => {
    const receipts = [await trial.put(first), await trial.put(second)] as const;
    for (const store of [await trial.store(), await trial.reopen()]) {
      await expectRead(trial, await read(store, first), receipts[0], BYTES);
      await expectRead(trial, await read(store, second), receipts[1], OTHER);
    }
  });

  for (const order of [
    [first, second],
    [second, first],
  ] as const) {
    const whence = order[0] === first ? 'first' : 'last';
    check(
      `of files with one name the newest is read where none has the key (the oldest was stored ${whence})`,
      async (trial) => {
        const receipts = new Map<string, Receipt>();
        // Documents that their layout replaces: a store may give other files names that tell them apart.
        const document = { role: 'document', onDifferent: 'replace' } as const;
        for (const file of order) receipts.set(file.key, await trial.put({ ...file, ...document }));
        const unknown = { name: 'same.json', key: '3'.repeat(43) };
        for (const store of [await trial.store(), await trial.reopen()]) {
          await expectRead(trial, await read(store, unknown), receipts.get(second.key) as Receipt, OTHER);
        }
      },
    );
  }
}

type Wanted = Pick<StoreFile, 'name' | 'key'>;

async function read(store: Store, { name, key }: Wanted): Promise<StoredFile | undefined> {
  assert.ok(store.read, 'it has no read');
  return store.read({ name, key }, {});
}

async function expectFound(store: Store, file: Wanted): Promise<StoredFile> {
  return (await read(store, file)) ?? assert.fail(`${file.name} is not found`);
}

/** What was found is the file of the receipt, and holds these bytes. */
async function expectRead(
  trial: Trial,
  found: StoredFile | undefined,
  receipt: Receipt,
  bytes: Uint8Array,
): Promise<void> {
  assert.ok(found, 'it is not found');
  assert.equal(found.name, receipt.name);
  assert.equal(found.location, receipt.location);
  assert.equal(found.size, bytes.length);
  for (const { algorithm, hex } of found.digests) assert.equal(hex, digestOf(algorithm, bytes));
  expectSame(await trial.ends(bytesFrom(found)), bytes);
}

function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  assert.ok(Buffer.from(actual).equals(expected), `${actual.length} bytes, of other content or length`);
}

async function bytesFrom(file: StoredFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
