import assert from 'node:assert/strict';
import type { Store, StoreFile } from '../../../src/plugin.js';
import type { SinkContract } from '../sink-contract.js';

/** `has` tells what is there: by the file's name or by its key, whichever the storage finds files by. */
export function presence({ check, has }: SinkContract): void {
  if (!has) return;

  check('an empty destination has nothing', async (trial) => {
    assert.equal(await told(await trial.store(), await trial.file()), false);
  });

  check('what was stored is there, what was not is not', async (trial) => {
    const store = await trial.store();
    const [stored, missing] = [await trial.file({ name: 'stored.webp' }), await trial.file({ name: 'missing.webp' })];
    await store.put(stored, {});
    assert.equal(await told(store, stored), true);
    assert.equal(await told(store, missing), false);
  });

  check('many files are asked for at once', async (trial) => {
    const store = await trial.store();
    const files: StoreFile[] = [];
    for (let index = 0; index < 30; index++) files.push(await trial.file({ name: `generation-${index}.webp` }));
    for (const file of files.slice(0, 20)) await store.put(file, {});
    const there = (await store.has?.(files, {})) ?? new Set();
    const found = files.filter((file) => there.has(file.name) || there.has(file.key));
    assert.deepEqual(found, files.slice(0, 20));
    assert.equal(there.size, 20, 'only what was asked for is told');
  });

  check('asking for no files answers none', async (trial) => {
    const store = await trial.store();
    await store.put(await trial.file(), {});
    assert.equal((await store.has?.([], {}))?.size, 0);
  });

  check('what was stored is there in a later run', async (trial) => {
    const file = await trial.file();
    await (await trial.store()).put(file, {});
    assert.equal(await told(await trial.reopen(), file), true);
  });

  check("a folder's files are not there in the folder above", async (trial) => {
    const [store, file] = [await trial.store(), await trial.file()];
    const folder = await store.folder('Robots', {});
    await folder.put(file, {});
    assert.equal(await told(folder, file), true);
    assert.equal(await told(store, file), false);
  });
}

async function told(store: Store, file: StoreFile): Promise<boolean> {
  const there = (await store.has?.([file], {})) ?? new Set();
  return there.has(file.name) || there.has(file.key);
}
