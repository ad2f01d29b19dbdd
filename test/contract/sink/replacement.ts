import assert from 'node:assert/strict';
import { AlbarettoError, type ExistingFile } from '../../../src/plugin.js';
import type { SinkContract } from '../sink-contract.js';
import { bytesOf } from './material.js';

const [OLD, NEW, NEWER] = [bytesOf(5000, 1), bytesOf(7000, 2), bytesOf(10, 3)];

/** What may be replaced is replaced in its place; what may not is left alone. */
export function replacement({ check }: SinkContract): void {
  check('different bytes replace the file when that is asked for', async (trial) => {
    const old = await trial.put({ bytes: OLD });
    const receipt = await trial.put({ bytes: NEW, onDifferent: 'replace' });
    trial.expectReceipt(receipt, NEW, 'replaced');
    assert.equal(receipt.name, old.name);
    await trial.expectContents(NEW);
  });

  check('the same bytes are present, not replaced, also when replacing is asked for', async (trial) => {
    await trial.put({ bytes: OLD });
    trial.expectReceipt(await trial.put({ bytes: OLD, onDifferent: 'replace' }), OLD, 'present');
    await trial.expectContents(OLD);
  });

  check('a new file is created, not replaced, also when replacing is asked for', async (trial) => {
    trial.expectReceipt(await trial.put({ bytes: OLD, onDifferent: 'replace' }), OLD, 'created');
  });

  check('what was replaced is present afterwards and can be replaced again', async (trial) => {
    await trial.put({ bytes: OLD });
    await trial.put({ bytes: NEW, onDifferent: 'replace' });
    trial.expectReceipt(await trial.put({ bytes: NEW }), NEW, 'present');
    trial.expectReceipt(await trial.put({ bytes: NEWER, onDifferent: 'replace' }), NEWER, 'replaced');
    await trial.expectContents(NEWER);
  });

  check('a document is replaced in place', async (trial) => {
    const document = {
      name: 'task-1.json',
      role: 'document',
      mediaType: 'application/json',
      onDifferent: 'replace',
    } as const;
    const before = await trial.put({ ...document, bytes: OLD });
    const after = await (await trial.reopen()).put(await trial.file({ ...document, bytes: NEW }), {});
    trial.expectReceipt(after, NEW, 'replaced');
    assert.equal(after.location, before.location);
    await trial.expectContents(NEW);
  });

  check('an existing file that may be replaced is shown first, as it is stored', async (trial) => {
    await trial.put({ bytes: OLD });
    const shown: ExistingFile[] = [];
    let read: Uint8Array | undefined;
    const receipt = await trial.put({
      bytes: NEW,
      async replaces(existing) {
        shown.push(existing);
        read = await readAll(existing.open());
        return true;
      },
    });
    trial.expectReceipt(receipt, NEW, 'replaced');
    assert.equal(shown[0]?.size, OLD.length);
    assert.deepEqual(read && Buffer.from(read), Buffer.from(OLD));
    await trial.expectContents(NEW);
  });

  check('an existing file that may not be replaced is kept beside the new one', async (trial) => {
    await trial.put({ bytes: OLD });
    trial.expectReceipt(await trial.put({ bytes: NEW, replaces: async () => false }), NEW, 'created');
    await trial.expectContents(OLD, NEW);
  });

  check('an existing file with the same bytes is not asked about', async (trial) => {
    await trial.put({ bytes: OLD });
    const replaces = async (): Promise<boolean> => assert.fail('it was asked about');
    trial.expectReceipt(await trial.put({ bytes: OLD, replaces }), OLD, 'present');
  });

  check('a question about an existing file that fails changes nothing', async (trial) => {
    await trial.put({ bytes: OLD });
    const replaces = async (): Promise<boolean> => {
      throw new AlbarettoError({ code: 'E_BAD_ANSWER', message: 'the old document is not JSON' });
    };
    await trial.failure(trial.put({ bytes: NEW, replaces }), 'E_BAD_ANSWER');
    await trial.expectContents(OLD);
  });
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Uint8Array.from(chunk));
  return Buffer.concat(all);
}
