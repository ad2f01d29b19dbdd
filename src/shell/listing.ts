/** From what a `fetch` was asked for to the items that it names, listed no sooner than they are needed. */

import { type AlbarettoError, usageError } from '../errors.js';
import type { Item, Task } from '../model.js';
import type { ListOptions, Source } from '../plugin.js';
import type { Recognised } from '../recognise.js';
import type { ParsedOptions } from '../runtime.js';
import type { Selection } from '../selection.js';
import type { OpenSource } from '../wiring.js';
import { AbsentTasks } from './absent-tasks.js';
import type { Invocation } from './command.js';
import type { ItemFilter } from './item-filter.js';
import { itemsOf, titled } from './listing-walk.js';

/** What a `fetch` was asked for, checked as far as it can be without a request. */
export interface FetchPlan {
  readonly references: readonly Recognised[];
  /** Lines of a file that are no reference: told, and no reason to leave out the others. */
  readonly badLines: readonly AlbarettoError[];
  /** The source whose whole history is meant. */
  readonly all: string | undefined;
  /** Options of sources that were typed for this fetch. */
  readonly sourceOptions: ParsedOptions;
  readonly selection: Selection | undefined;
  readonly limit: number;
  readonly dryRun: boolean;
  /** Items that one listing may have. */
  readonly most?: number | undefined;
  /** Of everything that is listed only these items, by id. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Which of the listed items are wanted. */
  readonly filter: ItemFilter;
  readonly known?: Known | undefined;
  /** What the service will delete first is fetched first, and not what is newest. */
  readonly urgentFirst?: boolean | undefined;
  /** Told of tasks that are listed without items. Without this the person is told, once for all of them. */
  readonly onAbsent?: ((task: Task) => void) | undefined;
  /** Tasks that need not be looked at any more; asked of each that is listed with items. */
  readonly isSettled?: ((task: Task) => boolean) | undefined;
  /** The list is read at least so far back, in milliseconds since the epoch. */
  readonly reach?: number | undefined;
  /** Told when the list of an item's task is left before its end: that item and those behind it were not asked for. */
  readonly onCut?: ((item: Item) => void) | undefined;
  /** Items that were looked at and need no fetching. */
  readonly pass?: ((item: Item) => boolean) | undefined;
}

/** What is known of items before they are fetched. */
export interface Known {
  /** Whether the item is where it is wanted already. */
  look(item: Item): Promise<boolean>;
  /** Whether a page that is there as a whole means that all older ones are. */
  readonly mayStop: boolean;
  /** Where an interrupted run had come to: what lies before it is there, but for what is newer than that run. */
  readonly resumesAt?: string | undefined;
  /** The item is the last one before the place that the cursor names. */
  mark?(item: Item, cursor: string): void;
  /** The list is walked from its beginning again: when this is over, earlier places say nothing any more. */
  restart?(): Promise<void>;
}

/** How many items may still be fetched. */
export interface Budget {
  left: number;
}

/** A run of items of one source. */
export interface ItemGroup {
  readonly opened: OpenSource;
  /** The one that all of them are of. */
  readonly task?: string;
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
    const opened = await session.source(source.name, plan.sourceOptions);
    if (plan.selection !== undefined) {
      const tasks = opened.source.open(reference, { signal });
      const chosen = (await chooseItems(tasks, plan.selection)).filter((item) => plan.filter.wants(item));
      const items = chosen.slice(0, budget.left);
      budget.left -= items.length;
      for (const item of items) await plan.known?.look(item);
      yield { opened, items, count: items.length };
    } else {
      for await (const task of opened.source.open(reference, listOptions(signal, budget, plan))) {
        session.runtime.reporter.log.info(`${task.id} has ${task.count ?? 'an unknown number of'} items`);
        const count = plan.only?.size ?? countOf(task, budget.left);
        yield { opened, task: task.id, items: itemsOf([task], budget, plan), count };
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
  const opened = await session.source(name, plan.sourceOptions);
  const { source, descriptor } = opened;
  if (source.all === undefined) {
    throw usageError(`${descriptor.title} has no list of everything`, 'name what to fetch', descriptor.name);
  }
  const absent = new AbsentTasks(name);
  const items = history(source, signal, budget, { onAbsent: (task) => absent.note(task), ...plan });
  return { opened, items: thenTold(items, () => absent.tell(session.runtime.reporter)), count: undefined };
}

async function* thenTold(items: AsyncIterable<Item>, tell: () => void): AsyncGenerator<Item> {
  try {
    yield* items;
  } finally {
    tell();
  }
}

/**
 * Everything, newest first. Where an interrupted run had come to a place, and the front of the list is still there as a
 * whole, nothing before that place has changed: the list is taken up again there. Otherwise it is walked from its
 * beginning, as it is when only so many items are wanted: they are counted from there.
 */
async function* history(source: Source, signal: AbortSignal, budget: Budget, plan: FetchPlan): AsyncGenerator<Item> {
  const all = (cursor?: string) =>
    source.all?.({ ...listOptions(signal, budget, plan), ...(cursor === undefined ? {} : { cursor }) }) ?? [];
  const resumesAt = plan.known?.resumesAt;
  if (plan.urgentFirst === true) {
    // What is new may be left between what is urgent: an earlier place must not lead over it.
    if (resumesAt !== undefined) await plan.known?.restart?.();
    return yield* mostUrgentFirst(itemsOf(all(), budget, withoutPlaces(plan)));
  }
  if (resumesAt === undefined || Number.isFinite(plan.limit)) return yield* itemsOf(all(), budget, plan);
  let leaps = false;
  const onFront = () => {
    leaps = true;
  };
  yield* itemsOf(all(), budget, { ...plan, onFront });
  if (leaps) yield* itemsOf(all(resumesAt), budget, plan);
}

/** In another order than the list's its places say nothing. */
function withoutPlaces({ known, ...plan }: FetchPlan): Omit<FetchPlan, 'known'> & Pick<FetchPlan, 'known'> {
  return known === undefined ? plan : { ...plan, known: { look: known.look, mayStop: known.mayStop } };
}

/** Lists everything first, some kilobytes an item: the page that comes last is the one that is lost first. */
async function* mostUrgentFirst(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  const listed: Item[] = [];
  for await (const item of items) listed.push(item);
  const end = ({ expiresAt }: Item) => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  // Without an end the oldest comes first: the list is newest first.
  yield* listed.reverse().sort((one, other) => compare(end(one), end(other)));
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one - other;
}

function listOptions(
  signal: AbortSignal,
  { left }: Budget,
  { filter, only }: Pick<FetchPlan, 'filter' | 'only'>,
): ListOptions {
  // A source counts what it lists. Where something of that is left out here, it must not stop by its own count.
  const limit = Number.isFinite(left) && !filter.active && only === undefined ? { limit: left } : {};
  return { signal, ...limit, since: filter.since, until: filter.until };
}

function countOf(task: Task, left: number): number | undefined {
  return task.count === undefined ? undefined : Math.min(task.count, left);
}

/** The task is listed whole before anything of it is fetched: a number that is not there must cost nothing. */
async function chooseItems(tasks: AsyncIterable<Task>, selection: Selection): Promise<Item[]> {
  let chosen: Item[] | undefined;
  for await (const task of tasks) {
    if (chosen !== undefined) throw usageError('-g needs one task', 'this reference names several');
    const items: Item[] = [];
    for await (const item of task.items) items.push(titled(item, task));
    const positions = new Set(selection.of(items.length, task.id));
    chosen = items.filter((_item, position) => positions.has(position + 1));
  }
  return chosen ?? [];
}
