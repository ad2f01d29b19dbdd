/**
 * Where a listing can be taken up again. A page number alone would not do: images that were made or deleted since have
 * moved everything. So the last inferences that were listed are remembered too, and are looked for around that page.
 */

import type { InferenceAnswer } from './answers.js';
import { isId, several } from './fields.js';

export interface Cursor {
  /** How many inferences stood before the last listed one; with any page size it leads to a page. */
  readonly offset: number;
  /** The last listed inferences, the very last one first. One of them is enough, so that it may have been deleted since. */
  readonly listed: readonly string[];
}

/** So many inferences in a row would have to be deleted to lose the place. */
const MOST_LISTED = 8;

/** The longest that a cursor may be. */
const LONGEST = 1000;

export function writeCursor({ offset, listed }: Cursor): string {
  for (let count = Math.min(listed.length, MOST_LISTED); ; count -= 1) {
    const cursor = JSON.stringify([1, offset, ...listed.slice(0, count)]);
    if (cursor.length <= LONGEST || count <= 1) return cursor;
  }
}

/** @returns `undefined` for what is no cursor of this source. */
export function readCursor(cursor: string | undefined): Cursor | undefined {
  if (cursor === undefined || cursor.length > LONGEST) return undefined;
  let parts: readonly unknown[];
  try {
    parts = several(JSON.parse(cursor));
  } catch {
    return undefined;
  }
  const [version, offset, ...listed] = parts;
  if (version !== 1 || !Number.isSafeInteger(offset) || (offset as number) < 0) return undefined;
  if (listed.length === 0 || !listed.every(isId)) return undefined;
  return { offset: offset as number, listed };
}

/** The place behind the last entry that was listed: from there on all is new. `undefined` where none of them stands. */
export function placeBehind(entries: readonly InferenceAnswer[], { listed }: Cursor): number | undefined {
  const last = entries.findLastIndex(({ id }) => listed.includes(id));
  return last < 0 ? undefined : last + 1;
}

/** The last listed ones after one more, as a cursor remembers them. */
export function withListed(listed: readonly string[], id: string): readonly string[] {
  return [id, ...listed.filter((other) => other !== id)].slice(0, MOST_LISTED);
}

/** Page numbers from a first one outwards: 5, 6, 4, 7, 3, … Later ones first, because new images push to later pages. */
export function* around(first: number, most: number): Generator<number> {
  yield first;
  for (let distance = 1; distance <= most; distance += 1) {
    yield first + distance;
    if (first - distance >= 0) yield first - distance;
  }
}
