/** What the sources that are watched are about to lose, and how long nobody need look again. */

import type { AlbarettoError } from '../errors.js';
import type { Outcome } from './command.js';

/** Nobody is asked more often, in milliseconds. */
export const SHORTEST = 5_000;

/** A task that nobody can get any more. */
export interface Loss {
  readonly id: string;
  readonly why: string;
}

/** What one look at one source came to. */
export interface Seen {
  readonly source: string;
  readonly saved: number;
  /** Found and not saved. */
  readonly failed: number;
  /** What nobody can get any more, and was not told before. */
  readonly lost: readonly Loss[];
  /** When the next of what could not be saved is lost, in milliseconds since the epoch. */
  readonly nextLoss: number | undefined;
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
  /** Sources of which the last look broke off: they may keep whoever comes behind them waiting. */
  readonly #broken = new Set<string>();

  /** A look that broke off knows less than the one before it. */
  note({ source, nextLoss, shortestLife, error }: Seen): void {
    const before = error === undefined ? undefined : this.#losses.get(source);
    this.#losses.set(source, Math.min(nextLoss ?? Number.POSITIVE_INFINITY, before ?? Number.POSITIVE_INFINITY));
    const life = shortestLife ?? this.#lives.get(source);
    if (life !== undefined) this.#lives.set(source, life);
    if (error === undefined) this.#broken.delete(source);
    else this.#broken.add(source);
  }

  /** The one with the least time left is looked at first, and one that gave no answer last. */
  byUrgency(sources: readonly string[]): readonly string[] {
    const end = (source: string) => this.#losses.get(source) ?? 0;
    const compare = (one: string, other: string) => {
      const broken = Number(this.#broken.has(one)) - Number(this.#broken.has(other));
      return broken !== 0 || end(one) === end(other) ? broken : end(one) - end(other);
    };
    return [...sources].sort(compare);
  }

  /** Never longer than a third of the time that anything has left, or had from the beginning. */
  pause(wished: number, now: number): number {
    const left = [...this.#losses.values()].filter((end) => end > now).map((end) => end - now);
    const limits = [...left, ...this.#lives.values()].map((time) => time / 3);
    return Math.floor(Math.max(SHORTEST, Math.min(wished, ...limits)));
  }
}
