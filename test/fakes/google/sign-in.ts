/** Plays the person and the browser of a login: opens the authorization URL, decides, and follows the redirect. */

import * as http from 'node:http';
import type { Authorization } from './authorization.js';
import type { Consent } from './consent.js';
import type { User } from './state.js';

export interface SignIn {
  /** Where Google sends the browser; undefined where it shows a page of its own instead. */
  readonly redirect: string | undefined;
  /** The error on Google's page: `redirect_uri_mismatch`. Undefined where it redirects or still waits. */
  readonly shown: string | undefined;
  /** What the page says about it, for a person. */
  readonly description: string | undefined;
  /** Opens the redirect, as the browser does; answers what the program shows there. Rejects where there is none. */
  follow(): Promise<{ readonly status: number; readonly body: string }>;
}

/** `user` is who signs in. */
export function signIn(authorization: Authorization, url: string | URL, consent: Consent, user: User): SignIn {
  const address = new URL(url);
  const path = address.pathname;
  if (path !== '/o/oauth2/v2/auth' && path !== '/o/oauth2/auth') throw new Error(`no authorization page at ${path}`);
  const outcome = authorization.visit(address, consent, user);
  if ('redirect' in outcome) {
    const { redirect } = outcome;
    return { redirect, shown: undefined, description: undefined, follow: () => open(redirect) };
  }
  const shown = outcome.error === '' ? undefined : outcome.error;
  const reason = `Google redirects nowhere: ${shown ?? 'the person has not answered'} (${outcome.description})`;
  return {
    redirect: undefined,
    shown,
    description: outcome.description,
    follow: () => Promise.reject(new Error(reason)),
  };
}

function open(redirect: string): Promise<{ status: number; body: string }> {
  const url = new URL(redirect);
  if (!['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)) {
    return Promise.reject(new Error(`a test follows redirects to this machine only, not to ${url.host}`));
  }
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: false, headers: { Accept: 'text/html' } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body })).on('error', reject);
    });
    request.on('error', reject);
  });
}
