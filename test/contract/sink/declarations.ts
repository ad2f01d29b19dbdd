import assert from 'node:assert/strict';
import type { SinkContract } from '../sink-contract.js';

/** What a sink says about itself is possible, and true of the stores that it opens. */
export function declarations({ check, capabilities, has, inspect, read }: SinkContract): void {
  check('the declared capabilities are possible', async () => {
    assert.ok(capabilities.digests.length > 0, 'no digest: then nothing can be verified');
    assert.ok(capabilities.longestName >= 64, 'names must hold an id, a hash and an extension');
    assert.ok(Number.isInteger(capabilities.concurrency) && capabilities.concurrency >= 1);
    const { pace } = capabilities;
    if (pace !== undefined) assert.ok(0 < pace.floor && pace.floor <= pace.start && pace.start <= pace.ceiling);
  });

  check('a store has the optional methods that were declared and no others', async (trial) => {
    const store = await trial.store();
    assert.equal(typeof store.has === 'function', has);
    assert.equal(typeof store.inspect === 'function', inspect);
    assert.equal(typeof store.read === 'function', read);
    assert.equal(typeof store.reserve === 'function', capabilities.reserves);
  });

  check('describing a destination makes nothing', async (trial) => {
    const text = trial.harness.sink.describe(trial.harness.destination);
    assert.notEqual(text, '');
    await trial.expectContents();
  });

  check('an opened destination has a label and a location, the same each time', async (trial) => {
    const [first, second] = [await trial.store(), await trial.reopen()];
    assert.notEqual(first.label, '');
    assert.notEqual(first.location, '');
    assert.equal(second.location, first.location);
    if (trial.harness.destination !== undefined) assert.equal(first.label, trial.harness.destination);
  });

  check('opening stores no file', async (trial) => {
    await trial.store();
    await trial.expectContents();
  });

  check('opening with an aborted signal is an interruption', async (trial) => {
    await trial.failure(
      trial.harness.sink.open(trial.harness.destination, { signal: AbortSignal.abort() }),
      'E_INTERRUPTED',
    );
  });

  check('a store can be closed twice', async (trial) => {
    const store = await trial.store();
    await trial.put();
    await store.close?.();
    await store.close?.();
  });
}
