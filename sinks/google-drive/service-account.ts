/** Access tokens for a service account: signed with its own key, and kept for this run only. */

import { AlbarettoError, type SinkContext, untilAborted } from '../../src/plugin.js';
import type { ServiceAccount } from './identity.js';
import { createJwt, loadLibrary } from './library.js';
import { oauthError } from './oauth-failures.js';
import type { TokenSource } from './tokens.js';

/** As for people's tokens: a token with less life is replaced before it is used. */
const MARGIN = 5 * 60_000;

export class ServiceAccountTokens implements TokenSource {
  readonly #context: SinkContext;
  readonly #account: ServiceAccount;
  readonly #scope: string;
  #current: { readonly token: string; readonly expiresAt: number } | undefined;
  #asking: Promise<string> | undefined;

  /** @param scope As Google names it. */
  constructor(context: SinkContext, account: ServiceAccount, scope: string) {
    this.#context = context;
    this.#account = account;
    this.#scope = scope;
  }

  async token(signal: AbortSignal | undefined): Promise<string> {
    const current = this.#current;
    if (current !== undefined && current.expiresAt - this.#context.now() > MARGIN) return current.token;
    return this.renewed(current?.token ?? '', signal);
  }

  reload(): void {
    this.#current = undefined;
  }

  async renewed(_refused: string, signal: AbortSignal | undefined): Promise<string> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return untilAborted(this.#asking, signal);
  }

  async #ask(): Promise<string> {
    const library = await loadLibrary();
    // A client for each token: the library's own cache would hand the refused one out again.
    const client = createJwt(library, this.#context, this.#account, this.#scope);
    try {
      const answer = await client.authorize();
      const token = answer.access_token ?? '';
      if (token === '')
        throw new AlbarettoError({ code: 'E_BAD_ANSWER', message: 'Google answered no token', retryable: true });
      this.#context.redact(token);
      this.#current = { token, expiresAt: answer.expiry_date ?? 0 };
      return token;
    } catch (thrown) {
      throw oauthError(thrown, {
        what: 'signing in as the service account',
        invalidGrant:
          "the key was deleted, the account is disabled, or this machine's clock is wrong: make a new key, or set the clock",
        now: this.#context.now,
      });
    }
  }
}
