/**
 * How many requests are left, as the answers tell it: a pause before the limit is reached, and not after. Who runs into
 * the daily limit five times in a month is locked out for the month: https://apidocs.imgur.com, Rate Limits.
 */

import { AlbarettoError, type SourceContext } from '../../src/plugin.js';

/** So many are not used: requests are made side by side, and others may share the address. */
const RESERVE = 5;

/** From here on the person is told how many are left. */
const FEW = 50;

/** Those of a user are full again within an hour. Milliseconds; what is longer is no wait but an end. */
const LONGEST_PAUSE = 65 * 60_000;

/** What was told of the application's day is believed for so long. Milliseconds. */
const MEMORY = 3_600_000;

/** The clocks differ by a little. Milliseconds. */
const MARGIN = 2_000;

/** Between two words to a person who waits. Milliseconds. */
const TOLD_EVERY = 60_000;

interface Counters {
  /** When it was told, in milliseconds since the epoch. */
  readonly at: number;
  readonly user: number | undefined;
  /** Milliseconds since the epoch. */
  readonly userReset: number | undefined;
  readonly application: number | undefined;
}

export interface Credits {
  /** Reads what an answer tells. One that tells nothing has cost a credit all the same. */
  note(headers: Readonly<Record<string, string>>): void;
  /**
   * Returns at once while enough are left; otherwise when there are new ones.
   * @throws E_RATE_LIMITED when that would be too long, E_INTERRUPTED.
   */
  ready(signal: AbortSignal | undefined): Promise<void>;
  /** Waits until there are new ones, after a refusal. False where it is not known when that will be. */
  refilled(signal: AbortSignal | undefined): Promise<boolean>;
}

export function watchCredits(context: Pick<SourceContext, 'now' | 'sleep' | 'progress'>): Credits {
  let known: Counters | undefined;
  const wait = async (until: number, signal: AbortSignal | undefined): Promise<void> => {
    await waitWithWords(context, until, signal, (rest) => `no credits of Imgur are left; going on in ${rest}`);
    known = undefined;
  };
  return {
    note(headers) {
      const told = readCounters(headers, context.now());
      known = told ?? (known === undefined ? undefined : { ...known, user: lessOne(known.user) });
      const { user, userReset } = told ?? {};
      if (user === undefined || user > FEW) return;
      context.progress(
        `${user} credits of Imgur are left${userReset === undefined ? '' : ` until ${clock(userReset)}`}`,
      );
    },
    async ready(signal) {
      if (known === undefined) return;
      const now = context.now();
      if ((known.application ?? RESERVE + 1) <= RESERVE && now < known.at + MEMORY) throw dayIsOver(known.application);
      const { user, userReset } = known;
      if (user === undefined || user > RESERVE || userReset === undefined || userReset <= now) return;
      if (userReset - now <= LONGEST_PAUSE) await wait(userReset + MARGIN, signal);
      else if (user < 1) throw hourIsOver(userReset);
    },
    async refilled(signal) {
      const now = context.now();
      if (known?.application !== undefined && known.application <= 0) throw dayIsOver(known.application);
      const { userReset, user } = known ?? {};
      if (userReset === undefined || userReset <= now || (user ?? 0) > RESERVE) return false;
      if (userReset - now > LONGEST_PAUSE) throw hourIsOver(userReset);
      await wait(userReset + MARGIN, signal);
      return true;
    },
  };
}

/** Waits, and says every minute how long it will still be. @throws E_INTERRUPTED */
export async function waitWithWords(
  context: Pick<SourceContext, 'now' | 'sleep' | 'progress'>,
  until: number,
  signal: AbortSignal | undefined,
  words: (rest: string) => string,
): Promise<void> {
  for (let rest = until - context.now(); rest > 0; rest = until - context.now()) {
    context.progress(words(rest > TOLD_EVERY ? `${Math.ceil(rest / 60_000)} minutes` : `${Math.ceil(rest / 1000)} s`));
    await context.sleep(Math.min(rest, TOLD_EVERY), signal);
  }
}

function readCounters(headers: Readonly<Record<string, string>>, at: number): Counters | undefined {
  const user = whole(headers['x-ratelimit-userremaining']);
  const reset = whole(headers['x-ratelimit-userreset']);
  const application = whole(headers['x-ratelimit-clientremaining']);
  if (user === undefined && application === undefined) return undefined;
  return { at, user, userReset: reset === undefined ? undefined : reset * 1000, application };
}

/** A counter, or a Unix time in seconds. */
function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,11}$/u.test(text) ? Number(text) : undefined;
}

function lessOne(count: number | undefined): number | undefined {
  return count === undefined ? undefined : Math.max(0, count - 1);
}

/** `13:05 UTC` */
function clock(time: number): string {
  return `${new Date(time).toISOString().slice(11, 16)} UTC`;
}

function dayIsOver(left = 0): AlbarettoError {
  return new AlbarettoError({
    code: 'E_RATE_LIMITED',
    message: `the credits that Imgur gives this application for a day are used up (${left} left)`,
    hint: 'go on tomorrow, or with a Client-ID of your own; what is saved is not fetched again',
    plugin: 'imgur',
    reach: 'run',
  });
}

function hourIsOver(reset: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_RATE_LIMITED',
    message: `the credits of Imgur are used up until ${new Date(reset).toISOString()}`,
    hint: 'go on then; what is saved is not fetched again',
    plugin: 'imgur',
    reach: 'run',
  });
}
