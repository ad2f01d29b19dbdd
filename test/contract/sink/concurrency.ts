import assert from 'node:assert/strict';
import type { Receipt } from '../../../src/plugin.js';
import type { SinkContract } from '../sink-contract.js';
import { bytesOf } from './material.js';
import type { Trial } from './trial.js';

const MANY = 40;

/** Puts at the same time neither lose nor double anything. */
export function concurrency({ check, capabilities }: SinkContract): void {
  const atOnce = Math.max(2, capabilities.concurrency);

  check('one file, put several times at once, is created once', async (trial) => {
    const bytes = bytesOf(200_000);
    const [file, store] = [await trial.file({ bytes }), await trial.store()];
    const receipts = await Promise.all(Array.from({ length: atOnce }, () => store.put(file, {})));
    for (const receipt of receipts) trial.expectReceipt(receipt, bytes);
    assert.equal(receipts.filter((receipt) => receipt.outcome === 'created').length, 1);
    assert.equal(new Set(receipts.map((receipt) => receipt.location)).size, 1);
    await trial.expectContents(bytes);
  });

  check('different bytes under one name, put at once, are all kept', async (trial) => {
    const all = Array.from({ length: atOnce }, (_, index) => bytesOf(50_000, index));
    const receipts = await Promise.all(all.map((bytes, index) => trial.put({ bytes, key: keyOf(index) })));
    for (const [index, bytes] of all.entries()) trial.expectReceipt(receipts[index] as Receipt, bytes, 'created');
    assert.equal(new Set(receipts.map((receipt) => receipt.location)).size, all.length);
    if (capabilities.uniqueNames) assert.equal(new Set(receipts.map((receipt) => receipt.name)).size, all.length);
    await trial.expectContents(...all);
  });

  check('replacements at once end with one of them, whole', async (trial) => {
    await trial.put({ bytes: bytesOf(1000, 99) });
    const all = Array.from({ length: atOnce }, (_, index) => bytesOf(50_000 + index, index));
    await Promise.all(all.map((bytes) => trial.put({ bytes, onDifferent: 'replace' })));
    const files = await trial.files();
    if (files === undefined) return;
    assert.equal(files.length, 1);
    assert.ok(all.some((bytes) => Buffer.from(bytes).equals(files[0]?.bytes ?? new Uint8Array(0))));
  });

  check('many files, as many at once as the sink bears, all arrive', async (trial) => {
    const all = Array.from({ length: MANY }, (_, index) => bytesOf(2000 + index, index));
    await inTurns(trial, all, capabilities.concurrency, 'created');
    await trial.expectContents(...all);
    await inTurns(trial, all, capabilities.concurrency, 'present');
    await trial.expectContents(...all);
  });

  // Where names may repeat and ids can't be reserved, two openings that race can't know of each other.
  if (capabilities.uniqueNames || capabilities.reserves) {
    check('two stores of one destination at once make one file', async (trial) => {
      const bytes = bytesOf(100_000);
      const [first, second] = [await trial.store(), await trial.reopen()];
      const file = await trial.file({ bytes });
      const receipts = await Promise.all([first.put(file, {}), second.put(file, {})]);
      assert.deepEqual(receipts.map((receipt) => receipt.outcome).sort(), ['created', 'present']);
      await trial.expectContents(bytes);
    });
  }
}

async function inTurns(
  trial: Trial,
  all: readonly Uint8Array[],
  workers: number,
  outcome: Receipt['outcome'],
): Promise<void> {
  const queue = [...all.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, bytes] = next;
      trial.expectReceipt(await trial.put({ name: `generation-${index}.webp`, bytes }), bytes, outcome);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

function keyOf(index: number): string {
  return `${index}`.padStart(43, 'k');
}
