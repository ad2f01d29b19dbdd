import { type AlbarettoError, asAlbarettoError, usageError } from '../../errors.js';
import type { Item, Task } from '../../model.js';
import type { ListOptions } from '../../plugin.js';
import type { Recognised } from '../../recognise.js';
import { parseSelection, type Selection } from '../../selection.js';
import { sha256Of } from '../../transfer/bytes.js';
import { type FetchResult, fetchItems } from '../../transfer/fetch.js';
import { byteLimit, type OpenSource, retryOptions } from '../../wiring.js';
import {
  type Command,
  type CommandOption,
  flag,
  type Invocation,
  listOption,
  type Outcome,
  textOption,
} from '../command.js';
import { type Counter, Meter } from '../meter.js';
import { recogniseAll } from '../references.js';

export const FETCH_OPTIONS: Readonly<Record<string, CommandOption>> = {
  generation: {
    type: 'string',
    short: 'g',
    multiple: true,
    value: '<n>',
    description: 'only these generations: 2, 2,3, 2-4 or 3-; counted from 1 as the page shows them',
  },
  source: { type: 'string', value: '<name>', description: 'the source to fetch from', completes: 'source' },
  all: { type: 'boolean', description: 'your whole history' },
  limit: { type: 'string', value: '<n>', description: 'at most so many items' },
  'dry-run': { type: 'boolean', description: 'say what would be fetched, and fetch nothing' },
};

/** What a `fetch` was asked for, checked as far as it can be without a request. */
export interface FetchPlan {
  readonly references: readonly Recognised[];
  /** The source whose whole history is meant. */
  readonly all: string | undefined;
  readonly selection: Selection | undefined;
  readonly limit: number;
  readonly dryRun: boolean;
}

export const fetchCommand: Command = {
  name: 'fetch',
  summary: 'get the items of a task into the buffer',
  usage: '<reference…> [-g <n>]… [--source <name>] [--all] [--limit <n>]',
  options: FETCH_OPTIONS,
  pipe: 'from',
  details: [
    "'fetch … | save …' saves while it fetches; 'fetch … > folder' means the same as 'fetch … | save folder'.",
    'A reference is an id, an id with its source before it (dalle2:task-…) or a URL.',
  ],
  async run(invocation) {
    const { session } = invocation;
    const failures: AlbarettoError[] = [];
    let succeeded = 0;
    const plan = await planFetch(invocation);
    if (plan.dryRun) {
      for await (const _item of dryRunItems(plan, invocation)) succeeded += 1;
      return { succeeded, failures };
    }
    const meter = new Meter('fetch', session.runtime);
    try {
      for await (const result of fetchStage(plan, invocation, meter)) {
        if (result.kind === 'failed') failures.push(result.error);
        else {
          session.buffer.add(result.fetched);
          succeeded += 1;
        }
      }
    } finally {
      meter.finish();
    }
    return { succeeded, failures } satisfies Outcome;
  },
};

/**
 * Fetches and reports, item by item in display order. Shared by `fetch` and by the pipe, which hands the results on.
 * What fails as a whole (a task that is not there, a refused token) is thrown.
 */
export async function* fetchStage(
  plan: FetchPlan,
  invocation: Invocation,
  meter: Counter,
): AsyncGenerator<FetchResult> {
  const { session, signal } = invocation;
  const { reporter } = session.runtime;
  try {
    for await (const group of tasksOf(plan, invocation)) {
      meter.expect(group.count);
      for await (const result of fetchItems(
        group.items,
        group.opened.source,
        fetchOptions(invocation, group.opened, meter),
      )) {
        report(result, meter, session);
        yield result;
      }
    }
  } catch (thrown) {
    throw asAlbarettoError(thrown, signal);
  } finally {
    reporter.idle();
  }
}

/** What `--dry-run` would fetch, told and answered; lists are read, media are not. */
export async function* dryRunItems(plan: FetchPlan, invocation: Invocation): AsyncGenerator<Item> {
  const { reporter } = invocation.session.runtime;
  try {
    for await (const group of tasksOf(plan, invocation)) {
      for await (const item of group.items) {
        reporter.emit({ event: 'would-fetch', ...factsOf(item), mediaType: item.mediaType, size: item.size });
        yield item;
      }
    }
  } finally {
    reporter.idle();
  }
}

