/**
 * Pages that begin at a time instead of a number, so that what is added at the front moves nothing: the cursors of
 * Django REST framework, from the examples in Replicate's documentation (`p=2022-01-21+23%3A18%3A24.530357%2B00%3A00`,
 * in base64).
 */

export interface Cursor {
  /** Milliseconds since the epoch: the page holds what lies beyond. Undefined for the very beginning. */
  readonly position: number | undefined;
  /** How many entries beyond it belong to the page before, since several may share one time. */
  readonly offset: number;
  /** Counted from the oldest: a link back. */
  readonly reverse: boolean;
}

export interface Page<T> {
  readonly entries: readonly T[];
  readonly next: Cursor | undefined;
  readonly previous: Cursor | undefined;
}

export const FIRST_PAGE: Cursor = { position: undefined, offset: 0, reverse: false };

/** @param entries Newest first. */
export function pageAt<T extends { readonly created: number }>(
  entries: readonly T[],
  { position, offset, reverse }: Cursor,
  size: number,
): Page<T> {
  const oldestFirst = entries.toReversed();
  const list = reverse ? oldestFirst : entries;
  const total = list.length;
  const isBeyond = ({ created }: T) => position === undefined || (reverse ? created > position : created < position);
  const first = list.findIndex(isBeyond);
  const from = first < 0 ? total : Math.min(first + offset, total);
  const to = Math.min(from + size, total);
  const [start, end] = reverse ? [total - to, total - from] : [from, to];
  return {
    entries: entries.slice(start, end),
    next: end < total ? cursorTo(entries, end, false) : undefined,
    previous: start > 0 ? cursorTo(oldestFirst, total - start, true) : undefined,
  };
}

/** The cursor whose page begins with the entry of that number. */
function cursorTo(list: readonly { readonly created: number }[], index: number, reverse: boolean): Cursor {
  const first = list.findIndex(({ created }) => created === list[index]!.created);
  return { position: list[first - 1]?.created, offset: index - first, reverse };
}

export function encodeCursor({ position, offset, reverse }: Cursor): string {
  const parts = new URLSearchParams();
  if (offset > 0) parts.set('o', String(offset));
  if (reverse) parts.set('r', '1');
  if (position !== undefined) {
    parts.set('p', new Date(position).toISOString().replace('T', ' ').replace('Z', '000+00:00'));
  }
  return Buffer.from(parts.toString(), 'latin1').toString('base64');
}

/** Undefined for what no cursor says. */
export function decodeCursor(text: string): Cursor | undefined {
  const decoded = Buffer.from(text, 'base64').toString('latin1');
  if (decoded !== '' && !/^(?:[orp]=[^&]*)(?:&[orp]=[^&]*)*$/u.test(decoded)) return undefined;
  const parts = new URLSearchParams(decoded);
  const given = parts.get('p');
  const position = given === null ? undefined : Date.parse(given.replace(' ', 'T'));
  const offset = Number(parts.get('o') ?? 0);
  if (Number.isNaN(position) || !Number.isInteger(offset) || offset < 0) return undefined;
  return { position, offset, reverse: parts.get('r') === '1' };
}
