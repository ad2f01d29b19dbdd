/** `-g`: which generations of a task are meant, counted from 1 as the service's page shows them. */

import { AlbarettoError, usageError } from './errors.js';

interface Range {
  readonly first: number;
  /** Infinity: to the last one. */
  readonly last: number;
}

export interface Selection {
  /**
   * The positions, ascending and each once.
   * @throws E_NO_SUCH_GENERATION when one is not there; the message says how many there are.
   */
  of(count: number, task: string): readonly number[];
}

const PART = /^(\d{1,9})(?:(-)(\d{1,9})?)?$/u;

/**
 * Reads `2`, `2,3`, `2-4`, `3-` and any number of these.
 * @throws E_USAGE for a malformed, reversed or zero one, before anything is requested.
 */
export function parseSelection(values: readonly string[]): Selection {
  const ranges = values.flatMap((value) => value.split(',').map((part) => parseRange(part.trim(), value)));
  return {
    of(count, task) {
      const chosen = new Set<number>();
      for (const range of ranges) {
        const missing =
          range.first > count
            ? range.first
            : Number.isFinite(range.last) && range.last > count
              ? range.last
              : undefined;
        if (missing !== undefined) throw noSuchGeneration(missing, count, task);
        for (let index = range.first; index <= Math.min(range.last, count); index += 1) chosen.add(index);
      }
      return [...chosen].sort((left, right) => left - right);
    },
  };
}

function parseRange(part: string, whole: string): Range {
  const match = PART.exec(part);
  const first = Number(match?.[1]);
  const last = match?.[2] === undefined ? first : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
  const hint = 'give it as 2, 2,3, 2-4 or 3-';
  if (match === null) throw usageError(`-g ${whole} is not a number, a list or a range`, hint);
  if (first < 1 || last < 1) throw usageError(`-g ${whole}: generations are counted from 1`, hint);
  if (last < first) throw usageError(`-g ${whole} runs backwards`, hint);
  return { first, last };
}

function noSuchGeneration(missing: number, count: number, task: string): AlbarettoError {
  const there = count === 1 ? '1 generation' : `${count} generations`;
  return new AlbarettoError({
    code: 'E_NO_SUCH_GENERATION',
    message: `${task} has ${there}; there is no ${missing}`,
    hint: count === 0 ? 'nothing was fetched' : `choose from 1 to ${count}; nothing was fetched`,
    reach: 'run',
  });
}
