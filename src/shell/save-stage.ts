/** The saving side of `save` and of a pipe: to the store, to the screen, to the catalog. */

import { type AlbarettoError, asAlbarettoError, interrupted } from '../errors.js';
import type { Item } from '../model.js';
import type { SinkDescriptor, Store } from '../plugin.js';
import { withRetry } from '../retry.js';
import type { Session } from '../session.js';
import { documentWriter } from '../transfer/documents.js';
import type { Fetched } from '../transfer/fetch.js';
import { type FolderStores, openFolders } from '../transfer/folder-stores.js';
import { openReservedFolder } from '../transfer/reserved-folder.js';
import { type Outgoing, saveItems, writeDocuments } from '../transfer/save.js';
import { surround } from '../transfer/store.js';
import { retryOptions } from '../wiring.js';
import type { Invocation, Outcome } from './command.js';
import type { SavePlan } from './commands/save.js';
import type { Job } from './job.js';
import type { Present } from './known-files.js';
import type { Meter } from './meter.js';
import { report } from './save-report.js';
import { sinkJournal } from './sink-journal.js';
import type { Target } from './target.js';
import { type FinishedLayout, TaskTracker } from './task-tracker.js';

/** What becomes of the items: the buffer's business, which differs between `save` and a pipe. */
export interface Keeper {
  saved(fetched: Fetched): void | Promise<void>;
  failed(fetched: Fetched, error: AlbarettoError): void;
}

export interface Saving {
  readonly plan: SavePlan;
  readonly target: Target;
  /** The run in the catalog, begun when the store is open. */
  job(store: Store): Promise<Job>;
  readonly meter: Meter;
  readonly keeper: Keeper;
  /** Whether every item of a task is among the items, as far as it is known beforehand. */
  readonly tracker?: TaskTracker;
  /** What is there already is not told, and a look that finds nothing new has no summary. */
  readonly isLook?: boolean;
  /** Whether the list was walked to its end, asked when it is over. */
  isWhole?(): boolean;
  /** For items whose tasks are not tracked while they are fetched. */
  whole?(item: Item): boolean;
  /** The folders of the store, when somebody has opened them already; they are closed here. */
  readonly folders?: FolderStores | undefined;
}

/**
 * Saves and reports, item by item in display order. The folder of `--new` is made only when there is a first item to put
 * into it. Every item that was taken is told to the keeper.
 */
export async function saveStage(
  saving: Saving,
  items: AsyncIterable<Outgoing<Present>> | Iterable<Outgoing<Present>>,
  { session, signal }: Pick<Invocation, 'session' | 'signal'>,
): Promise<Outcome> {
  const { plan, target, meter, keeper } = saving;
  const failures: AlbarettoError[] = [];
  let succeeded = 0;
  let url: string | undefined;
  let { folders } = saving;
  try {
    const begun = await begin(items);
    if (begun === undefined) return { succeeded, failures };
    const { store, job } = await openStore(saving, begun, signal);
    url = store.url;
    session.runtime.reporter.log.info(`saving to ${store.location}`);
    folders ??= foldersOf(store, plan, session, signal);
    const documents = documentWriter(folders, { isThere: (path, sha256) => job.known.hasDocument(path, sha256) });
    const tracker = saving.tracker ?? new TaskTracker(plan.layouts.of, true);
    const finish = async (finished: FinishedLayout | undefined) => {
      const failure = await finishTask(finished, { plan, documents, job, session, signal });
      if (failure === undefined) return;
      job.place.stop();
      if (failure.code !== 'E_INTERRUPTED') failures.push(failure);
    };
    /** The last stored item of a task that is not finished yet: what belongs to the task lies before the place behind it. */
    let waiting: Item | undefined;
    const results = saveItems(begun.items, {
      folders,
      documents,
      layoutOf: plan.layouts.of,
      concurrency: Math.min(session.runtime.tuning.transfers, plan.descriptor.capabilities.concurrency),
      overwrite: plan.overwrite,
      metadata: plan.metadata,
      signal,
      onBytes: (count) => meter.moved(count),
    });
    for await (const result of results) {
      if (result.kind !== 'passed' || saving.isLook !== true) report(result, store, session, meter);
      if (result.kind === 'failed') {
        failures.push(result.error);
        // Also for one that only shares the cause: what is behind it may be stored all the same.
        job.place.stop();
        tracker.failed(result.fetched.item);
        if ('bytes' in result.fetched) keeper.failed(result.fetched as Fetched, result.error);
        const { item } = result.fetched;
        // Those that were only stopped with it are to be tried again just as well.
        const isTold = result.own || result.error.code !== 'E_INTERRUPTED';
        if (isTold) job.failed({ item, reference: item.taskId, stage: 'save', error: result.error });
        continue;
      }
      succeeded += 1;
      const item = result.kind === 'passed' ? result.place.item : result.fetched.item;
      if (saving.whole?.(item) === false) tracker.failed(item);
      if (result.kind === 'passed') {
        job.present();
        await job.documented(item, result.files);
      } else {
        await job.saved(result.fetched, result.files);
        await keeper.saved(result.fetched);
      }
      await finish(await tracker.stored(item));
      // What takes no time may be told while something before it was still being fetched.
      if (result.kind === 'passed' && signal.aborted) job.place.stop();
      if (waiting !== undefined) job.place.done(waiting);
      waiting = tracker.isOpen ? item : undefined;
      if (waiting === undefined) job.place.done(item);
    }
    await finish(await tracker.end(!signal.aborted && saving.isWhole?.() !== false));
    if (waiting !== undefined) job.place.done(waiting);
  } finally {
    session.runtime.reporter.idle();
    meter.finish(url);
    try {
      await folders?.close();
    } finally {
      await target.close();
    }
  }
  if (signal.aborted) throw interrupted(signal.reason);
  return { succeeded, failures };
}

