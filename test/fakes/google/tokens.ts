/** Consents and the tokens that hang on them; rules from "Using OAuth 2.0 to access Google APIs". */

import { randomBytes } from 'node:crypto';
import { oauthError } from './answer.js';
import { splitScopes } from './scopes.js';
import type { Client, Project, State, User } from './state.js';

const DAY = 24 * 60 * 60 * 1000;
const TESTING_LIFETIME = 7 * DAY;
const UNUSED_LIFETIME = 180 * DAY;
/** Live refresh tokens of one user and client; the oldest is dropped without a word. */
const MOST_REFRESH_TOKENS = 100;

/** What a user allowed to a project, all its clients together. */
export interface Grant {
  readonly user: User;
  readonly project: Project;
  readonly scopes: Set<string>;
  /** Files that the app made or that were opened or picked for it: what `drive.file` shows. */
  readonly visible: Set<string>;
}

export interface RefreshToken {
  readonly token: string;
  readonly user: User;
  readonly client: Client;
  readonly scopes: readonly string[];
  readonly expiresAt: number | undefined;
  lastUsedAt: number;
  revoked: boolean;
}

export interface AccessToken {
  readonly token: string;
  readonly user: User;
  readonly project: Project;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  readonly refreshToken: RefreshToken | undefined;
  revoked: boolean;
}

/** All consents and tokens of the fake. */
export class Tokens {
  readonly #grants = new Map<string, Grant>();
  readonly #refreshTokens = new Map<string, RefreshToken>();
  readonly #accessTokens = new Map<string, AccessToken>();

  constructor(private readonly state: State) {}

  /** The consent of a user to a project; empty where there never was one. */
  grantOf(user: User, project: Project): Grant {
    const key = `${user.id} ${project.number}`;
    const grant = this.#grants.get(key) ?? { user, project, scopes: new Set<string>(), visible: new Set<string>() };
    this.#grants.set(key, grant);
    return grant;
  }

  newRefreshToken(user: User, client: Client, scopes: readonly string[]): RefreshToken {
    const now = this.state.now();
    const expiresAt = client.project.audience === 'testing' ? now + TESTING_LIFETIME : undefined;
    const secret = randomBytes(48).toString('base64url');
    const token = { token: `1//0${secret}`, user, client, scopes, expiresAt, lastUsedAt: now, revoked: false };
    this.#refreshTokens.set(token.token, token);
    this.#dropOldest(user, client);
    return token;
  }

  /** `lifetime` in milliseconds; the setting's unless said otherwise. */
  newAccessToken(holder: Omit<AccessToken, 'token' | 'expiresAt' | 'revoked'>, lifetime?: number): AccessToken {
    const secret = randomBytes(60).toString('base64url');
    const expiresAt = this.state.now() + (lifetime ?? this.state.settings.accessTokenLifetime * 1000);
    const token = { ...holder, token: `ya29.a0${secret}`, expiresAt, revoked: false };
    this.#accessTokens.set(token.token, token);
    return token;
  }

  /** The live token that a client shows; throws a Refusal `invalid_grant` for any other. */
  useRefreshToken(text: string, client: Client): RefreshToken {
    const token = this.#refreshTokens.get(text);
    if (token === undefined) throw oauthError(400, 'invalid_grant', 'Bad Request');
    if (token.client !== client) throw oauthError(401, 'unauthorized_client', 'Unauthorized');
    if (!this.#isAlive(token)) throw oauthError(400, 'invalid_grant', 'Token has been expired or revoked.');
    token.lastUsedAt = this.state.now();
    return token;
  }

  /** The access token if it still opens anything. */
  useAccessToken(text: string): AccessToken | undefined {
    const token = this.#accessTokens.get(text);
    return token === undefined || token.revoked || this.state.now() >= token.expiresAt ? undefined : token;
  }

  /** Ends the whole consent that either kind of token belongs to; false for a token that is not alive. */
  revoke(text: string): boolean {
    const refresh = this.#refreshTokens.get(text);
    if (refresh !== undefined && !this.#isAlive(refresh)) return false;
    const access = this.useAccessToken(text);
    const project = refresh?.client.project ?? access?.project;
    const user = refresh?.user ?? access?.user;
    if (project === undefined || user === undefined) return false;
    this.revokeGrant(user, project);
    return true;
  }

  revokeGrant(user: User, project: Project): void {
    const grant = this.grantOf(user, project);
    grant.scopes.clear();
    if (this.state.settings.forgetVisibilityOnRevoke) grant.visible.clear();
    for (const token of this.#refreshTokens.values()) {
      if (token.user === user && token.client.project === project) token.revoked = true;
    }
    for (const token of this.#accessTokens.values()) {
      if (token.user === user && token.project === project) token.revoked = true;
    }
  }

  #isAlive(token: RefreshToken): boolean {
    if (token.revoked || token.client.deleted) return false;
    if (token.expiresAt !== undefined && this.state.now() >= token.expiresAt) return false;
    return this.state.now() - token.lastUsedAt < UNUSED_LIFETIME;
  }

  #dropOldest(user: User, client: Client): void {
    const alive = [...this.#refreshTokens.values()].filter(
      (token) => token.user === user && token.client === client && this.#isAlive(token),
    );
    for (const token of alive.slice(0, Math.max(0, alive.length - MOST_REFRESH_TOKENS))) token.revoked = true;
  }
}

/** Scopes of a request and, where the client asks for it, those that the user allowed before. */
export function effectiveScopes(requested: string, earlier: Iterable<string>, include: boolean): string[] {
  return [...new Set([...splitScopes(requested), ...(include ? earlier : [])])];
}
