/** What the sources that are watched are about to lose, and how long nobody need look again. */

import type { AlbarettoError } from '../errors.js';
import type { Outcome } from './command.js';

/** Nobody is asked more often, in milliseconds. */
export const SHORTEST = 5_000;

/** What one look at one source found. */
export interface Seen {
  readonly source: string;
  readonly saved: number;
  readonly failed: number;
  /** When the next of what could not be saved is lost, in milliseconds since the epoch. */
  readonly nextLoss: number | undefined;
  /** What is deleted there and was never seen by us with its files: task ids. */
  readonly lost: readonly string[];
  /** When the oldest of what is still being made was begun, in milliseconds since the epoch. */
  readonly oldestPending: number | undefined;
  /** The shortest time that anything was kept from its making to its end, in milliseconds. */
  readonly shortestLife: number | undefined;
  readonly error: AlbarettoError | undefined;
  readonly outcome: Outcome | undefined;
}

/** As far as the last look that saw it tells. */
export class Prospects {
  /** By source, in milliseconds since the epoch. */
  readonly #losses = new Map<string, number>();
  /** By source, in milliseconds. */
  readonly #lives = new Map<string, number>();

  /** A look that broke off knows less than the one before it. */
  note({ source, nextLoss, shortestLife, error }: Seen): void {
    const before = error === undefined ? undefined : this.#losses.get(source);
    this.#losses.set(source, Math.min(nextLoss ?? Number.POSITIVE_INFINITY, before ?? Number.POSITIVE_INFINITY));
    const life = shortestLife ?? this.#lives.get(source);
    if (life !== undefined) this.#lives.set(source, life);
  }

  /** The one with the least time left is looked at first. */
  byUrgency(sources: readonly string[]): readonly string[] {
    const end = (source: string) => this.#losses.get(source) ?? 0;
    return [...sources].sort((one, other) => (end(one) === end(other) ? 0 : end(one) - end(other)));
  }

  /** Never longer than a third of the time that anything has left, or had from the beginning. */
  pause(wished: number, now: number): number {
    const left = [...this.#losses.values()].filter((end) => end > now).map((end) => end - now);
    const limits = [...left, ...this.#lives.values()].map((time) => time / 3);
    return Math.floor(Math.max(SHORTEST, Math.min(wished, ...limits)));
  }
}
