/** Fetched items for tests of what comes after fetching. */

import { fromService, type Item, rawRecord } from '../../src/plugin.js';
import { bytesInMemory } from '../../src/transfer/bytes.js';
import type { Fetched } from '../../src/transfer/fetch.js';
import { png } from './pictures.js';

export interface FetchedWishes {
  readonly id?: string;
  readonly source?: string;
  readonly prompt?: string;
  readonly raw?: unknown;
  readonly createdAt?: Date;
  readonly bytes?: Uint8Array;
  readonly mediaType?: string;
  /** Ids of companions. */
  readonly companions?: readonly string[];
}

let seeds = 0;

export function fetchedItem(wishes: FetchedWishes = {}): Fetched {
  seeds += 1;
  const id = wishes.id ?? `generation-${String(seeds).padStart(4, '0')}`;
  const companions = (wishes.companions ?? []).map((companion) => ({
    id: companion,
    role: 'source',
    taskId: 'task-1',
  }));
  const item: Item = {
    source: wishes.source ?? 'dalle2',
    taskId: 'task-1',
    id,
    index: 1,
    generation: wishes.prompt === undefined ? {} : { prompt: fromService(wishes.prompt) },
    raw: rawRecord(wishes.raw ?? { id }),
    ...(wishes.createdAt === undefined ? {} : { createdAt: wishes.createdAt }),
    ...(companions.length === 0 ? {} : { companions }),
  };
  return {
    item,
    bytes: bytesInMemory(wishes.bytes ?? png(6, 6, seeds)),
    mediaType: wishes.mediaType ?? 'image/png',
    companions: companions.map((companion, position) => ({
      companion,
      bytes: bytesInMemory(png(5, 5, 10_000 + seeds * 10 + position)),
      mediaType: 'image/png',
    })),
  };
}
