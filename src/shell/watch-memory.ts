/** What a watch remembers of each source between two looks, also over restarts. */

import { printable } from '../printable.js';
import type { Runtime } from '../runtime.js';

export interface WatchMemory {
  /** Whether no look at this source has ever come to its end. */
  isNew(source: string): boolean;
  /**
   * How far back a list is read: what was still being made at the last look may have ended meanwhile, wherever it stands.
   * Milliseconds since the epoch.
   */
  reach(source: string): number | undefined;
  /** Of tasks that are deleted those that no look has told of before. They count as told from now on. */
  firstSeen(source: string, lost: readonly string[]): readonly string[];
  /** @param oldestPending When the oldest of what is still being made was begun. */
  write(source: string, oldestPending: number | undefined): Promise<void>;
}

/** Where nothing is remembered, what is being made was begun within a day. */
const FIRST_REACH = 86_400_000;
/** More are listed by no look: those behind them were told long ago. */
const MOST_TOLD = 1000;

interface Remembered {
  readonly oldestPending: number | undefined;
  readonly lost: ReadonlySet<string>;
}

export function watchMemory({ config, now }: Pick<Runtime, 'config' | 'now'>): WatchMemory {
  const known = new Map<string, Remembered>();
  const recall = (source: string): Remembered => {
    const found = known.get(source) ?? read(config.memory.get(keyOf(source))) ?? nothing(now());
    known.set(source, found);
    return found;
  };
  return {
    isNew: (source) => read(config.memory.get(keyOf(source))) === undefined,
    reach: (source) => recall(source).oldestPending,
    firstSeen(source, lost) {
      const before = recall(source);
      const unknown = lost.filter((id) => !before.lost.has(id));
      // The newest last, so that the oldest are forgotten first.
      const told = new Set([...[...before.lost].filter((id) => !lost.includes(id)), ...lost.toReversed()]);
      known.set(source, { ...before, lost: new Set([...told].slice(-MOST_TOLD)) });
      return unknown;
    },
    async write(source, oldestPending) {
      const { lost } = recall(source);
      const text = JSON.stringify({
        oldestPending: oldestPending ?? null,
        lost: [...lost].map((id) => printable(id, 200)),
      });
      known.set(source, { oldestPending, lost });
      if (config.memory.get(keyOf(source)) !== text) await config.memory.set(keyOf(source), text);
    },
  };
}

function keyOf(source: string): string {
  return `watch.${source}`;
}

function nothing(now: number): Remembered {
  return { oldestPending: now - FIRST_REACH, lost: new Set() };
}

/** `undefined` for what is not there or of another form. */
function read(text: unknown): Remembered | undefined {
  try {
    const { oldestPending, lost } = JSON.parse(String(text)) as { oldestPending?: unknown; lost?: unknown };
    if (!Array.isArray(lost)) return undefined;
    return {
      oldestPending: typeof oldestPending === 'number' ? oldestPending : undefined,
      lost: new Set(lost.filter((id) => typeof id === 'string')),
    };
  } catch {
    return undefined;
  }
}
