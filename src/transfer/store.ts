/**
 * What surrounds every store, so that no sink has to: retry, pace, journal and the comparison of digests, each a wrapper
 * of its own around `put`. Innermost first: digest, journal, pace, retry.
 */

import type { Journal, JournalEntry } from '../archive/journal.js';
import { AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Receipt } from '../model.js';
import type { PutOptions, Store, StoreFile } from '../plugin.js';
import { type RetryOptions, type RetryPolicy, withRetry } from '../retry.js';
import { digestOf, isDigestAlgorithm, sha256Of } from './bytes.js';
import type { Pacer } from './pace.js';
import { noIds } from './reserved-folder.js';

export type Put = (file: StoreFile, options: PutOptions) => Promise<Receipt>;

export interface StoreSurroundings {
  readonly plugin: string;
  /** Absent for a sink that gives no ids. */
  readonly journal?: Journal | undefined;
  readonly pacer?: Pacer | undefined;
  readonly retry: Pick<RetryOptions, 'sleep' | 'onWait' | 'random'>;
  now(): number;
}

/** Storages throttle for longer than services: Google's own advice goes up to 64 s between tries. */
export const STORE_RETRY: RetryPolicy = { tries: 8, base: 1000, cap: 64_000, total: 600_000, patience: 600_000 };

/** Milliseconds of nothing but rate limits after which a run ends. */
const ENDLESS = 600_000;

/** Ids asked for at once: few for a small task, then as many as one request gives. */
const FIRST_RESERVATIONS = 100;
const MORE_RESERVATIONS = 1000;

export function surround(store: Store, surroundings: StoreSurroundings): Put {
  let put: Put = compared((file, options) => store.put(file, options));
  if (surroundings.journal !== undefined && store.reserve !== undefined)
    put = journaled(put, store, surroundings.journal);
  if (surroundings.pacer !== undefined) put = paced(put, store, surroundings.pacer);
  return named(retried(put, surroundings), surroundings.plugin);
}

/** Promise 1: nothing is called saved unless its digest was compared. */
function compared(put: Put): Put {
  return async (file, options) => {
    const receipt = await put(file, options);
    const { algorithm } = receipt.digest;
    const own = isDigestAlgorithm(algorithm) ? await digestOf(file.bytes, algorithm, options.signal) : undefined;
    if (own !== receipt.digest.hex.toLowerCase() || receipt.size !== file.bytes.size) {
      throw new AlbarettoError({
        code: 'E_DIGEST',
        message: `${file.name}: what is stored differs from what was sent (${receipt.digest.algorithm})`,
        hint: 'save it again',
      });
    }
    return receipt;
  };
}

/** The id of a create is on the disk before the create is sent, also one that the store asks for on its way. */
function journaled(put: Put, store: Store, journal: Journal): Put {
  const pool = reservations(store);
  return async (file, options) => {
    const sha256 = sha256Of(file.bytes.digests);
    const known = await journal.find(store.location, file.key);
    let begun: JournalEntry | undefined;
    const begin = async (reservation: string, isNoted = false): Promise<string> => {
      begun = { key: file.key, location: store.location, reservation, sha256, state: 'begun' };
      if (!isNoted) await journal.write(begun);
      return reservation;
    };
    const reserve = async () => begin(await pool(options.signal));
    // What is there and was not left half done needs no id, and no line.
    const needsNone = known?.state !== 'begun' && (await isThere(store, file, options.signal));
    const isNoted = known?.state === 'begun' && known.sha256 === sha256;
    const own = needsNone
      ? {}
      : { reservation: await begin(known?.reservation ?? (await pool(options.signal)), isNoted) };
    const receipt = await put({ ...file, ...own }, { ...options, reserve });
    if (begun !== undefined) await journal.write({ ...begun, state: 'done' });
    return receipt;
  };
}

function reservations(store: Store): (signal: AbortSignal | undefined) => Promise<string> {
  const free: string[] = [];
  let asked = 0;
  let pending: Promise<void> | undefined;
  const refill = async (signal: AbortSignal | undefined) => {
    const count = asked === 0 ? FIRST_RESERVATIONS : MORE_RESERVATIONS;
    const ids = (await store.reserve?.(count, { signal })) ?? [];
    if (ids.length === 0) throw noIds();
    asked += 1;
    free.push(...ids);
  };
  return async (signal) => {
    while (free.length === 0) {
      // Concurrent puts share one request.
      pending ??= refill(signal).finally(() => {
        pending = undefined;
      });
      await pending;
    }
    return free.shift() as string;
  };
}

function paced(put: Put, store: Store, pacer: Pacer): Put {
  return async (file, options) => {
    if (await isThere(store, file, options.signal)) return put(file, options);
    await pacer.take(options.signal);
    try {
      const receipt = await put(file, options);
      pacer.succeeded();
      return receipt;
    } catch (thrown) {
      const error = asAlbarettoError(thrown, options.signal);
      if (error.code === 'E_RATE_LIMITED') {
        pacer.limited(error.retryAfter ?? 1000);
        if (pacer.limitedFor >= ENDLESS) throw endless(error);
      } else if (error.code !== 'E_INTERRUPTED') pacer.refused();
      throw thrown;
    }
  };
}

/** A limit of a day looks like one of a second, but does not end: every file would wait for it in vain. */
function endless(error: AlbarettoError): AlbarettoError {
  const message = `${error.message}; for ${ENDLESS / 60_000} minutes there was no other answer`;
  return error.with({ message, retryable: false, reach: 'run' });
}

/** Presence is known from one listing a store; asking costs no request of its own. */
async function isThere(store: Store, file: StoreFile, signal: AbortSignal | undefined): Promise<boolean> {
  if (store.has === undefined) return false;
  const present = await store.has([file], { signal });
  return present.has(file.key) || present.has(file.name);
}

function retried(put: Put, surroundings: StoreSurroundings): Put {
  return (file, options) =>
    withRetry(
      (_attempt, moved) => {
        const onProgress = (bytes: number) => {
          options.onProgress?.(bytes);
          moved();
        };
        return put(file, { ...options, onProgress });
      },
      { ...surroundings.retry, policy: STORE_RETRY, signal: options.signal, now: surroundings.now },
    );
}

function named(put: Put, plugin: string): Put {
  return async (file, options) => {
    try {
      return await put(file, options);
    } catch (thrown) {
      const error = asAlbarettoError(thrown, options.signal);
      throw error.plugin === undefined && error.code !== 'E_INTERRUPTED' ? error.with({ plugin }) : error;
    }
  };
}
