/** A service without a network: tasks in memory, requests that are counted, and what a test tells it to go wrong. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { AlbarettoError, fromService, type Item, interrupted, type Task } from '../../src/plugin.js';
import type { FakeService } from '../contract/source-contract.js';
import { png } from './pictures.js';

export interface MemoryItem {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly companions: readonly MemoryItem[];
  /** What locating it ends with. */
  failure?: AlbarettoError;
  /** Locating it waits for this. */
  gate?: Promise<void>;
  /** How often its link was made anew. */
  renewals: number;
  /** What its service says of it besides, or in other words. */
  facts?: Partial<Item>;
}

export interface MemoryTask {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly prompt: string;
  readonly items: readonly MemoryItem[];
  /** What its service says of it besides. */
  readonly facts?: Partial<Task> | undefined;
  /** Listing it fails behind so many items. */
  breaksAfter?: number | undefined;
}

export interface NewTask {
  readonly id?: string;
  readonly count?: number;
  readonly prompt?: string;
  readonly ids?: readonly string[];
  /** How many companions each item has. */
  readonly companions?: number;
  readonly facts?: Partial<Task>;
  /** By item, from 1. */
  readonly itemFacts?: (number: number) => Partial<Item>;
}

export const GOOD_TOKEN = 'mem-0123456789abcdef';

export class MemoryService implements FakeService {
  /** Newest first. */
  readonly tasks: MemoryTask[] = [];
  /** The ids of all items that were located, in order, and the signals that could have ended that. */
  readonly located: string[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  /** The numbers of the pages of the history that were asked for, in order. */
  readonly pagesAsked: number[] = [];
  /** Tasks of the history that one request answers. */
  pageSize = 2;
  /** Whether the last task of a page says that it is the last. */
  endsPages = false;
  /** Whether tasks say where the history can be taken up again. */
  hasCursors = false;
  /** Whether it lists no more than it is asked for. */
  heedsLimit = false;
  #requests = 0;
  #running = 0;
  #stalled = false;
  #revoked = false;
  #words: string | undefined;

  add({ count = 4, ids, ...given }: NewTask = {}): MemoryTask {
    const number = this.tasks.length + 1;
    const id = given.id ?? `task-${String(number).padStart(6, '0')}`;
    const itemIds = ids ?? Array.from({ length: count }, (_, position) => `${id}.item${position + 1}`);
    const task: MemoryTask = {
      id,
      created: 1_660_000_000 + number * 60,
      prompt: given.prompt ?? `a picture of number ${number}`,
      items: itemIds.map((itemId, position) => ({
        ...memoryItem(itemId, number * 1000 + position * 10, given.companions ?? 0),
        ...(given.itemFacts === undefined ? {} : { facts: given.itemFacts(position + 1) }),
      })),
      facts: given.facts,
    };
    this.tasks.unshift(task);
    return task;
  }

  requests(): number {
    return this.#requests;
  }

  running(): number {
    return this.#running;
  }

  stall(): void {
    this.#stalled = true;
  }

  refuse(words: string): void {
    this.#words = words;
  }

  revoke(): void {
    this.#revoked = true;
  }

  pages(): number {
    return Math.ceil(this.tasks.length / this.pageSize);
  }

  page(number: number): readonly MemoryTask[] {
    this.pagesAsked.push(number);
    return this.tasks.slice((number - 1) * this.pageSize, number * this.pageSize);
  }

  /** The service's record of an item, with its signed link. */
  record(item: { readonly id: string }): string {
    const found = this.tasks
      .flatMap((task) => task.items.map((own) => ({ task, own })))
      .find(({ own }) => own.id === item.id);
    const { task, own } = found!;
    const link = `https://media.invalid/${own.id}?sig=${own.renewals}&se=2`;
    return `{"id":${JSON.stringify(own.id)},"scale":7.0,"seed":18446744073709551615,"prompt":${JSON.stringify(task.prompt)},"link":${JSON.stringify(link)}}`;
  }

  /** One request: counted, and refused or left without an answer where the test said so. */
  async ask<T>(signal: AbortSignal | undefined, answer: () => T): Promise<T> {
    if (signal?.aborted) throw interrupted(signal.reason);
    this.#requests += 1;
    this.#running += 1;
    try {
      await nextTurn();
      if (this.#stalled) await untilAborted(signal);
      if (signal?.aborted) throw interrupted(signal.reason);
      if (this.#revoked) throw refused('E_CREDENTIALS', 'the token is refused', 'bring another one');
      if (this.#words !== undefined) throw refused('E_UNAVAILABLE', this.#words);
      return answer();
    } finally {
      this.#running -= 1;
    }
  }
}

function memoryItem(id: string, seed: number, companions: number): MemoryItem {
  return {
    id,
    bytes: png(8, 8, seed),
    companions: Array.from({ length: companions }, (_, position) =>
      memoryItem(`${id}-source${position}`, seed + 1 + position, 0),
    ),
    renewals: 0,
  };
}

function refused(code: 'E_CREDENTIALS' | 'E_UNAVAILABLE', words: string, hint?: string): AlbarettoError {
  return new AlbarettoError({
    code,
    message: fromService(words),
    ...(hint === undefined ? {} : { hint }),
    reach: code === 'E_CREDENTIALS' ? 'run' : 'item',
  });
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(interrupted(signal?.reason));
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
