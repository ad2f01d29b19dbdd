/** Consent without a browser, for tests whose subject is not the login. */

import type { Accounts, Credentials } from './accounts.js';
import { DRIVE_FILE, fullScope } from './scopes.js';
import type { Client, StoredFile, User } from './state.js';
import type { Tokens } from './tokens.js';

export interface GrantOptions {
  /** The first user that was added unless said otherwise. */
  readonly user?: User;
  readonly client: Credentials | Client | string;
  /** Names such as `drive.file` or whole URLs; `drive.file` alone unless said otherwise. */
  readonly scope?: string | readonly string[];
  /** Files that the app may see as if they had been picked. */
  readonly visible?: ReadonlyArray<StoredFile | string>;
  /** Milliseconds that the access token lives; a number below 0 gives one that is over already. */
  readonly accessTokenLifetime?: number;
}

/** What a token response holds, in the members that the googleapis library keeps. */
export interface GrantedTokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
  readonly token_type: 'Bearer';
  /** Milliseconds since 1970. */
  readonly expiry_date: number;
}

export function grantDirectly(
  tokens: Tokens,
  accounts: Pick<Accounts, 'clientOf'>,
  user: User,
  options: GrantOptions,
): GrantedTokens {
  const client = accounts.clientOf(options.client);
  const { project, id: clientId } = client;
  const scopes = [options.scope ?? DRIVE_FILE].flat().map(fullScope);
  const grant = tokens.grantOf(user, project);
  for (const scope of scopes) grant.scopes.add(scope);
  for (const file of options.visible ?? []) grant.visible.add(typeof file === 'string' ? file : file.id);
  const refreshToken = tokens.newRefreshToken(user, client, scopes);
  const holder = { user, project, clientId, scopes, refreshToken };
  const access = tokens.newAccessToken(holder, options.accessTokenLifetime);
  return {
    access_token: access.token,
    refresh_token: refreshToken.token,
    scope: scopes.join(' '),
    token_type: 'Bearer',
    expiry_date: access.expiresAt,
  };
}
