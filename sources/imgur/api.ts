/** Requests to Imgur's API: with the right token, before the credits run out, and patient while it is over capacity. */

import { AlbarettoError, isInterruption, printable, type SourceContext } from '../../src/plugin.js';
import { waitWithWords, watchCredits } from './credits.js';
import { type Refusal, readRefusal } from './refusals.js';
import { keepTokens } from './tokens.js';

export interface ApiRequest {
  /** `/3/album/aB3dE5f` */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  /** What messages say failed. */
  readonly what: string;
  readonly signal: AbortSignal | undefined;
  /** Whether only its owner is shown it. */
  readonly ofOwner?: boolean;
  /** Whether it costs no credit: it is sent when none is left, and nobody waits for it. */
  readonly free?: boolean;
}

/** `data` of an answer: `{"data": …, "success": true, "status": 200}`. */
export interface ApiAnswer {
  readonly data: unknown;
  /** The same without loss. */
  readonly lossless: unknown;
}

export interface Api {
  /**
   * @throws E_NOT_FOUND, E_CREDENTIALS, E_RATE_LIMITED when the service stays over capacity for half an hour or no credits
   * are left, E_BAD_ANSWER, and what the HTTP client throws.
   */
  get(request: ApiRequest): Promise<ApiAnswer>;
}

/** Milliseconds before each further try while the service is over capacity: half an hour in all. */
const WAITS = [60_000, 120_000, 240_000, 480_000, 900_000];

/** Milliseconds after which a service that was given up is waited for again. */
const EXHAUSTED = 3_600_000;

export function openApi(context: SourceContext): Api {
  const credits = watchCredits(context);
  const tokens = keepTokens(context);

  const ask = async (request: ApiRequest, attempt: Attempt): Promise<ApiAnswer> => {
    const { path, query, what, signal, ofOwner } = request;
    const { token, authorize, headers } = await tokens.sender(signal);
    attempt.token = token;
    const answer = await context.http.json({
      url: path,
      ...(query === undefined ? {} : { query }),
      ...{ what, signal, authorize, headers },
      explain(refused, json) {
        credits.note(refused.headers);
        const text = Buffer.from(refused.body.subarray(0, 4_096)).toString('utf8');
        attempt.refusal = readRefusal({ ...refused, text }, json, ofOwner);
        return attempt.refusal.facts;
      },
    });
    if (request.free !== true) credits.note(answer.headers);
    attempt.refusal = refusalInside(answer.value, answer.headers, ofOwner);
    if (attempt.refusal !== undefined) throw refusalError(attempt.refusal, what);
    return { data: memberOf(answer.value), lossless: memberOf(answer.lossless()) };
  };

  let gaveUpAt = Number.NEGATIVE_INFINITY;

  /** Whether it is worth another try now. */
  const waited = async (kind: Refusal['kind'] | undefined, tries: number, signal: AbortSignal | undefined) => {
    if (kind !== 'over-capacity' && kind !== 'no-credits') return false;
    const wait = WAITS[tries];
    if (wait === undefined) gaveUpAt = context.now();
    // Of many things that are fetched, not each one waits for itself.
    if (wait === undefined || context.now() < gaveUpAt + EXHAUSTED) return false;
    if (kind === 'no-credits' && (await credits.refilled(signal))) return true;
    const words = kind === 'over-capacity' ? 'Imgur is over capacity for this network address' : 'Imgur asks for time';
    const tryNumber = `try ${tries + 2} of ${WAITS.length + 1}`;
    await waitWithWords(context, context.now() + wait, signal, (rest) => `${words}; ${tryNumber} in ${rest}`);
    return true;
  };

  return {
    async get(request) {
      const { free = false, signal } = request;
      let renewed = false;
      for (let tries = 0; ; ) {
        if (!free) await credits.ready(signal);
        const attempt: Attempt = {};
        try {
          const answer = await ask(request, attempt);
          gaveUpAt = Number.NEGATIVE_INFINITY;
          return answer;
        } catch (thrown) {
          const kind = attempt.refusal?.kind;
          if (isInterruption(thrown)) throw thrown;
          // A fresh token that is refused as well is the service's last word.
          if (kind === 'access-token' && !renewed && (await tokens.renew(attempt.token, signal))) renewed = true;
          else if (!free && (await waited(kind, tries, signal))) tries += 1;
          else throw thrown;
        }
      }
    },
  };
}

/** What is known of a request that was refused. */
interface Attempt {
  token?: string | undefined;
  refusal?: Refusal | undefined;
}

/** A refusal under a status that says all is well. */
function refusalInside(
  value: unknown,
  headers: Readonly<Record<string, string>>,
  ofOwner: boolean | undefined,
): Refusal | undefined {
  const { success, status } = (value ?? {}) as { success?: unknown; status?: unknown };
  if (success !== false) return undefined;
  const meant = typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
  return readRefusal({ status: meant, headers, text: '' }, value, ofOwner);
}

function refusalError({ facts }: Refusal, what: string): AlbarettoError {
  const words = facts.message === undefined ? 'the service says that it failed' : printable(facts.message, 300);
  const hint = 'try again later';
  return new AlbarettoError({ code: 'E_UNAVAILABLE', hint, ...facts, message: `${what}: ${words}`, plugin: 'imgur' });
}

function memberOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as { readonly data?: unknown }).data : undefined;
}
