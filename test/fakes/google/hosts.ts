/** Which of Google's three hosts serves which path. */

import { type Answer, driveError, type FakeRequest, htmlPage, oauthError } from './answer.js';
import type { Authorization, Outcome } from './authorization.js';
import type { Drive } from './drive.js';
import type { TokenEndpoint } from './token-endpoint.js';

export const ACCOUNTS_HOST = 'accounts.google.com';
export const OAUTH_HOST = 'oauth2.googleapis.com';
export const API_HOST = 'www.googleapis.com';
export const HOSTS: readonly string[] = [ACCOUNTS_HOST, OAUTH_HOST, API_HOST];

export interface Services {
  readonly tokenEndpoint: TokenEndpoint;
  readonly drive: Drive;
  /** The authorization page with whoever sits in front of it. */
  visit(url: URL): ReturnType<Authorization['visit']>;
}

/** Serves a request by its host; one under any other name (a loopback port) by its path alone. */
export function serveHosts(services: Services, request: FakeRequest): Answer {
  const { method, path, host, query } = request;
  const at = (name: string) => host === name || !HOSTS.includes(host);
  if (at(ACCOUNTS_HOST) && method === 'GET' && /^\/o\/oauth2\/(v2\/)?auth$/.test(path)) {
    return showOutcome(services.visit(new URL(`https://${ACCOUNTS_HOST}${path}?${query}`)));
  }
  if (at(OAUTH_HOST)) {
    if (path === '/token' && method === 'POST') return services.tokenEndpoint.token(request);
    if (path === '/revoke' && method === 'POST') return services.tokenEndpoint.revoke(request);
    if (path === '/tokeninfo') return services.tokenEndpoint.tokenInfo(request);
  }
  if (at(API_HOST) && /^\/(upload\/)?drive\/v3\//.test(path)) return services.drive.serve(request);
  if (host === OAUTH_HOST) throw oauthError(404, 'not_found', 'There is no such endpoint.');
  if (host === ACCOUNTS_HOST) return htmlPage(404, 'Error 404 (Not Found)!!1', 'That is all we know.');
  throw driveError(404, 'notFound', 'Not Found');
}

function showOutcome(outcome: Outcome): Answer {
  if ('redirect' in outcome) return { status: 302, headers: { Location: outcome.redirect }, body: '' };
  const title = outcome.error === '' ? 'Sign in' : `Error ${outcome.status}: ${outcome.error}`;
  return htmlPage(outcome.status, title, outcome.description);
}
