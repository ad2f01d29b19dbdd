import assert from 'node:assert/strict';
import type { SinkContract } from '../sink-contract.js';
import { bytesOf, digestOf, lying, whole } from './material.js';

const MEBIBYTE = 1024 * 1024;

/** What is stored is what was given, and the receipt says so truly. */
export function wholeFiles({ check, capabilities }: SinkContract): void {
  const sizes = {
    'an empty file': 0,
    'a file of one byte': 1,
    'a file of 100 KiB': 100 * 1024,
    'a file of 8 MiB': 8 * MEBIBYTE,
  };
  for (const [what, size] of Object.entries(sizes)) {
    check(`${what} is stored as it is`, async (trial) => {
      const bytes = bytesOf(size, size);
      const receipt = await trial.put({ bytes });
      trial.expectReceipt(receipt, bytes, 'created');
      await trial.expectContents(bytes);
    });
  }

  check('chunks of any size give the same file', async (trial) => {
    const bytes = bytesOf(3001);
    trial.expectReceipt(await trial.put({ name: 'one-by-one.webp', bytes: whole(bytes, 1) }), bytes, 'created');
    trial.expectReceipt(await trial.put({ name: 'at-once.webp', bytes: whole(bytes, bytes.length) }), bytes, 'created');
    await trial.expectContents(bytes, bytes);
  });

  check('empty chunks are no end', async (trial) => {
    const bytes = bytesOf(2000);
    const gaps = lying(bytes, async function* (offset) {
      yield new Uint8Array(0);
      yield bytes.subarray(offset, 1000);
      yield new Uint8Array(0);
      yield bytes.subarray(Math.max(offset, 1000));
      yield new Uint8Array(0);
    });
    trial.expectReceipt(await trial.put({ bytes: gaps }), bytes, 'created');
    await trial.expectContents(bytes);
  });

  check('bytes in memory give the same file as a stream', async (trial) => {
    const bytes = bytesOf(4000);
    trial.expectReceipt(await trial.put({ bytes: { ...whole(bytes), inMemory: bytes } }), bytes, 'created');
    await trial.expectContents(bytes);
  });

  check('a receipt names the file as it was asked for', async (trial) => {
    const receipt = await trial.put({ name: 'task-1.json', role: 'document', mediaType: 'application/json' });
    assert.equal(receipt.name, 'task-1.json');
    const files = await trial.files();
    if (files !== undefined)
      assert.deepEqual(
        files.map((file) => file.name),
        ['task-1.json'],
      );
  });

  check("a receipt's digest is the best that the sink declares", async (trial) => {
    const receipt = await trial.put();
    assert.equal(receipt.digest.algorithm, capabilities.digests[0]);
  });

  check("a receipt's digest is never copied from what was asked for", async (trial) => {
    const [declared, real] = [bytesOf(3000, 1), bytesOf(3000, 2)];
    const receipt = await trial
      .put({ bytes: lying(declared, (offset) => whole(real).open(offset)) })
      .catch(() => undefined);
    // Refusing the bytes is as good: what counts is that nobody is told that the declared bytes are there.
    if (receipt === undefined) await trial.expectContents();
    else assert.equal(receipt.digest.hex, digestOf(receipt.digest.algorithm, real));
  });

  check('progress grows to the size and not beyond', async (trial) => {
    const bytes = bytesOf(300_000);
    const sent: number[] = [];
    await trial.put({ bytes }, { onProgress: (count) => sent.push(count) });
    assert.deepEqual(
      sent,
      [...sent].sort((a, b) => a - b),
    );
    assert.equal(sent.at(-1), bytes.length);
  });

  check('the time of creation is kept where the storage shows one', async (trial) => {
    const createdAt = new Date('2022-09-01T12:34:56Z');
    await trial.put({ createdAt });
    const modifiedAt = (await trial.files())?.[0]?.modifiedAt;
    // Two seconds: what the coarsest file systems keep.
    if (modifiedAt !== undefined)
      assert.ok(Math.abs(modifiedAt.getTime() - createdAt.getTime()) <= 2000, `${modifiedAt}`);
  });

  check('many files lie beside each other', async (trial) => {
    const all = Array.from({ length: 12 }, (_, index) => bytesOf(1000 + index, index));
    for (const [index, bytes] of all.entries()) {
      trial.expectReceipt(await trial.put({ name: `generation-${index}.webp`, bytes }), bytes, 'created');
    }
    await trial.expectContents(...all);
  });
}
