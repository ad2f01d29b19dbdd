import assert from 'node:assert/strict';
import { AlbarettoError, type Bytes } from '../../../src/plugin.js';
import type { SinkContract } from '../sink-contract.js';
import { bytesOf, failing, long, short } from './material.js';

const DECLARED = bytesOf(5000);
const OLD = bytesOf(4000, 7);
const UNAVAILABLE = new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'the spilled bytes are gone' });

const BROKEN: Readonly<Record<string, Bytes>> = {
  'a body that ends before its declared size': short(DECLARED, 4999),
  'a body that ends half-way': short(DECLARED, 2500),
  'a body that ends before its first byte': short(DECLARED, 0),
  'a body of one byte more than declared': long(DECLARED, bytesOf(1)),
  'a body of much more than declared': long(DECLARED, bytesOf(1024 * 1024)),
  'a reader that fails before its first byte': failing(DECLARED, 0, UNAVAILABLE),
  'a reader that fails half-way': failing(DECLARED, 2500, UNAVAILABLE),
  'a reader that fails after its last byte': failing(DECLARED, 5000, UNAVAILABLE),
  'a reader that fails with an error of no known kind': failing(DECLARED, 2500, new Error('EIO: i/o error, read')),
};

/** Bytes that are not what they were declared to be never become a file. */
export function brokenBytes({ check, has }: SinkContract): void {
  for (const [what, bytes] of Object.entries(BROKEN)) {
    check(`${what} is an error and never a file`, async (trial) => {
      await trial.failure(trial.put({ bytes }));
      await trial.expectContents();
    });
  }

  for (const [what, bytes] of Object.entries(BROKEN)) {
    check(`${what} leaves the file that it should replace as it was`, async (trial) => {
      await trial.put({ bytes: OLD });
      await trial.failure(trial.put({ bytes, onDifferent: 'replace' }));
      await trial.expectContents(OLD);
    });
  }

  check('a body of the wrong length is told as such', async (trial) => {
    await trial.failure(trial.put({ bytes: short(DECLARED, 2500) }), 'E_TRUNCATED');
    await trial.failure(trial.put({ bytes: long(DECLARED, bytesOf(1)) }), 'E_TRUNCATED', 'E_TOO_LARGE');
  });

  check("a reader's own error arrives with its code", async (trial) => {
    const error = await trial.failure(trial.put({ bytes: failing(DECLARED, 2500, UNAVAILABLE) }), 'E_UNAVAILABLE');
    assert.match(error.message, /the spilled bytes are gone/u);
  });

  check('after a failure the same file can be stored', async (trial) => {
    const file = await trial.file({ bytes: DECLARED });
    const store = await trial.store();
    await trial.failure(store.put({ ...file, bytes: failing(DECLARED, 2500, UNAVAILABLE) }, {}));
    trial.expectReceipt(await store.put(file, {}), DECLARED, 'created');
    await trial.expectContents(DECLARED);
  });

  check('a failure of one file does not touch another', async (trial) => {
    await trial.put({ name: 'first.webp', bytes: OLD });
    await trial.failure(trial.put({ name: 'second.webp', bytes: short(DECLARED, 10) }));
    trial.expectReceipt(await trial.put({ name: 'third.webp', bytes: DECLARED }), DECLARED, 'created');
    await trial.expectContents(OLD, DECLARED);
  });

  if (has) {
    check('what failed to be stored is not told as there', async (trial) => {
      const file = await trial.file({ bytes: short(DECLARED, 2500) });
      const store = await trial.store();
      await trial.failure(store.put(file, {}));
      assert.deepEqual([...((await store.has?.([file], {})) ?? [])], []);
    });
  }
}
