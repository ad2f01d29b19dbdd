/** The fetched items of a session that are not saved yet, in the order in which they were fetched. */

import { usageError } from './errors.js';
import type { Item } from './model.js';
import { printable } from './printable.js';
import type { Fetched } from './transfer/fetch.js';

export interface Buffer {
  readonly size: number;
  /** Bytes of all items. */
  readonly bytes: number;
  add(fetched: Fetched): void;
  /** The same item of the same task, as far as its size and its time tell. */
  find(item: BufferedItem): Fetched | undefined;
  /** Whatever has this id. */
  holds(source: string, id: string): boolean;
  remove(fetched: Fetched): void;
  clear(): void;
  all(): readonly Fetched[];
  /**
   * By number (from 1, as `list` shows them), range of numbers, or id.
   * @throws E_USAGE for one that is not there.
   */
  select(words: readonly string[]): readonly Fetched[];
}

/** What tells one item from another that has the same id: two files of a person's own may share a name. */
export type BufferedItem = Pick<Item, 'source' | 'taskId' | 'id'> & Partial<Pick<Item, 'size' | 'createdAt'>>;

export function createBuffer(): Buffer {
  const items = new Map<string, Fetched>();
  const keyOf = ({ source, taskId, id, size, createdAt }: BufferedItem) =>
    JSON.stringify([source, taskId, id, size ?? null, createdAt?.getTime() ?? null]);
  const all = () => [...items.values()];
  return {
    get size() {
      return items.size;
    },
    get bytes() {
      let sum = 0;
      for (const fetched of items.values()) sum += fetched.bytes.size;
      return sum;
    },
    add: (fetched) => void items.set(keyOf(fetched.item), fetched),
    find: (item) => items.get(keyOf(item)),
    holds: (source, id) => all().some(({ item }) => item.source === source && item.id === id),
    remove: (fetched) => void items.delete(keyOf(fetched.item)),
    clear: () => items.clear(),
    all,
    select(words) {
      const list = all();
      const chosen = new Set<Fetched>();
      for (const word of words) for (const fetched of choose(word, list)) chosen.add(fetched);
      return list.filter((fetched) => chosen.has(fetched));
    },
  };
}

function choose(word: string, list: readonly Fetched[]): readonly Fetched[] {
  // An id may consist of digits only: it goes before a number.
  const byId = list.filter((fetched) => fetched.item.id === word);
  if (byId.length > 0) return byId;
  const range = /^(\d{1,9})(?:-(\d{1,9}))?$/u.exec(word);
  if (range !== null) {
    const first = Number(range[1]);
    const last = Number(range[2] ?? range[1]);
    if (first >= 1 && last >= first && last <= list.length) return list.slice(first - 1, last);
  }
  throw usageError(`there is no item '${printable(word, 80)}' in the buffer`, "'list' shows their numbers and ids");
}
