import assert from 'node:assert/strict';
import { extname } from 'node:path';
import type { SinkContract } from '../sink-contract.js';
import { bytesOf } from './material.js';

const [FIRST, SECOND, THIRD] = [bytesOf(5000, 1), bytesOf(5000, 2), bytesOf(6000, 3)];

/** The same thing twice makes nothing twice; different things under one name are both kept. */
export function repetition({ check, capabilities }: SinkContract): void {
  check('the same file again is present, and there is one of it', async (trial) => {
    const file = await trial.file({ bytes: FIRST });
    const store = await trial.store();
    const created = await store.put(file, {});
    const again = await store.put(file, {});
    trial.expectReceipt(again, FIRST, 'present');
    assert.equal(again.location, created.location);
    await trial.expectContents(FIRST);
  });

  check('the same file in a later run is present, and there is one of it', async (trial) => {
    const created = await trial.put({ bytes: FIRST });
    // A later run knows nothing of the first one's reservation: it comes with its own.
    const again = await (await trial.reopen()).put(await trial.file({ bytes: FIRST }), {});
    trial.expectReceipt(again, FIRST, 'present');
    assert.equal(again.location, created.location);
    await trial.expectContents(FIRST);
  });

  check('the same empty file again is present', async (trial) => {
    const bytes = new Uint8Array(0);
    await trial.put({ bytes });
    trial.expectReceipt(await trial.put({ bytes }), bytes, 'present');
    await trial.expectContents(bytes);
  });

  check('a present file keeps its time', async (trial) => {
    await trial.put({ bytes: FIRST, createdAt: new Date('2022-09-01T12:34:56Z') });
    const before = (await trial.files())?.[0]?.modifiedAt;
    await trial.put({ bytes: FIRST, createdAt: new Date('2023-01-02T03:04:05Z') });
    assert.deepEqual((await trial.files())?.[0]?.modifiedAt, before);
  });

  check('whole, different bytes under one name are both kept', async (trial) => {
    const first = await trial.put({ bytes: FIRST });
    const second = await trial.put({ bytes: SECOND });
    trial.expectReceipt(second, SECOND, 'created');
    assert.notEqual(second.location, first.location);
    if (capabilities.uniqueNames) {
      assert.notEqual(second.name, first.name);
      assert.equal(extname(second.name), extname(first.name));
    }
    await trial.expectContents(FIRST, SECOND);
  });

  check('three different ones under one name are all kept, and each is present afterwards', async (trial) => {
    const all = [FIRST, SECOND, THIRD];
    const created = [];
    for (const bytes of all) created.push(await trial.put({ bytes }));
    const store = await trial.reopen();
    for (const [index, bytes] of all.entries()) {
      const again = await store.put(await trial.file({ bytes }), {});
      trial.expectReceipt(again, bytes, 'present');
      assert.equal(again.location, created[index]?.location);
    }
    await trial.expectContents(...all);
  });

  check('the same bytes under two names are two files', async (trial) => {
    trial.expectReceipt(await trial.put({ name: 'one.webp', bytes: FIRST }), FIRST, 'created');
    trial.expectReceipt(await trial.put({ name: 'two.webp', bytes: FIRST }), FIRST, 'created');
    await trial.expectContents(FIRST, FIRST);
  });
}
