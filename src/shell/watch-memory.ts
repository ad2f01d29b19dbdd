/** What a watch remembers of each source between two looks, also over restarts. */

import { createHash } from 'node:crypto';
import { printable } from '../printable.js';
import type { Runtime } from '../runtime.js';

/** What is known of a source before a look. */
export interface Remembered {
  /** Whether no look has ever come to its end. */
  readonly isNew: boolean;
  /** What was still being made, by id: when it was begun, in milliseconds since the epoch. */
  readonly pending: ReadonlyMap<string, number>;
  /** Tasks that need not be looked at any more: saved as a whole, without files, or told as lost. The newest last. */
  readonly done: ReadonlySet<string>;
}

export interface WatchMemory {
  recall(source: string): Remembered;
  write(source: string, found: Pick<Remembered, 'pending' | 'done'>): Promise<void>;
}

/** Where nothing is remembered, what is being made was begun within a day. */
const FIRST_REACH = 86_400_000;
/** So many ids take some 150 kB. */
const MOST_DONE = 5000;
const MOST_PENDING = 1000;

/** @param subjectOf What tells this watch from another one of the same source: where it saves to, and what of it. */
export function watchMemory({ config }: Pick<Runtime, 'config'>, subjectOf: (source: string) => string): WatchMemory {
  const keyOf = (source: string) => {
    const mark = createHash('sha256').update(subjectOf(source)).digest('hex').slice(0, 16);
    return `watch.${source}-${mark}`;
  };
  return {
    recall: (source) => read(config.memory.get(keyOf(source))),
    async write(source, { pending, done }) {
      const text = JSON.stringify({
        pending: [...pending].slice(-MOST_PENDING).map(([id, begun]) => [printable(id, 200), begun]),
        done: [...done].slice(-MOST_DONE).map((id) => printable(id, 200)),
      });
      if (config.memory.get(keyOf(source)) !== text) await config.memory.set(keyOf(source), text);
    },
  };
}

/**
 * How far back a list is read: what was still being made at the last look may have ended meanwhile, wherever it stands.
 * Milliseconds since the epoch.
 */
export function reachOf({ isNew, pending }: Remembered, now: number): number | undefined {
  if (isNew) return now - FIRST_REACH;
  return pending.size === 0 ? undefined : Math.min(...pending.values());
}

/** What is of another form counts as nothing. */
function read(text: unknown): Remembered {
  try {
    const { pending, done } = JSON.parse(String(text)) as { pending: [string, number][]; done: string[] };
    const isPending = ([id, begun]: readonly unknown[]) => typeof id === 'string' && typeof begun === 'number';
    return {
      isNew: false,
      pending: new Map(pending.filter(isPending)),
      done: new Set(done.filter((id) => typeof id === 'string')),
    };
  } catch {
    return { isNew: true, pending: new Map(), done: new Set() };
  }
}
