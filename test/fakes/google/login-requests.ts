/** The requests of a login, for tests of the OAuth side. */

import type { BareAnswer, BareClient } from './bare-client.js';
import type { ClientSecrets } from './index.js';

export const DRIVE_FILE_SCOPE = 'https://www.googleapis.com/auth/drive.file';
export const REDIRECT = 'http://127.0.0.1:4321/callback';

type Parameters = Readonly<Record<string, string | undefined>>;

/** The address that a desktop client sends its user to; `more` adds parameters, replaces them or takes them away. */
export function authorizationUrl(secrets: ClientSecrets, more: Parameters = {}): string {
  const parameters = {
    client_id: secrets.client_id,
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: DRIVE_FILE_SCOPE,
    access_type: 'offline',
    state: 'a-state',
    ...more,
  };
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `https://accounts.google.com/o/oauth2/v2/auth?${new URLSearchParams(given)}`;
}

/** The code in a redirect; empty where there is none. */
export function codeOf(redirect: string | undefined): string {
  return new URL(redirect ?? 'http://nowhere').searchParams.get('code') ?? '';
}

export function exchange(
  client: BareClient,
  secrets: ClientSecrets,
  code: string,
  more: Readonly<Record<string, string>> = {},
): Promise<BareAnswer> {
  const { client_id, client_secret } = secrets;
  const form = { grant_type: 'authorization_code', code, client_id, client_secret, redirect_uri: REDIRECT, ...more };
  return client.call('POST', '/token', { form });
}

export function refresh(client: BareClient, secrets: ClientSecrets, refresh_token: string): Promise<BareAnswer> {
  const { client_id, client_secret } = secrets;
  return client.call('POST', '/token', {
    form: { grant_type: 'refresh_token', refresh_token, client_id, client_secret },
  });
}
