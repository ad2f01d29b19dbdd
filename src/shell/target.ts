/** Where a `save` goes: its destination, opened before anything is fetched for it. */

import { asAlbarettoError } from '../errors.js';
import type { Store } from '../plugin.js';
import { withRetry } from '../retry.js';
import type { Session } from '../session.js';
import { openReservedFolder } from '../transfer/reserved-folder.js';
import { retryOptions } from '../wiring.js';
import type { Invocation } from './command.js';
import type { SavePlan } from './commands/save.js';
import { sinkJournal } from './sink-journal.js';

/** An opened destination; the folder of `--new` is made when the first item is there. */
export interface Target {
  store(): Promise<Store>;
  close(): Promise<void>;
}

export async function openTarget(plan: SavePlan, { session, signal }: Invocation): Promise<Target> {
  const { reporter } = session.runtime;
  reporter.busy(`Opening ${plan.descriptor.title}`);
  try {
    const sink = await session.sink(plan.descriptor.name);
    if (plan.folder !== undefined) sink.checkFolderName?.(plan.folder);
    const tries = { ...retryOptions(session.runtime), signal, now: session.runtime.now };
    const parent = await withRetry(() => sink.open(plan.destination, { signal }), tries);
    let opened: Promise<Store> | undefined;
    const open = async (): Promise<Store> => {
      const { folder } = plan;
      if (folder === undefined) return parent;
      const journal = sinkJournal(plan.descriptor, session.runtime);
      const store = await withRetry(() => openReservedFolder(parent, folder, { journal, signal }), tries);
      reporter.emit({
        event: 'folder',
        name: folder,
        parent: parent.label,
        location: store.location,
        url: store.url,
        ...(store.isNew === false ? { already: true } : {}),
      });
      return store;
    };
    return {
      store: () => {
        opened ??= open();
        return opened;
      },
      async close() {
        const store = await opened?.catch(() => undefined);
        if (store !== parent) await store?.close?.();
        await parent.close?.();
      },
    };
  } catch (thrown) {
    const error = asAlbarettoError(thrown, signal);
    throw error.plugin === undefined && error.code !== 'E_INTERRUPTED'
      ? error.with({ plugin: plan.descriptor.name })
      : error;
  } finally {
    reporter.idle();
  }
}

/** What `save` would open, without opening it. */
export async function describeDestination(plan: SavePlan, session: Session): Promise<string> {
  const sink = await session.sink(plan.descriptor.name);
  const described = sink.describe(plan.destination);
  return plan.folder === undefined ? described : `${described}/${plan.folder}`;
}