/** @throws E_USAGE for everything that can be known to be wrong before a request. */
export async function planFetch({ session, words, options }: Invocation): Promise<FetchPlan> {
  const generations = listOption(options, 'generation');
  const selection = generations.length === 0 ? undefined : parseSelection(generations);
  const limit = readLimit(textOption(options, 'limit'));
  const all = flag(options, 'all');
  if (all && words.length > 0)
    throw usageError('--all takes no reference', 'it fetches the whole history of the source');
  if (!all && words.length === 0)
    throw usageError('fetch needs a reference', 'usage: fetch <reference…>, or fetch --all');
  if (selection !== undefined && (all || words.length > 1)) {
    throw usageError('-g needs one task', 'generations are counted within a task');
  }
  const forced = textOption(options, 'source');
  if (forced !== undefined) session.runtime.registry.source(forced);
  return {
    references: all ? [] : await recogniseAll(words, forced, session),
    all: all ? (forced ?? session.sourceName) : undefined,
    selection,
    limit,
    dryRun: flag(options, 'dry-run'),
  };
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,8}$/u.test(text)) return Number(text);
  throw usageError('--limit is a number from 1');
}

/** A run of items of one source. */
interface ItemGroup {
  readonly opened: OpenSource;
  readonly items: AsyncIterable<Item> | Iterable<Item>;
  readonly count: number | undefined;
}

async function* tasksOf(plan: FetchPlan, { session, signal }: Invocation): AsyncGenerator<ItemGroup> {
  const budget = { left: plan.limit };
  const listing: ListOptions = { signal, ...(Number.isFinite(plan.limit) ? { limit: plan.limit } : {}) };
  if (plan.all !== undefined) {
    const opened = await session.source(plan.all);
    if (opened.source.all === undefined) {
      throw usageError(
        `${opened.descriptor.title} has no list of everything`,
        'name what to fetch',
        opened.descriptor.name,
      );
    }
    // One group for all tasks, so that the transfers of one task need not wait for the slowest of the last.
    yield { opened, items: itemsOf(opened.source.all(listing), budget), count: undefined };
    return;
  }
  for (const { source, reference } of plan.references) {
    const opened = await session.source(source.name);
    for await (const task of opened.source.open(reference, listing)) {
      session.runtime.reporter.log.info(`${task.id} has ${task.count ?? 'an unknown number of'} items`);
      if (plan.selection === undefined)
        yield { opened, items: itemsOf([task], budget), count: countOf(task, budget.left) };
      else {
        const chosen = (await chooseItems(task, plan.selection)).slice(0, budget.left);
        budget.left -= chosen.length;
        yield { opened, items: chosen, count: chosen.length };
      }
      if (budget.left <= 0) return;
    }
  }
}

function countOf(task: Task, left: number): number | undefined {
  return task.count === undefined ? undefined : Math.min(task.count, left);
}

async function* itemsOf(tasks: AsyncIterable<Task> | Iterable<Task>, budget: { left: number }): AsyncGenerator<Item> {
  for await (const task of tasks) {
    for await (const item of task.items) {
      if (budget.left <= 0) return;
      budget.left -= 1;
      yield item;
    }
    if (budget.left <= 0) return;
  }
}

/** A task is listed whole before anything of it is fetched: a number that is not there must cost nothing. */
async function chooseItems(task: Task, selection: Selection): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of task.items) items.push(item);
  const positions = new Set(selection.of(items.length, task.id));
  return items.filter((_item, position) => positions.has(position + 1));
}

function fetchOptions({ session, signal }: Invocation, opened: OpenSource, meter: Counter) {
  const { runtime } = session;
  return {
    client: opened.client,
    plugin: opened.descriptor.name,
    trusted: opened.trusted,
    maxBytes: byteLimit(runtime, 'itemBytes', 1024),
    retry: retryOptions(runtime),
    signal,
    now: runtime.now,
    concurrency: opened.descriptor.capabilities.concurrency,
    find: (item: Item) => session.buffer.find(item),
    onBytes: (count: number) => meter.moved(count),
  };
}

function report(result: FetchResult, meter: Counter, session: Invocation['session']): void {
  const { reporter } = session.runtime;
  if (result.kind === 'failed') {
    const { error, item } = result;
    meter.failed();
    reporter.emit({
      event: 'failed',
      stage: 'fetch',
      ...factsOf(item),
      code: error.code,
      message: withoutId(error.describe(), item.id),
      retryable: error.retryable,
    });
    return;
  }
  const { fetched, already } = result;
  if (already) meter.already();
  else meter.done(fetched.bytes.size);
  reporter.emit({
    event: 'fetched',
    ...factsOf(fetched.item),
    size: fetched.bytes.size,
    mediaType: fetched.mediaType,
    sha256: sha256Of(fetched.bytes.digests),
    already,
  });
}

/** The line names the item already. */
function withoutId(text: string, id: string): string {
  return text.replace(`${id}: `, '');
}

export function factsOf(item: Item): { source: string; task: string; id: string; index: number } {
  return { source: item.source, task: item.taskId, id: item.id, index: item.index };
}
