/** oauth2.googleapis.com: /token, /revoke and /tokeninfo. */

import { createHash } from 'node:crypto';
import { type Answer, type FakeRequest, oauthError } from './answer.js';
import type { AuthorizationCode } from './authorization.js';
import { redeemAssertion } from './service-account.js';
import type { Client, State } from './state.js';
import type { RefreshToken, Tokens } from './tokens.js';

export interface TokenEndpoint {
  token(request: FakeRequest): Answer;
  revoke(request: FakeRequest): Answer;
  tokenInfo(request: FakeRequest): Answer;
}

export function createTokenEndpoint(
  state: State,
  tokens: Tokens,
  codes: ReadonlyMap<string, AuthorizationCode>,
  serviceAccounts: Parameters<typeof redeemAssertion>[2],
): TokenEndpoint {
  function exchangeCode(form: URLSearchParams, client: Client): Answer {
    const issued = codes.get(form.get('code') ?? '');
    if (issued === undefined) throw oauthError(400, 'invalid_grant', 'Malformed auth code.');
    if (issued.used || issued.client !== client || state.now() >= issued.expiresAt) {
      throw oauthError(400, 'invalid_grant', 'Bad Request');
    }
    // Used up by the first try, right or wrong: a stolen code must not be guessed at.
    issued.used = true;
    if (form.get('redirect_uri') !== issued.redirectUri) throw oauthError(400, 'invalid_grant', 'Bad Request');
    checkVerifier(issued, form.get('code_verifier'));
    const { user, scopes } = issued;
    const gives = issued.offline && !state.settings.withholdRefreshToken;
    const refreshToken = gives ? tokens.newRefreshToken(user, client, scopes) : undefined;
    return tokenAnswer(refreshToken, refreshToken, issued.scopes, client, issued.user);
  }

  function refresh(form: URLSearchParams, client: Client): Answer {
    const { refuseRefresh, rotateRefreshTokens } = state.settings;
    if (refuseRefresh) throw oauthError(400, 'invalid_grant', refuseRefresh.description, refuseRefresh.subtype);
    const current = tokens.useRefreshToken(form.get('refresh_token') ?? '', client);
    if (rotateRefreshTokens === 'never') return tokenAnswer(current, undefined, current.scopes, client, current.user);
    const next = tokens.newRefreshToken(current.user, client, current.scopes);
    if (rotateRefreshTokens === 'dropOld') tokens.dropRefreshToken(current.token);
    return tokenAnswer(next, next, next.scopes, client, next.user);
  }

  function tokenAnswer(
    holder: RefreshToken | undefined,
    shown: RefreshToken | undefined,
    scopes: readonly string[],
    client: Client,
    user: AuthorizationCode['user'],
  ): Answer {
    const { project, id: clientId } = client;
    const access = tokens.newAccessToken({ user, project, clientId, scopes, refreshToken: holder });
    const json: Record<string, unknown> = {
      access_token: access.token,
      expires_in: state.settings.accessTokenLifetime,
      scope: scopes.join(' '),
      token_type: 'Bearer',
    };
    if (shown !== undefined) json.refresh_token = shown.token;
    if (shown?.expiresAt !== undefined) {
      json.refresh_token_expires_in = Math.floor((shown.expiresAt - state.now()) / 1000);
    }
    return { status: 200, headers: { 'Cache-Control': 'no-store' }, json };
  }

  return {
    token(request) {
      const form = new URLSearchParams(request.body.toString('utf8'));
      const type = form.get('grant_type');
      if (type === 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
        return redeemAssertion(state, tokens, serviceAccounts, form.get('assertion') ?? '');
      }
      const client = authenticateClient(state, request, form);
      if (type === 'authorization_code') return exchangeCode(form, client);
      if (type === 'refresh_token') return refresh(form, client);
      throw oauthError(400, 'unsupported_grant_type', `Invalid grant_type: ${type ?? ''}`);
    },
    revoke(request) {
      const form = new URLSearchParams(request.body.toString('utf8'));
      const token = request.query.get('token') ?? form.get('token') ?? '';
      if (!tokens.revoke(token)) throw oauthError(400, 'invalid_token', 'Token expired or revoked');
      return { status: 200, json: {} };
    },
    tokenInfo(request) {
      const form = new URLSearchParams(request.body.toString('utf8'));
      const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
      const text = request.query.get('access_token') ?? form.get('access_token') ?? bearer ?? '';
      const token = tokens.useAccessToken(text);
      if (token === undefined) throw oauthError(400, 'invalid_token', 'Invalid Value');
      const expiresIn = Math.floor((token.expiresAt - state.now()) / 1000);
      const json = {
        azp: token.clientId,
        aud: token.clientId,
        scope: token.scopes.join(' '),
        exp: String(Math.floor(token.expiresAt / 1000)),
        expires_in: String(expiresIn),
        access_type: token.refreshToken === undefined ? 'online' : 'offline',
      };
      return { status: 200, json };
    },
  };
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
