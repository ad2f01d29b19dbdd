/** A conversation: its items stay for good, those of responses that are gone by now included. */

import { inventId } from './ids.js';
import type { Item } from './items.js';
import type { FakeResponse } from './response.js';

export interface NewConversation {
  readonly id?: string;
  /** Unix seconds. */
  readonly created?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

export class FakeConversation {
  readonly id: string;
  readonly created: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly turns: FakeResponse[] = [];

  constructor(number: number, given: NewConversation, now: () => number) {
    this.id = given.id ?? inventId('conv', number);
    this.created = given.created ?? Math.floor(now() / 1000);
    this.metadata = given.metadata ?? {};
  }

  /** In their order in time. */
  get items(): readonly Item[] {
    return this.turns.flatMap((turn) => [turn.message, ...turn.output]);
  }
}
