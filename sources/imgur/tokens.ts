/**
 * The account's own tokens, where there are any: the access token that this source sends by itself, and the refresh token
 * that brings another one. They live in the source's record of secrets (`access_token`, `refresh_token`, `client_id`,
 * `client_secret`), and none of them leaves for anywhere but the API.
 */

import {
  AlbarettoError,
  type ErrorFacts,
  type HttpAnswer,
  interrupted,
  isInterruption,
  type SourceContext,
  untilAborted,
} from '../../src/plugin.js';
import { readRefusal } from './refusals.js';

/** With which credential a request goes out. */
export interface Sender {
  /** The account's token; `undefined` where the program sends what the person gave. */
  readonly token: string | undefined;
  readonly authorize: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Tokens {
  sender(signal: AbortSignal | undefined): Promise<Sender>;
  /**
   * After the service refused a token: whether there is another one now. Asked for once, however many requests need it.
   * @param refused `undefined` for the one that the person gave.
   * @throws E_CREDENTIALS when the refresh token is refused too.
   */
  renew(refused: string | undefined, signal: AbortSignal | undefined): Promise<boolean>;
}

interface Stored {
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
}

/** Milliseconds to the first byte of a renewal. */
const PATIENCE = 15_000;

/**
 * Milliseconds that a renewal under way is given when the person stops it: the service may have ended the old refresh
 * token already, and without its answer the account would have to be signed in anew.
 */
const GRACE = 3_000;

export function keepTokens(context: Pick<SourceContext, 'http' | 'secrets' | 'redact' | 'sleep' | 'debug'>): Tokens {
  const hidden = new Set<string>();
  let renewing: Promise<void> | undefined;

  const read = async (): Promise<Stored> => {
    const record = (await context.secrets.get()) ?? {};
    const [accessToken, refreshToken, clientId, clientSecret] = [
      record.access_token,
      record.refresh_token,
      record.client_id,
      record.client_secret,
    ].map(secretText);
    for (const secret of [accessToken, refreshToken, clientSecret]) if (secret !== undefined) hide(secret);
    return { accessToken, refreshToken, clientId, clientSecret };
  };

  const hide = (secret: string): void => {
    if (hidden.has(secret)) return;
    hidden.add(secret);
    context.redact(secret);
  };

  /** Another process, or another request, may have brought a new one while this one waited for its turn. */
  const exchange = (refused: string | undefined, signal: AbortSignal) =>
    context.secrets.locked(async () => {
      const stored = await read();
      if (stored.accessToken !== undefined && stored.accessToken !== refused) return;
      const answer = await context.http.json(renewal(stored, signal));
      const { access_token, refresh_token, account_username } = (answer.value ?? {}) as Record<string, unknown>;
      const token = secretText(access_token);
      if (token === undefined) throw noToken();
      const next = secretText(refresh_token) ?? stored.refreshToken;
      hide(token);
      if (next !== undefined) hide(next);
      await context.secrets.set({
        ...(await context.secrets.get()),
        access_token: token,
        ...(next === undefined ? {} : { refresh_token: next }),
        ...(typeof account_username === 'string' ? { account_username } : {}),
      });
      context.debug('the access token was renewed');
    });

  const begin = (refused: string | undefined, signal: AbortSignal | undefined): Promise<void> => {
    const controller = new AbortController();
    const stop = () => {
      const end = () => controller.abort();
      context.sleep(GRACE, undefined).then(end, end);
    };
    signal?.addEventListener('abort', stop, { once: true });
    return exchange(refused, controller.signal).finally(() => {
      signal?.removeEventListener('abort', stop);
      renewing = undefined;
    });
  };

  const renew: Tokens['renew'] = async (refused, signal) => {
    if (signal?.aborted) throw interrupted(signal.reason);
    const stored = await read();
    if (stored.accessToken !== undefined && stored.accessToken !== refused) return true;
    if (!canRenew(stored)) return false;
    renewing ??= begin(refused, signal);
    try {
      await untilAborted(renewing, signal);
    } catch (thrown) {
      // Whoever asked first was interrupted, and this caller was not: it asks itself.
      if (isInterruption(thrown) && signal?.aborted !== true) return renew(refused, signal);
      throw thrown;
    }
    return true;
  };

  return {
    async sender(signal) {
      const stored = await read();
      if (stored.accessToken === undefined && !canRenew(stored)) return AS_GIVEN;
      if (stored.accessToken === undefined) await renew(undefined, signal);
      const token = stored.accessToken ?? (await read()).accessToken;
      return token === undefined
        ? AS_GIVEN
        : { token, authorize: false, headers: { authorization: `Bearer ${token}` } };
    },
    renew,
  };
}

const AS_GIVEN: Sender = { token: undefined, authorize: true, headers: {} };

function canRenew({ refreshToken, clientId, clientSecret }: Stored): boolean {
  return refreshToken !== undefined && clientId !== undefined && clientSecret !== undefined;
}

/** https://apidocs.imgur.com, Authorization: the answer has no envelope, and a refusal has one. Costs no credit. */
function renewal({ refreshToken = '', clientId = '', clientSecret = '' }: Stored, signal: AbortSignal) {
  const form = {
    refresh_token: refreshToken,
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: 'refresh_token',
  };
  return {
    method: 'POST',
    url: '/oauth2/token',
    authorize: false,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    what: 'renewing the access token',
    signal,
    firstByte: PATIENCE,
    explain: explainRenewal,
  } as const;
}

function explainRenewal(answer: HttpAnswer, json: unknown): Partial<ErrorFacts> {
  const { facts } = readRefusal({ ...answer, text: '' }, json);
  if (![400, 401, 403].includes(answer.status) || facts.code === 'E_RATE_LIMITED') return facts;
  const hint =
    "forget the old tokens with 'logout imgur', sign in at Imgur anew, and give an access token or a Client-ID";
  return { ...facts, code: 'E_CREDENTIALS', hint, retryable: false, reach: 'run' };
}

function noToken(): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: 'renewing the access token: the service answered none',
    hint: 'its interface may have changed',
    plugin: 'imgur',
    reach: 'run',
  });
}

/** Visible ASCII: nothing else can stand in a header. */
function secretText(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]{1,500}$/u.test(value) ? value : undefined;
}
