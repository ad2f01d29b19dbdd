/** The walk through what a source lists: which items are wanted, where a page ends, and when enough is known to stop. */

import { AlbarettoError } from '../errors.js';
import type { Item, Task } from '../model.js';
import type { Budget, FetchPlan } from './listing.js';

export interface Listing
  extends Pick<FetchPlan, 'only' | 'known' | 'most' | 'filter' | 'onCut' | 'onAbsent' | 'isSettled' | 'reach'> {
  /** Told when the front of the list is through and is there as a whole: the listing ends with it. */
  readonly onFront?: () => void;
}

/** The front of a list is its first page, or so many items of one that does not say where pages end. */
const FRONT = 100;

/** @throws what the source throws, and E_TOO_LARGE for a list that is taken for one without an end. */
export async function* itemsOf(
  tasks: AsyncIterable<Task> | Iterable<Task>,
  budget: Budget,
  listing: Listing,
): AsyncGenerator<Item> {
  const walk = new Walk(listing, budget);
  for await (const task of tasks) {
    if (task.absent !== undefined) walk.pass(task);
    for await (const plain of walk.isSettled(task) ? [] : task.items) {
      if (budget.left <= 0) return listing.onCut?.(plain);
      const item = titled(plain, task);
      if (!walk.wants(item)) continue;
      await walk.look(item);
      yield item;
    }
    if (budget.left <= 0 || walk.ends(task)) return;
  }
}

/** What a page has shown so far; `undefined` until there is something to judge by. */
interface PageSoFar {
  /** Whether all that is wanted of it is there already. A page of which nothing is wanted says nothing. */
  isWhole: boolean | undefined;
  /** Whether everything on it is older than what is wanted. */
  isOld: boolean | undefined;
  wanted: number;
}

function newPage(): PageSoFar {
  return { isWhole: undefined, isOld: undefined, wanted: 0 };
}

class Walk {
  readonly #listing: Listing;
  readonly #budget: Budget;
  #listed = 0;
  #page = newPage();
  #isFront: boolean;
  /** The last item that is wanted; behind it there may be tasks without any. */
  #last: Item | undefined;
  /** Until it is known whether the list is walked on from its front, the places there are not to be relied on. */
  #early: readonly [Item, string] | undefined;

  constructor(listing: Listing, budget: Budget) {
    this.#listing = listing;
    this.#budget = budget;
    this.#isFront = listing.onFront !== undefined;
  }

  /** @throws E_TOO_LARGE */
  wants(item: Item): boolean {
    const { only, filter, most = MOST_ITEMS } = this.#listing;
    this.#listed += 1;
    if (this.#listed > most) throw endlessList(item.source, most);
    this.#page.isOld = (this.#page.isOld ?? true) && filter.isOlder(item);
    if (only?.has(item.id) === false || !filter.wants(item)) return false;
    this.#budget.left -= 1;
    return true;
  }

  /** A task without items: for whoever looks again and again it is there as a whole. */
  pass(task: Task): void {
    const { onAbsent, isSettled } = this.#listing;
    onAbsent?.(task);
    if (isSettled !== undefined) this.#page.isWhole ??= true;
  }

  /** Whether whoever looks again and again has seen all of it: it is not even asked for. */
  isSettled(task: Task): boolean {
    const { isSettled } = this.#listing;
    if (task.absent !== undefined || isSettled?.(task) !== true) return false;
    this.#page.isWhole ??= true;
    return true;
  }

  async look(item: Item): Promise<void> {
    const { known } = this.#listing;
    const isThere = known !== undefined && (await known.look(item));
    this.#page.isWhole = (this.#page.isWhole ?? true) && isThere;
    this.#page.wanted += 1;
    this.#last = item;
    if (isThere || !this.#isFront) return;
    // Before anything that is new can be stored: or the next run would take it for what was there before.
    this.#isFront = false;
    await known?.restart?.();
    if (this.#early !== undefined) known?.mark?.(...this.#early);
  }

  /** Whether nothing behind the task need be listed. */
  ends({ cursor, endsPage, createdAt }: Task): boolean {
    const { known, filter, onFront, reach } = this.#listing;
    const last = this.#last;
    if (cursor !== undefined && last !== undefined) {
      this.#early = [last, cursor];
      if (!this.#isFront) known?.mark?.(last, cursor);
    }
    const { isWhole, isOld, wanted } = this.#page;
    if (this.#isFront && isWhole && (endsPage === true || wanted >= FRONT)) {
      onFront?.();
      return true;
    }
    if (endsPage !== true) return false;
    this.#page = newPage();
    const isReached = reach === undefined || createdAt === undefined || createdAt.getTime() < reach;
    const mayStop = known?.mayStop === true && isWhole === true && isReached;
    return mayStop || (filter.since !== undefined && isOld === true);
  }
}

/** The title of a task goes along with its items: a layout may want it. */
export function titled(item: Item, { title }: Task): Item {
  return title === undefined || item.title !== undefined ? item : { ...item, taskTitle: title };
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
