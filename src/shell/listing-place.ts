/** How far a listing is done with, for the run that goes on after this one. */

import type { Item } from '../model.js';

export interface ListingPlace {
  /**
   * The item is the last one before the place that the cursor names. In the order of the list, and before the item behind
   * it is done with.
   */
  mark(item: Item, cursor: string): void;
  /** The item is done with: stored, or there already. In display order. */
  done(item: Item): void;
  /** One failed: what comes behind it must be listed again, or nobody would try it once more. */
  stop(): void;
  /** The list is walked from its beginning: an earlier place says nothing any more. */
  restart(): void;
  /** The furthest place before which everything is done with. */
  readonly cursor: string | undefined;
}

/** What takes an earlier place off the record. */
export const NO_PLACE = '';

/** Remembers the marked items that are not done with yet, and no others: a list may be of any length. */
export function listingPlace(initial: string | undefined): ListingPlace {
  let cursor = initial;
  let stopped = false;
  const marks = new Map<Item, string>();
  /** The last item of a page is known as such only a little later: it may be done with by then. */
  let last: Item | undefined;
  return {
    mark(item, at) {
      if (stopped) return;
      if (item === last) cursor = at;
      else marks.set(item, at);
    },
    done(item) {
      if (stopped) return;
      last = item;
      const at = marks.get(item);
      if (at === undefined) return;
      cursor = at;
      // Those before it are done with as well, marked too late or not.
      for (const marked of marks.keys()) {
        marks.delete(marked);
        if (marked === item) return;
      }
    },
    stop() {
      stopped = true;
      marks.clear();
      last = undefined;
    },
    restart() {
      cursor = NO_PLACE;
    },
    get cursor() {
      return cursor;
    },
  };
}