/** The folders of a store, each in the same surroundings. */
export function foldersOf(store: Store, plan: SavePlan, session: Session, signal: AbortSignal): FolderStores {
  const around = surroundings(plan.descriptor, session);
  const tries = { ...retryOptions(session.runtime), signal, now: session.runtime.now };
  return openFolders(store, {
    surround: (folder) => surround(folder, around),
    open: (parent, name) => withRetry(() => openReservedFolder(parent, name, { ...around, signal }), tries),
  });
}

interface Finishing extends Pick<Invocation, 'session' | 'signal'> {
  readonly plan: SavePlan;
  readonly documents: ReturnType<typeof documentWriter>;
  readonly job: Job;
}

/**
 * Writes what belongs to a whole task. Its items are stored; a document that cannot be is told, and is tried next time.
 * Answers what it failed with, E_INTERRUPTED too.
 */
async function finishTask(
  finished: FinishedLayout | undefined,
  { plan, documents, job, session, signal }: Finishing,
): Promise<AlbarettoError | undefined> {
  if (finished === undefined || !plan.metadata) return undefined;
  if (signal.aborted) return interrupted(signal.reason);
  const { task, layout } = finished;
  try {
    const files = await writeDocuments(layout.finish?.(task) ?? [], { documents, signal });
    await job.documented({ source: task.source, taskId: task.id }, files);
    return undefined;
  } catch (thrown) {
    const error = asAlbarettoError(thrown, signal);
    if (error.code === 'E_INTERRUPTED') return error;
    const { code, retryable } = error;
    const facts = { source: task.source, task: task.id };
    session.runtime.reporter.emit({
      event: 'failed',
      stage: 'save',
      ...facts,
      code,
      message: error.describe(),
      retryable,
    });
    return error;
  }
}

interface Begun {
  readonly first: Outgoing<Present>;
  /** The first one and all others. */
  readonly items: AsyncIterable<Outgoing<Present>>;
  /** In place of walking `items`: whoever makes them stops. */
  abandon(): Promise<void>;
}

async function begin(
  items: AsyncIterable<Outgoing<Present>> | Iterable<Outgoing<Present>>,
): Promise<Begun | undefined> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const head = await iterator.next();
  if (head.done === true) return undefined;
  async function* chained(first: Outgoing<Present>): AsyncGenerator<Outgoing<Present>> {
    try {
      yield first;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { first: head.value, items: chained(head.value), abandon: async () => void (await iterator.return?.()) };
}

/** The first item was taken from the fetch already: when there is no folder to put it into, it must not be lost. */
async function openStore(
  { target, job, keeper }: Saving,
  begun: Begun,
  signal: AbortSignal,
): Promise<{ store: Store; job: Job }> {
  try {
    const store = await target.store();
    return { store, job: await job(store) };
  } catch (thrown) {
    const error = asAlbarettoError(thrown, signal);
    if (!('place' in begun.first)) keeper.failed(begun.first, error);
    await begun.abandon();
    throw error;
  }
}

function surroundings(descriptor: SinkDescriptor, session: Session) {
  const { runtime } = session;
  return {
    plugin: descriptor.name,
    journal: sinkJournal(descriptor, runtime),
    pacer: session.pacer(descriptor.name),
    retry: retryOptions(runtime),
    now: runtime.now,
  };
}
