/** What a list held besides tasks with items: told once, when it is through. A history may have thousands of them. */

import type { Task } from '../model.js';
import { printable } from '../printable.js';
import type { Reporter } from '../report/reporter.js';

type Kind = NonNullable<Task['absent']>;

/** So many are called by their ids. */
const MOST_NAMED = 5;

export class AbsentTasks {
  readonly #source: string;
  readonly #counts = new Map<Kind, number>();
  /** Of those that are still being made. */
  readonly #names: string[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  note({ id, absent }: Task): void {
    if (absent === undefined) return;
    this.#counts.set(absent, (this.#counts.get(absent) ?? 0) + 1);
    if (absent === 'pending' && this.#names.length < MOST_NAMED) this.#names.push(printable(id, 100));
  }

  tell(reporter: Pick<Reporter, 'emit'>): void {
    const [pending, gone, none] = (['pending', 'gone', 'none'] as const).map((kind) => this.#counts.get(kind) ?? 0);
    const source = `[${this.#source}]`;
    if (pending! > 0) {
      const rest = pending! - this.#names.length;
      const names = `${this.#names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
      reporter.emit({ event: 'warning', text: `${source} still being made: ${names}; fetch again later` });
    }
    if (gone! > 0) {
      const text = `${source} the files of ${tasks(gone!)} have been deleted at the service`;
      reporter.emit({ event: 'warning', text });
    }
    if (none! > 0) {
      const text = `${source} there is nothing to fetch of ${tasks(none!)}: failed, cancelled, or without files`;
      reporter.emit({ event: 'notice', text });
    }
  }
}

function tasks(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`;
}
