import assert from 'node:assert/strict';
import type { SinkContract } from '../sink-contract.js';
import { bytesOf } from './material.js';

const BYTES = bytesOf(5000);

/** A reserved id makes a create idempotent: however often it is tried, there is one file. */
export function reservations({ check, capabilities }: SinkContract): void {
  if (!capabilities.reserves) return;

  check('reserved ids are as many as asked for, and distinct', async (trial) => {
    const store = await trial.store();
    const ids = [...((await store.reserve?.(5, {})) ?? []), ...((await store.reserve?.(3, {})) ?? [])];
    assert.equal(ids.length, 8);
    assert.equal(new Set(ids).size, 8);
    assert.ok(ids.every((id) => id !== ''));
  });

  check('more ids than one answer of the storage may hold can be reserved', async (trial) => {
    const ids = (await (await trial.store()).reserve?.(2500, {})) ?? [];
    assert.equal(new Set(ids).size, 2500);
  });

  check('reserving stores nothing', async (trial) => {
    await (await trial.store()).reserve?.(5, {});
    await trial.expectContents();
  });

  check('the same reservation in a later run makes no second file', async (trial) => {
    const file = await trial.file({ bytes: BYTES });
    const created = await (await trial.store()).put(file, {});
    const again = await (await trial.reopen()).put(file, {});
    trial.expectReceipt(again, BYTES);
    assert.equal(again.location, created.location);
    await trial.expectContents(BYTES);
  });

  check('the same reservation twice at once makes one file', async (trial) => {
    const file = await trial.file({ bytes: BYTES });
    const [first, second] = [await trial.store(), await trial.reopen()];
    const receipts = await Promise.all([first.put(file, {}), second.put(file, {})]);
    assert.equal(new Set(receipts.map((receipt) => receipt.location)).size, 1);
    await trial.expectContents(BYTES);
  });

  check('the same reservation of a folder makes one folder', async (trial) => {
    const reservation = await trial.reservation();
    assert.ok(reservation);
    const [first, second] = [await trial.store(), await trial.reopen()];
    const made = [await first.folder('Robots', { reservation }), await second.folder('Robots', { reservation })];
    assert.equal(made[0]?.location, made[1]?.location);
  });
}
