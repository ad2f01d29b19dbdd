/**
 * A place in the list of predictions that outlives a run: a prediction's id and when it was made. The service's own
 * cursors are links of one listing; a time can be asked for at any time, and what was added at the front moves nothing.
 */

import type { ListOptions } from '../../src/plugin.js';
import type { PredictionAnswer } from './answers.js';

const FORM = /^(\d{4}-\d{2}-\d{2}T[\d:.]{5,20}(?:Z|[+-]\d{2}:?\d{2})) ([A-Za-z0-9_-]{1,128})$/u;

export class Position {
  #found = false;
  /** Of its time and before, as long as its prediction may still come behind them. */
  #held: readonly PredictionAnswer[] = [];

  private constructor(
    /** Milliseconds since the epoch, rounded down. */
    readonly time: number,
    readonly id: string,
  ) {}

  /** `undefined` for a cursor that is none of this source's, and for none. */
  static from(cursor: string | undefined): Position | undefined {
    const [, written = '', id = ''] = FORM.exec(cursor ?? '') ?? [];
    const time = Date.parse(written);
    return Number.isNaN(time) ? undefined : new Position(time, id);
  }

  /** The cursor of a prediction, where the service says when it was made. */
  static cursorOf({ createdAt, id }: PredictionAnswer): string | undefined {
    const cursor = `${createdAt} ${id}`;
    return Position.from(cursor) === undefined ? undefined : cursor;
  }

  /**
   * What lies behind this place: several predictions may share its time, and some of them may come before it. Where its
   * prediction was deleted meanwhile, everything of its time and before is answered, once it is known to be on no page.
   */
  rest(page: readonly PredictionAnswer[], isLast: boolean): readonly PredictionAnswer[] {
    if (this.#found) return page;
    const own = page.findIndex(({ id }) => id === this.id);
    if (own >= 0) return this.#foundWith(page.slice(own + 1));
    const first = page.findIndex(({ created }) => created !== undefined && created <= this.time);
    if (this.#held.length > 0) this.#held = [...this.#held, ...page];
    else if (first >= 0) this.#held = page.slice(first);
    const isPassed = page.some(({ created }) => created !== undefined && created < this.time);
    return isPassed || isLast ? this.#foundWith(this.#held) : [];
  }

  #foundWith(rest: readonly PredictionAnswer[]): readonly PredictionAnswer[] {
    this.#found = true;
    this.#held = [];
    return rest;
  }
}

/** `created_after` is inclusive, `created_before` is not; both are ISO 8601. */
export function firstQuery({ since, until }: ListOptions, behind: Position | undefined): string {
  const query = new URLSearchParams();
  if (since !== undefined) query.set('created_after', since.toISOString());
  const before = Math.min(until?.getTime() ?? Number.POSITIVE_INFINITY, behind?.time ?? Number.POSITIVE_INFINITY);
  // A millisecond later, because the service counts microseconds and this side does not.
  if (Number.isFinite(before)) query.set('created_before', new Date(before + 1).toISOString());
  return query.size === 0 ? '' : `?${query}`;
}
