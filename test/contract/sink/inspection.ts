import assert from 'node:assert/strict';
import type { Condition, ExpectedFile, Receipt, Store } from '../../../src/plugin.js';
import type { SinkContract } from '../sink-contract.js';
import { bytesOf, digestOf } from './material.js';
import type { Trial } from './trial.js';

const [BYTES, OTHER, LONGER] = [bytesOf(5000, 1), bytesOf(5000, 2), bytesOf(6000, 1)];

/** `inspect` says of each stored file whether it is there and whole, and changes nothing. */
export function inspection({ check, inspect }: SinkContract): void {
  if (!inspect) return;

  for (const deep of [false, true]) {
    const how = deep ? 'a deep look' : 'a quick look';

    check(`${how} finds whole what was stored`, async (trial) => {
      const receipt = await trial.put({ bytes: BYTES });
      assert.deepEqual(await look(await trial.store(), [expected(receipt, BYTES)], deep), ['whole']);
    });

    check(`${how} finds missing what was never stored`, async (trial) => {
      const receipt = await trial.put({ bytes: BYTES });
      const never = { ...expected(receipt, BYTES), name: 'never.webp', location: `${receipt.location}-never` };
      assert.deepEqual(await look(await trial.store(), [never], deep), ['missing']);
    });

    check(`${how} finds damaged what has another size`, async (trial) => {
      const receipt = await trial.put({ bytes: BYTES });
      assert.deepEqual(await look(await trial.store(), [expected(receipt, LONGER)], deep), ['damaged']);
    });

    check(`${how} in a later run finds the same`, async (trial) => {
      const receipt = await trial.put({ bytes: BYTES });
      const { sink, destination } = trial.harness;
      const later = await sink.open(destination, { readOnly: true });
      const never = { ...expected(receipt, BYTES), name: 'never.webp', location: `${receipt.location}-never` };
      assert.deepEqual(await look(later, [never, expected(receipt, BYTES)], deep), ['missing', 'whole']);
    });

    check(`${how} changes nothing`, async (trial) => {
      const receipt = await trial.put({ bytes: BYTES });
      const before = await trial.files();
      await look(await trial.store(), [expected(receipt, BYTES), expected(receipt, LONGER)], deep);
      assert.deepEqual(await trial.files(), before);
    });

    check(`${how} with an aborted signal is an interruption`, async (trial) => {
      const [receipt, store] = [await trial.put({ bytes: BYTES }), await trial.store()];
      const options = { signal: AbortSignal.abort(), deep };
      await trial.failure(Promise.resolve(store.inspect?.([expected(receipt, BYTES)], options)), 'E_INTERRUPTED');
    });
  }

  check('a deep look finds damaged what has the right size and other bytes', async (trial) => {
    const receipt = await trial.put({ bytes: BYTES });
    assert.deepEqual(await look(await trial.store(), [expected(receipt, OTHER)], true), ['damaged']);
  });

  check('a file that was replaced is not what it was', async (trial) => {
    const before = await trial.put({ bytes: BYTES });
    const after = await trial.put({ bytes: OTHER, onDifferent: 'replace' });
    const store = await trial.store();
    assert.deepEqual(await look(store, [expected(before, BYTES), expected(after, OTHER)], true), ['damaged', 'whole']);
  });

  check('an empty file is whole', async (trial) => {
    const bytes = new Uint8Array(0);
    const receipt = await trial.put({ bytes });
    assert.deepEqual(await look(await trial.store(), [expected(receipt, bytes)], true), ['whole']);
  });

  check('many files are told in the order in which they were asked for', async (trial) => {
    const files: ExpectedFile[] = [];
    const told: Condition[] = [];
    for (let index = 0; index < 30; index++) {
      const bytes = bytesOf(1000 + index, index);
      const receipt = await trial.put({ name: `generation-${index}.webp`, bytes });
      const condition = (['whole', 'damaged', 'missing'] as const)[index % 3]!;
      const file = expected(receipt, condition === 'damaged' ? bytesOf(1000 + index, index + 100) : bytes);
      files.push(condition === 'missing' ? { ...file, name: 'x.webp', location: `${file.location}-x` } : file);
      told.push(condition);
    }
    assert.deepEqual(await look(await trial.store(), files, true), told);
  });

  check('a look at no files tells nothing', async (trial) => {
    assert.deepEqual(await look(await trial.store(), [], true), []);
  });

  check('a look at a destination that is empty finds everything missing', async (trial) => {
    const receipt = { name: 'a.webp', location: 'nowhere' };
    assert.deepEqual(await look(await trial.store(), [expected(receipt, BYTES)], true), ['missing']);
    await trial.expectContents();
  });

  check("a folder's files are whole there and missing in the folder above", async (trial) => {
    const store = await trial.store();
    const folder = await store.folder('Robots', {});
    const file = expected(await folder.put(await trial.file({ bytes: BYTES }), {}), BYTES);
    assert.deepEqual(await look(folder, [file], true), ['whole']);
    assert.deepEqual(await look(store, [file], true), ['missing']);
  });

  for (const deep of [false, true]) {
    const how = deep ? 'a deep look' : 'a quick look';

    check(`${how} from above finds whole what lies in folders below, in a later run too`, async (trial) => {
      const files = await storedBelow(trial, ['2022', '2022/September', 'Robots']);
      const { sink, destination } = trial.harness;
      for (const store of [await trial.store(), await sink.open(destination, { readOnly: true })]) {
        assert.deepEqual(
          await look(store, files, deep),
          files.map(() => 'whole'),
        );
      }
    });

    check(`${how} from above finds missing what lies in another folder than it should`, async (trial) => {
      const files = await storedBelow(trial, ['Cats', 'Robots']);
      const [cat, robot] = files as [ExpectedFile, ExpectedFile];
      const swapped = [
        { ...cat, name: cat.name.replace('Cats/', 'Robots/') },
        { ...robot, name: robot.name.replace('Robots/', 'Dogs/') },
        { ...robot, name: `Robots/${robot.name}` },
        { ...robot, name: robot.name.replace('Robots/', '') },
      ];
      assert.deepEqual(await look(await trial.store(), [...swapped, robot], deep), [
        ...swapped.map(() => 'missing'),
        'whole',
      ]);
    });
  }

  check('a deep look from above finds damaged what lies in a folder below and holds other bytes', async (trial) => {
    const files = await storedBelow(trial, ['Robots', '2022/September']);
    const others = files.map(({ name, location }) => expected({ name, location }, OTHER));
    assert.deepEqual(await look(await trial.store(), others, true), ['damaged', 'damaged']);
  });

  check('files of many folders are told in the order in which they were asked for', async (trial) => {
    const folders = ['Robots', 'Cats', '2022/September', '2022', '2022/October'];
    const below = await storedBelow(trial, [...folders, ...folders.map((folder) => `${folder}/more`)]);
    const here = expected(await trial.put({ name: 'here.webp', bytes: BYTES }), BYTES);
    const asked = below.flatMap((file, index) => [file, index % 3 === 0 ? here : { ...file, name: `no/${file.name}` }]);
    assert.deepEqual(
      await look(await trial.store(), asked, true),
      below.flatMap((_, index) => ['whole', index % 3 === 0 ? 'whole' : 'missing']),
    );
  });

  check('names that lead elsewhere by way of a folder below are missing', async (trial) => {
    const folder = await (await trial.store()).folder('Robots', {});
    const below = await folder.put(await trial.file({ name: 'below.webp', bytes: BYTES, key: 'b'.repeat(43) }), {});
    const above = await trial.put({ name: 'above.webp', bytes: BYTES });
    const files = [
      ...['Robots/../above.webp', './above.webp', '/above.webp', 'above.webp/'].map((name) => ({ ...above, name })),
      ...['Robots//below.webp', '/Robots/below.webp', 'Robots/./below.webp', 'Robots/', 'Robots'].map((name) => ({
        ...below,
        name,
      })),
    ].map((file) => expected(file, BYTES));
    assert.deepEqual(
      await look(await trial.store(), files, true),
      files.map(() => 'missing'),
    );
  });

  check('names that lead elsewhere are missing', async (trial) => {
    const folder = await (await trial.store()).folder('Robots', {});
    await trial.put({ name: 'above.webp', bytes: BYTES });
    const names = ['../above.webp', '..', '.', '', '/etc/passwd', 'a\0b.webp'];
    const files = names.map((name) => expected({ name, location: name }, BYTES));
    assert.deepEqual(
      await look(folder, files, true),
      names.map(() => 'missing'),
    );
  });
}

function expected({ name, location }: Pick<Receipt, 'name' | 'location'>, bytes: Uint8Array): ExpectedFile {
  const digests = (['md5', 'sha256'] as const).map((algorithm) => ({ algorithm, hex: digestOf(algorithm, bytes) }));
  return { name, location, size: bytes.length, digests };
}

/** One file in each of these folders, as it should be found from the destination. */
async function storedBelow(trial: Trial, folders: readonly string[]): Promise<ExpectedFile[]> {
  const files: ExpectedFile[] = [];
  for (const [index, path] of folders.entries()) {
    let store = await trial.store();
    for (const name of path.split('/')) store = await store.folder(name, {});
    const name = `generation-${index}.webp`;
    const receipt = await store.put(await trial.file({ name, bytes: BYTES }), {});
    files.push(expected({ ...receipt, name: `${path}/${receipt.name}` }, BYTES));
  }
  return files;
}

async function look(store: Store, files: readonly ExpectedFile[], deep: boolean): Promise<readonly Condition[]> {
  return (await store.inspect?.(files, { deep })) ?? assert.fail('it has no inspect');
}
