import assert from 'node:assert/strict';
import { AlbarettoError, type Sink } from '../../../src/plugin.js';
import type { SinkContract } from '../sink-contract.js';
import { bytesOf } from './material.js';

const [ABOVE, BELOW] = [bytesOf(3000, 1), bytesOf(3000, 2)];

const ORDINARY = ['Robots', "it's 'quoted'", '絵 🎨', '100% #1 & [x]', 'dots.in.it'];

/** Names that are legal somewhere. */
const DOUBTFUL = [
  '',
  ' ',
  '.',
  '..',
  'a/b',
  '../up',
  '/absolute',
  'nul\0byte',
  'a\ttab',
  'back\\slash',
  'x'.repeat(300),
];

/** A folder is made once, found again, and keeps its files to itself. */
export function folders({ check }: SinkContract): void {
  check('a folder asked for twice is one folder', async (trial) => {
    const store = await trial.store();
    const [first, second] = [await store.folder('Robots', {}), await store.folder('Robots', {})];
    assert.equal(second.location, first.location);
    assert.notEqual(first.location, store.location);
  });

  check('a folder asked for in a later run is the same folder', async (trial) => {
    const first = await (await trial.store()).folder('Robots', {});
    await first.put(await trial.file({ bytes: BELOW }), {});
    const second = await (await trial.reopen()).folder('Robots', {});
    assert.equal(second.location, first.location);
    trial.expectReceipt(await second.put(await trial.file({ bytes: BELOW }), {}), BELOW, 'present');
    await trial.expectContents(BELOW);
  });

  check('a folder asked for several times at once is one folder', async (trial) => {
    const store = await trial.store();
    const all = await Promise.all(Array.from({ length: 4 }, () => store.folder('Robots', {})));
    assert.equal(new Set(all.map((folder) => folder.location)).size, 1);
  });

  check('folders of different names are different folders', async (trial) => {
    const store = await trial.store();
    const [robots, cats] = [await store.folder('Robots', {}), await store.folder('Cats', {})];
    assert.notEqual(robots.location, cats.location);
  });

  check("a folder's files do not meet those above it", async (trial) => {
    const store = await trial.store();
    const folder = await store.folder('Robots', {});
    trial.expectReceipt(await store.put(await trial.file({ bytes: ABOVE, key: 'a'.repeat(43) }), {}), ABOVE, 'created');
    trial.expectReceipt(
      await folder.put(await trial.file({ bytes: BELOW, key: 'b'.repeat(43) }), {}),
      BELOW,
      'created',
    );
    const files = await trial.files();
    if (files !== undefined) assert.deepEqual(files.map((file) => file.folder ?? '').sort(), ['', 'Robots']);
    await trial.expectContents(ABOVE, BELOW);
  });

  check('folders lie in folders', async (trial) => {
    const outer = await (await trial.store()).folder('2022', {});
    const inner = await outer.folder('September', {});
    trial.expectReceipt(await inner.put(await trial.file({ bytes: BELOW }), {}), BELOW, 'created');
    const files = await trial.files();
    if (files !== undefined)
      assert.deepEqual(
        files.map((file) => file.folder),
        ['2022/September'],
      );
  });

  for (const name of ORDINARY) {
    check(`a folder can be called ${JSON.stringify(name)}`, async (trial) => {
      const store = await trial.store();
      const folder = await store.folder(name, {});
      assert.equal((await store.folder(name, {})).location, folder.location);
      await folder.put(await trial.file({ bytes: BELOW }), {});
      const files = await trial.files();
      if (files !== undefined)
        assert.deepEqual(
          files.map((file) => file.folder),
          [name],
        );
    });
  }

  check('a name is refused without a request exactly where making the folder would refuse it', async (trial) => {
    const { sink } = trial.harness;
    if (sink.checkFolderName === undefined) return;
    const store = await trial.store();
    for (const name of ORDINARY) assert.equal(refusalOf(sink, name), undefined, `${JSON.stringify(name)} is ordinary`);
    assert.equal(refusalOf(sink, ''), 'E_USAGE');
    for (const name of [...ORDINARY, ...DOUBTFUL]) {
      const refusal = refusalOf(sink, name);
      if (refusal === undefined) assert.notEqual((await store.folder(name, {})).location, store.location);
      else await trial.failure(store.folder(name, {}), 'E_USAGE');
      assert.ok(refusal === undefined || refusal === 'E_USAGE', `${JSON.stringify(name)} is refused with ${refusal}`);
    }
  });

  check("a folder's label says which folder it is", async (trial) => {
    const folder = await (await trial.store()).folder('Robots', {});
    assert.match(folder.label, /Robots/u);
  });

  check('a folder asked for with an aborted signal is an interruption', async (trial) => {
    const store = await trial.store();
    await trial.failure(store.folder('Robots', { signal: AbortSignal.abort() }), 'E_INTERRUPTED');
  });
}

function refusalOf(sink: Sink, name: string): string | undefined {
  try {
    sink.checkFolderName?.(name);
    return undefined;
  } catch (thrown) {
    return thrown instanceof AlbarettoError ? thrown.code : String(thrown);
  }
}
