/** The tokens of the one account that has signed in, and the endpoint that renews them. */

import { createHash } from 'node:crypto';
import type { Answer, FakeRequest } from '../service/answer.js';
import { bare, v3Error } from './envelopes.js';

export interface Account {
  readonly id: number;
  readonly username: string;
}

export interface OAuthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accessToken?: string;
  readonly refreshToken?: string;
  readonly account: Account;
  /** What `expires_in` says. It is no promise: clients have seen a month, ten years and an hour. */
  readonly expiresIn?: number;
  /** Milliseconds after which an access token really ends; never, unless said otherwise. */
  readonly lifetime?: number;
  /** Whether every renewal brings another refresh token and ends the old one. True unless said otherwise. */
  readonly rotates?: boolean;
}

export interface OAuth {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly account: Account;
  /** The tokens that were issued last. */
  readonly accessToken: string;
  readonly refreshToken: string;
  /** How often the tokens were renewed. */
  readonly renewals: number;
  /** From now on the access token is refused, until it is renewed. */
  expire(): void;
  /** From now on the refresh token is refused too: the user has to sign in again. */
  revoke(): void;
}

export interface OAuthService extends OAuth {
  isGood(accessToken: string): boolean;
  /** Answers `/oauth2/token`. */
  answer(request: FakeRequest): Answer;
  /** Whether a text holds any secret, one of the past included. */
  isLeakedBy(text: string): boolean;
  /** Whether a text holds what only the token endpoint may see. */
  isPrivate(text: string): boolean;
}

interface State {
  readonly accessTokens: string[];
  readonly refreshTokens: string[];
  issued: number;
  expired: boolean;
  revoked: boolean;
}

export function createOAuth(options: OAuthOptions, now: () => number): OAuthService {
  const { clientId, clientSecret, account, lifetime = Number.POSITIVE_INFINITY } = options;
  const state: State = {
    accessTokens: [options.accessToken ?? inventToken('access', 0)],
    refreshTokens: [options.refreshToken ?? inventToken('refresh', 0)],
    issued: now(),
    expired: false,
    revoked: false,
  };
  const secrets = () => [clientSecret, ...state.refreshTokens];
  const holds = (text: string, tokens: readonly string[]) => tokens.some((token) => text.includes(token));
  return {
    clientId,
    clientSecret,
    account,
    get accessToken() {
      return state.accessTokens.at(-1)!;
    },
    get refreshToken() {
      return state.refreshTokens.at(-1)!;
    },
    get renewals() {
      return state.accessTokens.length - 1;
    },
    expire: () => {
      state.expired = true;
    },
    revoke: () => {
      state.expired = true;
      state.revoked = true;
    },
    isGood: (token) => token === state.accessTokens.at(-1) && !state.expired && now() < state.issued + lifetime,
    answer: (request) => refused(options, state, request) ?? renewed(options, state, now()),
    isLeakedBy: (text) => holds(text, [clientId, ...state.accessTokens, ...secrets()]),
    isPrivate: (text) => holds(text, secrets()),
  };
}

/** Unlike the tokens, what is refused comes in the envelope. */
function refused(options: OAuthOptions, state: State, request: FakeRequest): Answer | undefined {
  const refuse = (message: string) => v3Error(request, 400, message);
  if (request.method !== 'POST') return refuse('The request method must be POST when requesting an access token');
  const form = new URLSearchParams(request.body.toString('utf8'));
  if (form.get('grant_type') !== 'refresh_token') return refuse('Invalid grant_type parameter or parameter missing');
  if (form.get('client_id') !== options.clientId || form.get('client_secret') !== options.clientSecret) {
    return refuse('The client credentials are invalid');
  }
  const isGood = form.get('refresh_token') === state.refreshTokens.at(-1) && !state.revoked;
  return isGood ? undefined : refuse('Invalid refresh token, or it was not issued to this client');
}

function renewed(options: OAuthOptions, state: State, now: number): Answer {
  state.accessTokens.push(inventToken('access', state.accessTokens.length));
  if (options.rotates !== false) state.refreshTokens.push(inventToken('refresh', state.refreshTokens.length));
  state.expired = false;
  state.issued = now;
  return bare({
    access_token: state.accessTokens.at(-1),
    expires_in: options.expiresIn ?? 315_360_000,
    token_type: 'bearer',
    scope: '',
    refresh_token: state.refreshTokens.at(-1),
    account_id: options.account.id,
    account_username: options.account.username,
  });
}

/** 40 hexadecimal digits. */
function inventToken(kind: string, number: number): string {
  return createHash('sha1').update(`${kind} token ${number}`).digest('hex');
}
