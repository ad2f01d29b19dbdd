/** From what a `fetch` was asked for to the items that it names, listed no sooner than they are needed. */

import { AlbarettoError, usageError } from '../errors.js';
import type { Item, Task } from '../model.js';
import type { ListOptions } from '../plugin.js';
import type { Recognised } from '../recognise.js';
import type { Selection } from '../selection.js';
import type { OpenSource } from '../wiring.js';
import type { Invocation } from './command.js';

/** What a `fetch` was asked for, checked as far as it can be without a request. */
export interface FetchPlan {
  readonly references: readonly Recognised[];
  /** The source whose whole history is meant. */
  readonly all: string | undefined;
  readonly selection: Selection | undefined;
  readonly limit: number;
  readonly dryRun: boolean;
  /** Items that one listing may have. */
  readonly most?: number | undefined;
  /** Of everything that is listed only these items, by id. */
  readonly only?: ReadonlySet<string> | undefined;
  readonly known?: Known | undefined;
  /** Items that were looked at and need no fetching. */
  readonly pass?: ((item: Item) => boolean) | undefined;
}

/** What is known of items before they are fetched. */
export interface Known {
  /** Whether the item is where it is wanted already. */
  look(item: Item): Promise<boolean>;
  /** Whether a page that is there as a whole means that all older ones are. */
  readonly mayStop: boolean;
}

/** How many items may still be fetched. */
export interface Budget {
  left: number;
}

/** A run of items of one source. */
export interface ItemGroup {
  readonly opened: OpenSource;
  readonly items: AsyncIterable<Item> | Iterable<Item>;
  readonly count: number | undefined;
}

/** @throws what the source throws, and E_NO_SUCH_GENERATION before anything of that task was answered. */
export async function* groupsOf(plan: FetchPlan, invocation: Invocation, budget: Budget): AsyncGenerator<ItemGroup> {
  const { session, signal } = invocation;
  if (plan.all !== undefined) {
    yield await wholeHistory(plan.all, plan, invocation, budget);
    return;
  }
  for (const { source, reference } of plan.references) {
    const opened = await session.source(source.name);
    if (plan.selection !== undefined) {
      const tasks = opened.source.open(reference, { signal });
      const items = (await chooseItems(tasks, plan.selection)).slice(0, budget.left);
      budget.left -= items.length;
      for (const item of items) await plan.known?.look(item);
      yield { opened, items, count: items.length };
    } else {
      for await (const task of opened.source.open(reference, listOptions(signal, budget))) {
        session.runtime.reporter.log.info(`${task.id} has ${task.count ?? 'an unknown number of'} items`);
        yield { opened, items: itemsOf([task], budget, plan), count: plan.only?.size ?? countOf(task, budget.left) };
        if (budget.left <= 0) return;
      }
    }
    if (budget.left <= 0) return;
  }
}

/** One group for all tasks, so that the transfers of one task need not wait for the slowest of the last. */
async function wholeHistory(
  name: string,
  plan: FetchPlan,
  { session, signal }: Invocation,
  budget: Budget,
): Promise<ItemGroup> {
  const opened = await session.source(name);
  const { source, descriptor } = opened;
  if (source.all === undefined) {
    throw usageError(`${descriptor.title} has no list of everything`, 'name what to fetch', descriptor.name);
  }
  return { opened, items: itemsOf(source.all(listOptions(signal, budget)), budget, plan), count: undefined };
}

function listOptions(signal: AbortSignal, { left }: Budget): ListOptions {
  return { signal, ...(Number.isFinite(left) ? { limit: left } : {}) };
}

function countOf(task: Task, left: number): number | undefined {
  return task.count === undefined ? undefined : Math.min(task.count, left);
}

async function* itemsOf(
  tasks: AsyncIterable<Task> | Iterable<Task>,
  budget: Budget,
  { only, known, most = MOST_ITEMS }: Pick<FetchPlan, 'only' | 'known' | 'most'>,
): AsyncGenerator<Item> {
  let wholePage = true;
  let listed = 0;
  for await (const task of tasks) {
    for await (const item of task.items) {
      if (budget.left <= 0) return;
      listed += 1;
      if (listed > most) throw endlessList(item.source, most);
      if (only?.has(item.id) === false) continue;
      budget.left -= 1;
      if (known !== undefined && !(await known.look(item))) wholePage = false;
      yield item;
    }
    if (budget.left <= 0) return;
    if (task.endsPage !== true) continue;
    if (known?.mayStop === true && wholePage) return;
    wholePage = true;
  }
}

/** A list that goes on beyond this is taken for one without an end. */
const MOST_ITEMS = 1_000_000;

function endlessList(source: string, most: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TOO_LARGE',
    message: `the list has more than ${most} items`,
    hint: 'raise limits.items in the configuration if that is right',
    plugin: source,
    reach: 'run',
  });
}

/** The task is listed whole before anything of it is fetched: a number that is not there must cost nothing. */
async function chooseItems(tasks: AsyncIterable<Task>, selection: Selection): Promise<Item[]> {
  let chosen: Item[] | undefined;
  for await (const task of tasks) {
    if (chosen !== undefined) throw usageError('-g needs one task', 'this reference names several');
    const items: Item[] = [];
    for await (const item of task.items) items.push(item);
    const positions = new Set(selection.of(items.length, task.id));
    chosen = items.filter((_item, position) => positions.has(position + 1));
  }
  return chosen ?? [];
}
