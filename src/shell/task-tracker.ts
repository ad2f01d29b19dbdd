/** Which tasks are through: a layout writes what belongs to a whole task once its items are stored. */

import type { Layout } from '../archive/layout.js';
import type { Item } from '../model.js';
import type { FinishedTask } from '../plugin.js';

interface Current {
  readonly key: string;
  readonly source: string;
  readonly id: string;
  readonly items: Item[];
  /** Whether its layout writes anything for a whole task: then its items are remembered until it is through. */
  readonly counts: boolean;
}

export interface FinishedLayout {
  readonly task: FinishedTask;
  readonly layout: Layout;
}

/** Told of items in display order, in which those of one task come together. */
export class TaskTracker {
  readonly #layoutOf: (source: string) => Promise<Layout>;
  readonly #whole: boolean;
  readonly #failed = new Set<string>();
  #current: Current | undefined;

  /** @param whole Whether every item that a task lists is asked for. */
  constructor(layoutOf: (source: string) => Promise<Layout>, whole: boolean) {
    this.#layoutOf = layoutOf;
    this.#whole = whole;
  }

  /** An item that is stored. Answers the task before it, when that is through. */
  async stored(item: Item): Promise<FinishedLayout | undefined> {
    const key = keyOf(item);
    const before = this.#current?.key === key ? undefined : await this.#finish(true);
    if (this.#current === undefined) {
      const counts = (await this.#layoutOf(item.source)).finish !== undefined;
      this.#current = { key, source: item.source, id: item.taskId, items: [], counts };
    }
    if (this.#current.counts) this.#current.items.push(item);
    return before;
  }

  /** Whether something is still to be written for the task of the item that was stored last. */
  get isOpen(): boolean {
    return this.#current?.counts === true;
  }

  /** An item that could not be fetched or stored, or not listed; may be told ahead of those before it. */
  failed(item: Pick<Item, 'source' | 'taskId'>): void {
    this.#failed.add(keyOf(item));
  }

  /** @param whole Whether the list was walked to its end. */
  end(whole: boolean): Promise<FinishedLayout | undefined> {
    return this.#finish(whole);
  }

  async #finish(whole: boolean): Promise<FinishedLayout | undefined> {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined || !current.counts) return undefined;
    const complete = whole && this.#whole && !this.#failed.has(current.key);
    const { source, id } = current;
    // From a buffer they may come in the order in which they were fetched.
    const items = current.items.sort((one, other) => one.index - other.index);
    return { task: { source, id, items, complete }, layout: await this.#layoutOf(source) };
  }
}

function keyOf({ source, taskId }: Pick<Item, 'source' | 'taskId'>): string {
  return `${source}\n${taskId}`;
}
