/** The saving side of `save` and of a pipe: to the store, to the screen, to the catalog. */

import { createJournal } from '../archive/journal.js';
import { type AlbarettoError, asAlbarettoError, interrupted } from '../errors.js';
import type { SinkDescriptor, Store } from '../plugin.js';
import type { Session } from '../session.js';
import type { Fetched } from '../transfer/fetch.js';
import { type Outgoing, type SavedFile, type SaveResult, saveItems } from '../transfer/save.js';
import { surround } from '../transfer/store.js';
import { retryOptions } from '../wiring.js';
import type { Invocation, Outcome } from './command.js';
import { factsOf } from './commands/fetch.js';
import type { SavePlan } from './commands/save.js';
import type { Job, Present } from './job.js';
import type { Counter, Meter } from './meter.js';
import type { Target } from './target.js';

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
  try {
    const begun = await begin(items);
    if (begun === undefined) return { succeeded, failures };
    const { store, job } = await openStore(saving, begun, signal);
    url = store.url;
    session.runtime.reporter.log.info(`saving to ${store.location}`);
    const results = saveItems(begun.items, {
      put: surround(store, surroundings(plan.descriptor, session)),
      layout: plan.layout,
      concurrency: Math.min(session.runtime.tuning.transfers, plan.descriptor.capabilities.concurrency),
      overwrite: plan.overwrite,
      metadata: plan.metadata,
      signal,
      onBytes: (count) => meter.moved(count),
    });
    for await (const result of results) {
      report(result, store, session, meter);
      if (result.kind === 'failed') {
        failures.push(result.error);
        keeper.failed(result.fetched, result.error);
        const { item } = result.fetched;
        if (result.own) job.failed({ item, reference: item.taskId, stage: 'save', error: result.error });
        continue;
      }
      succeeded += 1;
      if (result.kind === 'passed') job.present();
      else {
        await job.saved(result.fetched, result.files);
        await keeper.saved(result.fetched);
      }
    }
  } finally {
    session.runtime.reporter.idle();
    meter.finish(url);
    await target.close();
  }
  if (signal.aborted) throw interrupted(signal.reason);
  return { succeeded, failures };
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
  const journal = descriptor.capabilities.reserves
    ? createJournal(`${runtime.config.folder}/journal/${descriptor.name}.jsonl`)
    : undefined;
  return {
    plugin: descriptor.name,
    journal,
    pacer: session.pacer(descriptor.name),
    retry: retryOptions(runtime),
    now: runtime.now,
  };
}

/** A cause that ends the run is told once, not once an item. */
function report(result: SaveResult<Present>, store: Store, session: Session, meter: Counter): void {
  if (result.kind === 'passed') reportPresent(result.place, store, session, meter);
  else if (result.kind === 'saved') reportSaved(result.fetched, result.files, store, session, meter);
  else {
    meter.failed(result.error.code);
    if (!result.own || result.error.code === 'E_INTERRUPTED') return;
    const { error, fetched } = result;
    session.runtime.reporter.emit({
      event: 'failed',
      stage: 'save',
      ...factsOf(fetched.item),
      code: error.code,
      message: error.describe(),
      retryable: error.retryable,
    });
  }
}

function reportSaved(
  fetched: Fetched,
  files: readonly SavedFile[],
  store: Store,
  session: Session,
  meter: Counter,
): void {
  const media = files.filter((file) => file.role === 'media');
  if (media.every((file) => file.receipt.outcome === 'present')) meter.already();
  else meter.done(fetched.bytes.size);
  for (const { receipt, sha256 } of media) {
    session.runtime.reporter.emit({
      event: 'saved',
      ...factsOf(fetched.item),
      name: receipt.name,
      destination: store.label,
      location: receipt.location,
      url: receipt.url,
      size: receipt.size,
      sha256,
      outcome: receipt.outcome,
    });
  }
}

function reportPresent({ item, files }: Present, store: Store, session: Session, meter: Counter): void {
  meter.already();
  for (const { role, state, name, location, size, sha256 } of files) {
    if (role === 'document' || state === 'deleted') continue;
    session.runtime.reporter.emit({
      event: 'saved',
      ...factsOf(item),
      name,
      destination: store.label,
      location,
      size,
      sha256,
      outcome: 'present',
    });
  }
}
