/** Access tokens for a signed-in person: kept in the credential store, renewed by one process at a time. */

import { AlbarettoError, type SinkContext, untilAborted } from '../../src/plugin.js';
import { type AccountRecord, type AccountRecords, belongsTo, type SignInRecord } from './account-record.js';
import { credentialsError, PLUGIN } from './failures.js';
import type { AuthorizedUser, OAuthClient } from './identity.js';
import { createOAuthClient, loadLibrary } from './library.js';
import { GET_CREDENTIALS } from './misfits.js';
import { explainInvalidGrant, isInvalidGrant, oauthError } from './oauth-failures.js';
import { refusalOf } from './refusal.js';
import { splitScopes } from './scopes.js';

export interface TokenSource {
  /** A token that Google should accept now. Throws `E_CREDENTIALS` when the sign-in has ended. */
  token(signal: AbortSignal | undefined): Promise<string>;
  /** A newer one than `refused`, which Google answered with 401. */
  renewed(refused: string, signal: AbortSignal | undefined): Promise<string>;
  /** Forgets what this run remembers, after another sign-in was stored. */
  reload(): void;
}

/** A token with less life than this is renewed first; it must outlast a long upload's first byte. */
const MARGIN = 5 * 60_000;

/** What a token without a stated end is given. */
const SHORT_LIFE = 10 * 60_000;

interface Renewal {
  readonly accessToken: string;
  readonly expiresAt: number;
  readonly refreshToken?: string;
  readonly scopes: readonly string[];
}

export class StoredTokens implements TokenSource {
  readonly #context: SinkContext;
  readonly #records: AccountRecords;
  readonly #identity: OAuthClient | AuthorizedUser;
  #signIn: SignInRecord | undefined;
  #renewing: Promise<SignInRecord> | undefined;

  constructor(context: SinkContext, records: AccountRecords, identity: OAuthClient | AuthorizedUser) {
    this.#context = context;
    this.#records = records;
    this.#identity = identity;
  }

  async token(signal: AbortSignal | undefined): Promise<string> {
    this.#signIn ??= (await this.#stored()).signIn;
    const usable = this.#usable(this.#signIn);
    return usable ?? this.renewed(this.#signIn?.accessToken ?? '', signal);
  }

  async renewed(refused: string, signal: AbortSignal | undefined): Promise<string> {
    this.#renewing ??= this.#records
      .locked(() => this.#renew(refused))
      .finally(() => {
        this.#renewing = undefined;
      });
    this.#signIn = await untilAborted(this.#renewing, signal);
    return this.#signIn.accessToken ?? '';
  }

  reload(): void {
    this.#signIn = undefined;
  }

  /** Inside the lock: another process may have renewed it while this one waited. */
  async #renew(refused: string): Promise<SignInRecord> {
    const record = await this.#stored();
    const usable = this.#usable(record.signIn);
    if (usable !== undefined && usable !== refused) return record.signIn;
    const renewal = await this.#ask(record);
    const renewed: SignInRecord = {
      ...record.signIn,
      ...renewal,
      scopes: renewal.scopes.length > 0 ? renewal.scopes : record.signIn.scopes,
      refreshedAt: this.#context.now(),
    };
    await this.#records.write({ identity: this.#identity, signIn: renewed });
    return renewed;
  }

  async #ask(record: AccountRecord & { signIn: SignInRecord }): Promise<Renewal> {
    const library = await loadLibrary();
    const client = createOAuthClient(library, this.#context, this.#identity);
    client.setCredentials({ refresh_token: record.signIn.refreshToken });
    let answer: Renewal | undefined;
    // The event is the only place where a rotated refresh token shows: the client's own credentials keep the old one. Its
    // object is changed afterwards, so it is copied here.
    client.on('tokens', (tokens) => {
      answer = readRenewal(tokens, this.#context.now());
    });
    try {
      await client.refreshAccessToken();
    } catch (thrown) {
      // What is no object at all, the library fails to write to: that is a bad answer and not a refusal.
      if (refusalOf(thrown) !== undefined || answer === undefined) throw await this.#ended(thrown, record);
    }
    if (answer === undefined || answer.accessToken === '') throw notATokenAnswer();
    return answer;
  }

  /** A sign-in that Google declared dead is forgotten, so that the next command asks for a new one instead of failing again. */
  async #ended(thrown: unknown, record: AccountRecord & { signIn: SignInRecord }): Promise<AlbarettoError> {
    const now = this.#context.now();
    if (isInvalidGrant(thrown)) await this.#records.write({ identity: this.#identity });
    return oauthError(thrown, {
      what: 'Google no longer accepts the stored sign-in',
      invalidGrant:
        this.#identity.kind === 'authorized-user'
          ? `it was revoked or has ended: sign in again with the program that made it, or ${GET_CREDENTIALS}`
          : explainInvalidGrant(record.signIn, now),
      now: this.#context.now,
    });
  }

  async #stored(): Promise<AccountRecord & { signIn: SignInRecord }> {
    const record = await this.#records.read();
    if (record?.signIn === undefined || !belongsTo(record, this.#identity)) {
      throw credentialsError('nobody is signed in to Google', "run 'login google-drive'");
    }
    return { ...record, signIn: record.signIn };
  }

  #usable(signIn: SignInRecord | undefined): string | undefined {
    const alive = signIn?.expiresAt !== undefined && signIn.expiresAt - this.#context.now() > MARGIN;
    return alive && signIn.accessToken !== '' ? signIn.accessToken : undefined;
  }
}

function readRenewal(tokens: unknown, now: number): Renewal {
  const fields = (typeof tokens === 'object' && tokens !== null ? tokens : {}) as Readonly<Record<string, unknown>>;
  const { access_token: accessToken, refresh_token: refreshToken, expiry_date: expiresAt } = fields;
  return {
    accessToken: typeof accessToken === 'string' ? accessToken : '',
    expiresAt: typeof expiresAt === 'number' ? expiresAt : now + SHORT_LIFE,
    scopes: splitScopes(fields.scope),
    ...(typeof refreshToken === 'string' && refreshToken !== '' ? { refreshToken } : {}),
  };
}

function notATokenAnswer(): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: 'renewing the sign-in: Google answered something else than a token',
    hint: 'try again later',
    plugin: PLUGIN,
    retryable: true,
  });
}
