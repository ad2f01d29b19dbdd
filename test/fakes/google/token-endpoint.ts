/** oauth2.googleapis.com: /token, /revoke and /tokeninfo. */

import { createHash } from 'node:crypto';
import { type Answer, type FakeRequest, oauthError } from './answer.js';
import type { AuthorizationCode } from './authorization.js';
import { redeemAssertion, type ServiceAccount } from './service-account.js';
import type { Client, State, User } from './state.js';
import type { RefreshToken, Tokens } from './tokens.js';

export class TokenEndpoint {
  constructor(
    private readonly state: State,
    private readonly tokens: Tokens,
    private readonly codes: ReadonlyMap<string, AuthorizationCode>,
    private readonly serviceAccounts: ReadonlyMap<string, ServiceAccount>,
  ) {}

  token(request: FakeRequest): Answer {
    const form = formOf(request);
    const type = form.get('grant_type');
    if (type === 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
      return redeemAssertion(this.state, this.tokens, this.serviceAccounts, form.get('assertion') ?? '');
    }
    const client = authenticateClient(this.state, request, form);
    if (type === 'authorization_code') return this.#exchangeCode(form, client);
    if (type === 'refresh_token') return this.#refresh(form, client);
    throw oauthError(400, 'unsupported_grant_type', `Invalid grant_type: ${type ?? ''}`);
  }

  revoke(request: FakeRequest): Answer {
    const token = request.query.get('token') ?? formOf(request).get('token') ?? '';
    if (!this.tokens.revoke(token)) throw oauthError(400, 'invalid_token', 'Token expired or revoked');
    return { status: 200, json: {} };
  }

  tokenInfo(request: FakeRequest): Answer {
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const text = request.query.get('access_token') ?? formOf(request).get('access_token') ?? bearer ?? '';
    const token = this.tokens.useAccessToken(text);
    if (token === undefined) throw oauthError(400, 'invalid_token', 'Invalid Value');
    const json = {
      azp: token.clientId,
      aud: token.clientId,
      scope: token.scopes.join(' '),
      exp: String(Math.floor(token.expiresAt / 1000)),
      expires_in: String(Math.floor((token.expiresAt - this.state.now()) / 1000)),
      access_type: token.refreshToken === undefined ? 'online' : 'offline',
    };
    return { status: 200, json };
  }

  #exchangeCode(form: URLSearchParams, client: Client): Answer {
    const issued = this.codes.get(form.get('code') ?? '');
    if (issued === undefined) throw oauthError(400, 'invalid_grant', 'Malformed auth code.');
    if (issued.used || issued.client !== client || this.state.now() >= issued.expiresAt) {
      throw oauthError(400, 'invalid_grant', 'Bad Request');
    }
    // Used up by the first try, right or wrong: a stolen code must not be guessed at.
    issued.used = true;
    if (form.get('redirect_uri') !== issued.redirectUri) throw oauthError(400, 'invalid_grant', 'Bad Request');
    checkVerifier(issued, form.get('code_verifier'));
    const { user, scopes } = issued;
    const gives = issued.offline && !this.state.settings.withholdRefreshToken;
    const refreshToken = gives ? this.tokens.newRefreshToken(user, client, scopes) : undefined;
    return this.#answer({ user, client, scopes, refreshToken }, gives);
  }

  #refresh(form: URLSearchParams, client: Client): Answer {
    const { refuseRefresh, rotateRefreshTokens } = this.state.settings;
    if (refuseRefresh) throw oauthError(400, 'invalid_grant', refuseRefresh.description, refuseRefresh.subtype);
    const current = this.tokens.useRefreshToken(form.get('refresh_token') ?? '', client);
    if (rotateRefreshTokens === 'never') return this.#answer({ ...current, refreshToken: current }, false);
    const next = this.tokens.newRefreshToken(current.user, client, current.scopes);
    if (rotateRefreshTokens === 'dropOld') current.revoked = true;
    return this.#answer({ ...next, refreshToken: next }, true);
  }

  /** A new access token of the holder, with the refresh token where `shows` says so. */
  #answer({ user, client, scopes, refreshToken }: Holder, shows: boolean): Answer {
    const { project, id: clientId } = client;
    const access = this.tokens.newAccessToken({ user, project, clientId, scopes, refreshToken });
    const json: Record<string, unknown> = {
      access_token: access.token,
      expires_in: this.state.settings.accessTokenLifetime,
      scope: scopes.join(' '),
      token_type: 'Bearer',
    };
    if (shows && refreshToken !== undefined) {
      const { token, expiresAt } = refreshToken;
      json.refresh_token = token;
      if (expiresAt !== undefined) json.refresh_token_expires_in = Math.floor((expiresAt - this.state.now()) / 1000);
    }
    return { status: 200, headers: { 'Cache-Control': 'no-store' }, json };
  }
}

/** Who a token answer is for. */
interface Holder {
  readonly user: User;
  readonly client: Client;
  readonly scopes: readonly string[];
  readonly refreshToken: RefreshToken | undefined;
}

function formOf(request: FakeRequest): URLSearchParams {
  return new URLSearchParams(request.body.toString('utf8'));
}

/** The client and its secret, from the form or, as RFC 6749 also allows, from basic authentication. */
function authenticateClient(state: State, request: FakeRequest, form: URLSearchParams): Client {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const [user, password] = basic
    ? Buffer.from(basic, 'base64').toString('utf8').split(':').map(decodeURIComponent)
    : [];
  const id = form.get('client_id') ?? user;
  const secret = form.get('client_secret') ?? password;
  if (id === undefined) throw oauthError(400, 'invalid_request', 'Could not determine client ID from request.');
  const client = state.clients.get(id);
  if (client === undefined) throw oauthError(401, 'invalid_client', 'The OAuth client was not found.');
  if (client.deleted) throw oauthError(401, 'deleted_client', 'The OAuth client was deleted.');
  if (secret === undefined || secret === '') {
    if (client.kind === 'web' || state.settings.requireClientSecret) {
      throw oauthError(400, 'invalid_request', 'client_secret is missing.');
    }
  } else if (secret !== client.secret) {
    throw oauthError(401, 'invalid_client', 'The provided client secret is invalid.');
  }
  return client;
}

function checkVerifier(issued: AuthorizationCode, verifier: string | null): void {
  if (issued.challenge === undefined) return;
  if (verifier === null) throw oauthError(400, 'invalid_grant', 'Missing code verifier.');
  const digest = createHash('sha256').update(verifier).digest('base64url');
  const answer = issued.challengeMethod === 'S256' ? digest : verifier;
  if (answer !== issued.challenge) throw oauthError(400, 'invalid_grant', 'Invalid code verifier.');
}
