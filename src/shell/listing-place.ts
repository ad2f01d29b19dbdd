/** How far a listing is done with, for the run that goes on after this one. */

import type { Item } from '../model.js';

export interface ListingPlace {
  /** The item is the last one before the place that the cursor names. */
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

export function listingPlace(initial: string | undefined): ListingPlace {
  let cursor = initial;
  let stopped = false;
  const marks = new Map<Item, string>();
  /** Those that are done with since the last mark: the last item of a page is known as such only a little later. */
  const passed = new Set<Item>();
  const reach = (item: Item, at: string): void => {
    marks.delete(item);
    passed.clear();
    cursor = at;
  };
  return {
    mark(item, at) {
      if (stopped) return;
      if (passed.has(item)) reach(item, at);
      else marks.set(item, at);
    },
    done(item) {
      if (stopped) return;
      const at = marks.get(item);
      if (at === undefined) passed.add(item);
      else reach(item, at);
    },
    stop() {
      stopped = true;
      marks.clear();
      passed.clear();
    },
    restart() {
      cursor = NO_PLACE;
    },
    get cursor() {
      return cursor;
    },
  };
}
