import { createJournal } from '../../archive/journal.js';
import { flatLayout, type Layout } from '../../archive/layout.js';
import { AlbarettoError, asAlbarettoError, interrupted } from '../../errors.js';
import type { Item } from '../../model.js';
import type { SinkDescriptor, Store } from '../../plugin.js';
import type { Session } from '../../session.js';
import type { Fetched } from '../../transfer/fetch.js';
import { type SaveResult, saveItems } from '../../transfer/save.js';
import { surround } from '../../transfer/store.js';
import { retryOptions } from '../../wiring.js';
import { type Command, type CommandOption, flag, type Invocation, type Outcome, textOption } from '../command.js';
import { type Counter, Meter } from '../meter.js';
import { describeDestination, openTarget, type Target } from '../target.js';
import { factsOf } from './fetch.js';

export const SAVE_OPTIONS: Readonly<Record<string, CommandOption>> = {
  new: { type: 'string', short: 'n', value: '<name>', description: 'make a folder under the destination first' },
  keep: { type: 'boolean', description: 'leave what is saved in the buffer' },
  overwrite: { type: 'boolean', description: 'replace whole, different media under the same name' },
  'no-metadata': { type: 'boolean', description: 'write no <id>.json beside the pictures' },
  'dry-run': { type: 'boolean', description: 'say what would be written, and write nothing' },
};

export const saveCommand: Command = {
  name: 'save',
  summary: 'save what is in the buffer',
  usage: '[<destination>] [<item>…] [--new <name>] [--keep]',
  options: SAVE_OPTIONS,
  words: ['path', 'item'],
  pipe: 'to',
  details: [
    'Items are numbers or ids as list shows them; without any, everything is saved.',
    'What is saved leaves the buffer; what failed stays.',
  ],
  async run(invocation) {
    const { session, words } = invocation;
    const chosen = words.length > 1 ? session.buffer.select(words.slice(1)) : session.buffer.all();
    const plan = planSave(invocation);
    if (plan.dryRun && chosen.length + session.planned.length > 0) return dryRun(plan, chosen, session);
    if (chosen.length === 0) {
      throw new AlbarettoError({
        code: 'E_NOTHING_FETCHED',
        message: 'there is nothing to save',
        hint: 'fetch something first',
        reach: 'run',
      });
    }
    const target = await openTarget(plan, invocation);
    const meter = new Meter('save', session.runtime);
    meter.expect(chosen.length);
    return saveStage(plan, target, chosen, invocation, meter, {
      saved: async (fetched) => {
        if (!plan.keep) await session.letGo(fetched);
      },
      failed: () => undefined, // it is in the buffer still
    });
  },
};

export interface SavePlan {
  readonly descriptor: SinkDescriptor;
  readonly destination: string | undefined;
  readonly folder: string | undefined;
  readonly layout: Layout;
  readonly keep: boolean;
  readonly overwrite: boolean;
  readonly metadata: boolean;
  readonly dryRun: boolean;
}

export function planSave({ session, words, options }: Invocation): SavePlan {
  const descriptor = session.runtime.registry.sink(session.sinkName);
  return {
    descriptor,
    destination: words[0],
    folder: textOption(options, 'new'),
    layout: flatLayout(descriptor.capabilities),
    keep: flag(options, 'keep'),
    overwrite: flag(options, 'overwrite'),
    metadata: !flag(options, 'no-metadata'),
    dryRun: flag(options, 'dry-run'),
  };
}

/** What becomes of the items: the buffer's business, which differs between `save` and a pipe. */
export interface Keeper {
  saved(fetched: Fetched): void | Promise<void>;
  failed(fetched: Fetched, error: AlbarettoError): void;
}

/**
 * Saves and reports, item by item in display order; shared by `save` and by the pipe. The folder of `--new` is made
 * only when there is a first item to put into it. Every item that was taken is told to the keeper.
 */
export async function saveStage(
  plan: SavePlan,
  target: Target,
  items: AsyncIterable<Fetched> | Iterable<Fetched>,
  invocation: Invocation,
  meter: Meter,
  keeper: Keeper,
): Promise<Outcome> {
  const { session, signal } = invocation;
  const failures: AlbarettoError[] = [];
  let succeeded = 0;
  let url: string | undefined;
  try {
    const begun = await begin(items);
    if (begun === undefined) return { succeeded, failures };
    const store = await openStore(target, begun, keeper, signal);
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
      if (result.kind === 'saved') {
        succeeded += 1;
        await keeper.saved(result.fetched);
      } else {
        failures.push(result.error);
        keeper.failed(result.fetched, result.error);
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
  readonly first: Fetched;
  /** The first one and all others. */
  readonly items: AsyncIterable<Fetched>;
  /** In place of walking `items`: whoever makes them stops. */
  abandon(): Promise<void>;
}

async function begin(items: AsyncIterable<Fetched> | Iterable<Fetched>): Promise<Begun | undefined> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const head = await iterator.next();
  if (head.done === true) return undefined;
  async function* chained(first: Fetched): AsyncGenerator<Fetched> {
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
async function openStore(target: Target, begun: Begun, keeper: Keeper, signal: AbortSignal): Promise<Store> {
  try {
    return await target.store();
  } catch (thrown) {
    const error = asAlbarettoError(thrown, signal);
    keeper.failed(begun.first, error);
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
function report(result: SaveResult, store: Store, session: Session, meter: Counter): void {
  const { reporter } = session.runtime;
  const facts = factsOf(result.fetched.item);
  if (result.kind === 'failed') {
    meter.failed();
    if (!result.own || result.error.code === 'E_INTERRUPTED') return;
    const { error } = result;
    reporter.emit({
      event: 'failed',
      stage: 'save',
      ...facts,
      code: error.code,
      message: error.describe(),
      retryable: error.retryable,
    });
    return;
  }
  const media = result.files.filter((file) => file.role === 'media');
  if (media.every((file) => file.receipt.outcome === 'present')) meter.already();
  else meter.done(result.fetched.bytes.size);
  for (const { receipt, sha256 } of media) {
    reporter.emit({
      event: 'saved',
      ...facts,
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

async function dryRun(plan: SavePlan, chosen: readonly Fetched[], session: Session): Promise<Outcome> {
  const destination = await describeDestination(plan, session);
  for (const fetched of chosen) {
    const [own] = plan.layout.plan(fetched, { overwrite: plan.overwrite }).media;
    reportPlanned(fetched.item, own!.name, destination, session);
  }
  // Only where the buffer is empty: items that a person names are those of the buffer.
  const planned = chosen.length === 0 ? session.planned.splice(0) : [];
  for (const item of planned) reportPlanned(item, plan.layout.nameOf(item), destination, session);
  return { succeeded: chosen.length + planned.length, failures: [] };
}

export function reportPlanned(item: Item, name: string, destination: string, session: Session): void {
  session.runtime.reporter.emit({ event: 'would-save', ...factsOf(item), name, destination });
}
