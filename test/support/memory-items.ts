/** The items of a service in memory, as tests speak of them. */

import { AlbarettoError, type ErrorFacts } from '../../src/errors.js';
import type { MemoryItem, MemoryTask } from './memory-service.js';

/** Those of these numbers, from 1; all where none is named. */
export function idsOf({ items }: MemoryTask, ...numbers: readonly number[]): string[] {
  const chosen = numbers.length === 0 ? items : numbers.map((number) => items[number - 1]!);
  return chosen.map(({ id }) => id);
}

/** Whoever asks where it is gets this error. */
export function fail(item: MemoryItem, facts: Partial<ErrorFacts> = {}): void {
  item.failure = noAnswer(facts);
}

export function noAnswer(facts: Partial<ErrorFacts> = {}): AlbarettoError {
  return new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'no answer', ...facts });
}
