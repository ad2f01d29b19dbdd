/** The body of an answer as it comes, with every way in which it can fail to come to its end. */

import type { Readable } from 'node:stream';
import { AlbarettoError, asAlbarettoError, interrupted } from '../errors.js';
import { timeoutError } from './failures.js';

export interface BodyOptions {
  readonly what: string;
  readonly signal: AbortSignal | undefined;
  readonly timeouts: {
    /** Milliseconds without a byte. */
    readonly idle: number;
    /** Milliseconds of waiting for all of it. */
    readonly whole: number;
  };
  /** Waits until so many bytes fit under the cap on the rate. */
  readonly throttle: ((bytes: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** A body that brings fewer bytes than this in the time of an idle limit drips: it would never idle and never end. */
const FEWEST_BYTES = 1024;

/**
 * Throws `E_TRUNCATED` when the connection ends early, `E_TIMEOUT` when the body stalls or drips, `E_INTERRUPTED`. Only
 * time spent waiting for the network counts: whoever walks the body may take as long as it likes.
 */
export async function* streamBody(body: Readable, options: BodyOptions): AsyncGenerator<Uint8Array> {
  const { what, signal } = options;
  const onAbort = () => body.destroy(interrupted(signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  const patience = createPatience(options.timeouts, (reason, limit) => body.destroy(timeoutError(what, reason, limit)));
  let whole = false;
  try {
    if (signal?.aborted) throw interrupted(signal.reason);
    patience.begin();
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      patience.end(chunk.length);
      await options.throttle?.(chunk.length, signal);
      yield chunk;
      patience.begin();
    }
    whole = true;
  } catch (thrown) {
    throw bodyError(thrown, what, signal);
  } finally {
    patience.close();
    signal?.removeEventListener('abort', onAbort);
    if (!whole) body.destroy();
  }
}

interface Patience {
  /** The wait for the next bytes begins. */
  begin(): void;
  /** So many came. */
  end(bytes: number): void;
  close(): void;
}

function createPatience(
  { idle, whole }: BodyOptions['timeouts'],
  fail: (reason: string, limit: number) => void,
): Patience {
  /** One for the whole body, put off at each wait: a new one for every chunk would cost more than the chunk. */
  let timer: NodeJS.Timeout | undefined;
  let begun: number | undefined;
  let waitedInAll = 0;
  /** Since the body was last seen to come fast enough. */
  let waited = 0;
  let came = 0;
  /** A timer may end while nobody waits. */
  const failIfWaiting = (reason: string, limit: number) => {
    if (begun !== undefined) fail(reason, limit);
  };
  return {
    begin() {
      begun = performance.now();
      const left = Math.max(0, whole - waitedInAll);
      if (left < idle) {
        clearTimeout(timer);
        timer = setTimeout(failIfWaiting, left, 'the body did not end', whole);
      } else if (timer === undefined) timer = setTimeout(failIfWaiting, idle, 'no byte came', idle);
      else timer.refresh();
    },
    end(bytes) {
      if (begun === undefined) return;
      const wait = performance.now() - begun;
      begun = undefined;
      waited += wait;
      waitedInAll += wait;
      came += bytes;
      if (waitedInAll >= whole) return fail('the body did not end', whole);
      if (waited < idle) return;
      if (came < FEWEST_BYTES) fail('hardly a byte came', idle);
      waited = 0;
      came = 0;
    },
    close: () => clearTimeout(timer),
  };
}

function bodyError(thrown: unknown, what: string, signal: AbortSignal | undefined): AlbarettoError {
  const error = thrown as { name?: string; code?: string; cause?: unknown };
  if (thrown instanceof AlbarettoError) return thrown;
  if (error.cause instanceof AlbarettoError) return error.cause;
  if (signal?.aborted) return asAlbarettoError(thrown, signal);
  return new AlbarettoError({
    code: 'E_TRUNCATED',
    message: `${what}: the connection ended before the whole body had come`,
    retryable: true,
    cause: thrown,
  });
}
