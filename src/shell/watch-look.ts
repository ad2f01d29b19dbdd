/** What one look at one source sees: what is saved, what is open, and what no later look can get any more. */

import type { AlbarettoError } from '../errors.js';
import type { Item, Task } from '../model.js';
import type { Look } from './command.js';
import { type Remembered, reachOf } from './watch-memory.js';

/** Trying again would not bring it. */
const HOPELESS: ReadonlySet<string> = new Set(['E_NOT_FOUND', 'E_EXPIRED']);

export class Sight implements Look {
  readonly reach: number | undefined;
  savedCount = 0;
  /** The shortest time that anything was kept from its making to its end, in milliseconds. */
  shortestLife: number | undefined;
  location: string | undefined;
  /** Deleted there, and not known from an earlier look. */
  readonly gone: string[] = [];
  readonly #before: Remembered;
  readonly #open = new Map<string, Item>();
  readonly #pending = new Map<string, number>();
  /** All that was listed, with items or without. */
  readonly #listed = new Set<string>();
  /** Those of them that will never change, or have nothing. */
  readonly #final = new Set<string>();
  #hopeless = 0;

  constructor(before: Remembered, now: number) {
    this.#before = before;
    this.reach = reachOf(before, now);
  }

  opened(location: string): void {
    this.location = location;
  }

  isSettled(task: Task): boolean {
    this.#listed.add(task.id);
    this.#live(task);
    if (task.final !== true) return false;
    this.#final.add(task.id);
    return this.#before.done.has(task.id);
  }

  absent({ id, absent, createdAt }: Task): void {
    this.#listed.add(id);
    if (absent === 'pending') this.#pending.set(id, createdAt?.getTime() ?? Number.NaN);
    else this.#final.add(id);
    if (absent === 'gone' && !this.#before.done.has(id)) this.gone.push(id);
  }

  found(item: Item): void {
    this.#open.set(item.id, item);
    this.#live(item);
  }

  failed(item: Item, error: AlbarettoError): void {
    this.found(item);
    if (error.retryable || !HOPELESS.has(error.code)) return;
    this.#open.delete(item.id);
    this.#hopeless += 1;
  }

  saved(item: Item): void {
    this.savedCount += 1;
    this.#open.delete(item.id);
  }

  get failures(): number {
    return this.#open.size + this.#hopeless;
  }

  /** When the next of what could not be saved is lost, in milliseconds since the epoch. */
  get nextLoss(): number | undefined {
    const ends = [...this.#open.values()].flatMap(({ expiresAt }) => expiresAt?.getTime() ?? []);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** What was being made at the last look and is in the list no more; only the whole list tells. */
  vanished(): readonly string[] {
    return [...this.#before.pending].flatMap(([id, begun]) =>
      Number.isFinite(begun) && !this.#listed.has(id) ? [id] : [],
    );
  }

  /** What is to be remembered of a look that came to its end. */
  remembered(): Pick<Remembered, 'pending' | 'done'> {
    const open = new Set([...this.#open.values()].map(({ taskId }) => taskId));
    const settled = [...this.#final].filter((id) => !open.has(id));
    const listed = new Set(settled);
    // The newest last, so that the oldest are forgotten first.
    const earlier = [...this.#before.done].filter((id) => !listed.has(id) && !open.has(id));
    return { pending: this.#pending, done: new Set([...earlier, ...this.vanished(), ...settled.toReversed()]) };
  }

  #live({ createdAt, expiresAt }: Pick<Task, 'createdAt' | 'expiresAt'>): void {
    const life = (expiresAt?.getTime() ?? Number.NaN) - (createdAt?.getTime() ?? Number.NaN);
    if (life > 0) this.shortestLife = Math.min(this.shortestLife ?? life, life);
  }
}
