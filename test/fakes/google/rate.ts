/** How fast a user may go: a token bucket, and the quota units of a minute. */

import type { Caller } from './access.js';
import { driveError } from './answer.js';
import type { State } from './state.js';

/** What each kind of call costs, from "Usage limits". An upload's cost is not named there: that of an edit is assumed. */
export const UNITS = { read: 5, list: 100, download: 200, edit: 50, other: 5 } as const;

const MINUTE = 60 * 1000;

interface Bucket {
  tokens: number;
  filledAt: number;
}

export interface Pace {
  /** Throws 403 `userRateLimitExceeded` where the user is too fast; a refused call costs nothing. */
  take(caller: Caller, units: number, creates: boolean): void;
  /** Quota units that this user's calls have cost, all together. */
  unitsOf(userId: string): number;
}

export function createPace(state: State): Pace {
  const buckets = new Map<string, Bucket>();
  const windows = new Map<string, { start: number; units: number }>();
  const totals = new Map<string, number>();

  function takeToken(userId: string, creates: boolean): void {
    const model = state.settings.rate;
    if (model === undefined || !(creates || model.counts === 'calls')) return;
    const now = state.now();
    const bucket = buckets.get(userId) ?? { tokens: model.burst, filledAt: now };
    buckets.set(userId, bucket);
    bucket.tokens = Math.min(model.burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * model.perSecond);
    bucket.filledAt = now;
    if (bucket.tokens < 1) {
      const words = 'User Rate Limit Exceeded. Rate of requests for user exceed configured project quota';
      throw driveError(403, 'userRateLimitExceeded', words);
    }
    bucket.tokens -= 1;
  }

  function takeUnits(caller: Caller, units: number): void {
    const key = `${caller.user.id} ${caller.project.number}`;
    const now = state.now();
    const before = windows.get(key);
    const window = before !== undefined && now - before.start < MINUTE ? before : { start: now, units: 0 };
    if (window.units + units > state.settings.unitsPerMinute) {
      const words = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'";
      throw driveError(403, 'userRateLimitExceeded', words);
    }
    window.units += units;
    windows.set(key, window);
  }

  return {
    take(caller, units, creates) {
      takeToken(caller.user.id, creates);
      takeUnits(caller, units);
      totals.set(caller.user.id, (totals.get(caller.user.id) ?? 0) + units);
    },
    unitsOf: (userId) => totals.get(userId) ?? 0,
  };
}
