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

export interface Tokens {
  grantOf(user: User, project: Project): Grant;
  hasGrant(user: User, project: Project): boolean;
  newRefreshToken(user: User, client: Client, scopes: readonly string[], lifetime?: number): RefreshToken;
  newAccessToken(holder: Omit<AccessToken, 'token' | 'expiresAt' | 'revoked'>, lifetime?: number): AccessToken;
  /** The live token that a client shows, or a Refusal `invalid_grant`. */
  useRefreshToken(token: string, client: Client): RefreshToken;
  dropRefreshToken(token: string): void;
  /** The access token if it still opens anything. */
  useAccessToken(token: string): AccessToken | undefined;
  /** Ends the whole consent that either kind of token belongs to; false for a token that is not alive. */
  revoke(token: string): boolean;
  revokeGrant(user: User, project: Project): void;
}

export function createTokens(state: State): Tokens {
  const grants = new Map<string, Grant>();
  const refreshTokens = new Map<string, RefreshToken>();
  const accessTokens = new Map<string, AccessToken>();
  const keyOf = (user: User, project: Project) => `${user.id} ${project.number}`;

  function grantOf(user: User, project: Project): Grant {
    const key = keyOf(user, project);
    const grant = grants.get(key) ?? { user, project, scopes: new Set<string>(), visible: new Set<string>() };
    grants.set(key, grant);
    return grant;
  }

  function isAlive(token: RefreshToken): boolean {
    if (token.revoked || token.client.deleted) return false;
    if (token.expiresAt !== undefined && state.now() >= token.expiresAt) return false;
    return state.now() - token.lastUsedAt < UNUSED_LIFETIME;
  }

  function dropOldest(user: User, client: Client): void {
    const alive = [...refreshTokens.values()].filter((t) => t.user === user && t.client === client && isAlive(t));
    for (const token of alive.slice(0, Math.max(0, alive.length - MOST_REFRESH_TOKENS))) token.revoked = true;
  }

  function revokeGrant(user: User, project: Project): void {
    const grant = grants.get(keyOf(user, project));
    grant?.scopes.clear();
    if (state.settings.forgetVisibilityOnRevoke) grant?.visible.clear();
    for (const token of refreshTokens.values()) {
      if (token.user === user && token.client.project === project) token.revoked = true;
    }
    for (const token of accessTokens.values()) {
      if (token.user === user && token.project === project) token.revoked = true;
    }
  }

  function useAccessToken(text: string): AccessToken | undefined {
    const token = accessTokens.get(text);
    return token === undefined || token.revoked || state.now() >= token.expiresAt ? undefined : token;
  }

  return {
    grantOf,
    hasGrant: (user, project) => (grants.get(keyOf(user, project))?.scopes.size ?? 0) > 0,
    newRefreshToken(user, client, scopes, lifetime) {
      const now = state.now();
      const limit = lifetime ?? (client.project.audience === 'testing' ? TESTING_LIFETIME : undefined);
      const expiresAt = limit === undefined ? undefined : now + limit;
      const secret = randomBytes(48).toString('base64url');
      const token = { token: `1//0${secret}`, user, client, scopes, expiresAt, lastUsedAt: now, revoked: false };
      refreshTokens.set(token.token, token);
      dropOldest(user, client);
      return token;
    },
    newAccessToken(holder, lifetime = state.settings.accessTokenLifetime * 1000) {
      const secret = randomBytes(60).toString('base64url');
      const token = { ...holder, token: `ya29.a0${secret}`, expiresAt: state.now() + lifetime, revoked: false };
      accessTokens.set(token.token, token);
      return token;
    },
    useRefreshToken(text, client) {
      const token = refreshTokens.get(text);
      if (token === undefined) throw oauthError(400, 'invalid_grant', 'Bad Request');
      if (token.client !== client) throw oauthError(401, 'unauthorized_client', 'Unauthorized');
      if (!isAlive(token)) throw oauthError(400, 'invalid_grant', 'Token has been expired or revoked.');
      token.lastUsedAt = state.now();
      return token;
    },
    dropRefreshToken(text) {
      const token = refreshTokens.get(text);
      if (token !== undefined) token.revoked = true;
    },
    useAccessToken,
    revoke(text) {
      const refresh = refreshTokens.get(text);
      if (refresh !== undefined) {
        if (!isAlive(refresh)) return false;
        revokeGrant(refresh.user, refresh.client.project);
        return true;
      }
      const access = useAccessToken(text);
      if (access === undefined) return false;
      revokeGrant(access.user, access.project);
      return true;
    },
    revokeGrant,
  };
}

/** Scopes of a request and, where the client asks for it, those that the user allowed before. */
export function effectiveScopes(requested: string, earlier: Iterable<string>, include: boolean): string[] {
  return [...new Set([...splitScopes(requested), ...(include ? earlier : [])])];
}
