import assert from 'node:assert/strict';
import type { SourceContract } from '../source-contract.js';
import { abortWhenRunning } from './trial.js';

/** Ctrl-C stops at once and leaves nothing running. */
export function aborts({ check, harness }: SourceContract): void {
  check('opening with an aborted signal is an interruption, and asks for nothing', async (trial) => {
    await trial.failure(trial.list({ signal: AbortSignal.abort() }), 'E_INTERRUPTED');
    assert.equal(trial.opened.service?.requests() ?? 0, 0);
  });

  check('an abort between two items is an interruption', async (trial) => {
    const controller = new AbortController();
    const listed: string[] = [];
    const work = (async () => {
      for await (const task of trial.source.open(trial.opened.reference, { signal: controller.signal })) {
        for await (const item of task.items) {
          listed.push(item.id);
          controller.abort();
        }
      }
    })();
    await trial.failure(work, 'E_INTERRUPTED');
    assert.equal(listed.length, 1);
    await trial.expectNothingRunning();
  });

  check('locating with an aborted signal is an interruption, if it asks anything at all', async (trial) => {
    const [item] = (await trial.list()).items;
    const before = trial.opened.service?.requests();
    const work = trial.source.locate(item!, { renew: true, signal: AbortSignal.abort() });
    await trial.failure(work, 'E_INTERRUPTED');
    assert.equal(trial.opened.service?.requests(), before);
  });

  check('a signal that aborts later changes nothing', async (trial) => {
    const controller = new AbortController();
    const { items } = await trial.list({ signal: controller.signal });
    controller.abort();
    await trial.ends(trial.source.locate(items[0]!, { renew: false }));
  });

  check('an abort while the service answers nothing ends the request', async (trial) => {
    if (trial.opened.service === undefined) return;
    trial.service.stall();
    await trial.failure(trial.list({ signal: abortWhenRunning(trial) }), 'E_INTERRUPTED');
    await trial.expectNothingRunning();
  });

  check('an abort ends a renewal that the service answers nothing to', async (trial) => {
    const [item] = (await trial.list()).items;
    if ((await trial.source.locate(item!, { renew: false })).kind !== 'request') return;
    trial.service.stall();
    const work = trial.source.locate(item!, { renew: true, signal: abortWhenRunning(trial) });
    await trial.failure(work, 'E_INTERRUPTED');
    await trial.expectNothingRunning();
  });

  if (!harness.descriptor.capabilities.all) return;

  check('an abort in the middle of the history is an interruption', async (trial) => {
    if (trial.opened.service === undefined) return;
    trial.service.stall();
    const work = trial.listAll(trial.history({ signal: abortWhenRunning(trial) }));
    await trial.failure(work, 'E_INTERRUPTED');
    await trial.expectNothingRunning();
  });
}
