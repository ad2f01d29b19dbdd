import type { SinkContract } from '../sink-contract.js';
import { bytesOf, stuck } from './material.js';

const BYTES = bytesOf(300_000);
const OLD = bytesOf(4000, 7);

/** Ctrl-C stops at once and leaves nothing half done. */
export function aborts({ check }: SinkContract): void {
  check('a put that was aborted before it began stores nothing', async (trial) => {
    await trial.failure(trial.put({ bytes: BYTES }, { signal: AbortSignal.abort() }), 'E_INTERRUPTED');
    await trial.expectContents();
  });

  check('an abort ends the wait for a reader that answers nothing more', async (trial) => {
    const controller = new AbortController();
    const bytes = stuck(BYTES, 100_000, () => setImmediate(() => controller.abort()));
    await trial.failure(trial.put({ bytes }, { signal: controller.signal }), 'E_INTERRUPTED');
    await trial.expectContents();
  });

  check('an abort leaves the file that should be replaced as it was', async (trial) => {
    await trial.put({ bytes: OLD });
    const controller = new AbortController();
    const bytes = stuck(BYTES, 100_000, () => setImmediate(() => controller.abort()));
    await trial.failure(trial.put({ bytes, onDifferent: 'replace' }, { signal: controller.signal }), 'E_INTERRUPTED');
    await trial.expectContents(OLD);
  });

  check('an abort while bytes are under way leaves the whole file or none', async (trial) => {
    const controller = new AbortController();
    const work = trial.put({ bytes: BYTES }, { signal: controller.signal, onProgress: () => controller.abort() });
    const receipt = await trial.ends(work).catch(() => undefined);
    if (receipt === undefined) await trial.failure(work, 'E_INTERRUPTED');
    else trial.expectReceipt(receipt, BYTES);
    const files = await trial.files();
    if (receipt !== undefined || files?.length === 1) await trial.expectContents(BYTES);
    else await trial.expectContents();
  });

  check('after an abort the same file can be stored, once', async (trial) => {
    const file = await trial.file({ bytes: BYTES });
    const store = await trial.store();
    const controller = new AbortController();
    const bytes = stuck(BYTES, 100_000, () => setImmediate(() => controller.abort()));
    await trial.failure(store.put({ ...file, bytes }, { signal: controller.signal }), 'E_INTERRUPTED');
    trial.expectReceipt(await store.put(file, {}), BYTES);
    await trial.expectContents(BYTES);
  });

  check('an abort of one put does not end another', async (trial) => {
    const controller = new AbortController();
    const bytes = stuck(BYTES, 100_000, () => setImmediate(() => controller.abort()));
    const [, receipt] = await Promise.all([
      trial.failure(trial.put({ name: 'aborted.webp', bytes }, { signal: controller.signal }), 'E_INTERRUPTED'),
      trial.put({ name: 'other.webp', bytes: BYTES }),
    ]);
    trial.expectReceipt(receipt, BYTES, 'created');
    await trial.expectContents(BYTES);
  });

  check('a signal that aborts later changes nothing', async (trial) => {
    const controller = new AbortController();
    const receipt = await trial.put({ bytes: BYTES }, { signal: controller.signal });
    controller.abort();
    trial.expectReceipt(receipt, BYTES, 'created');
    await trial.expectContents(BYTES);
  });
}
