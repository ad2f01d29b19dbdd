/** Service accounts: a key file, and the exchange of a signed assertion (RFC 7523) for an access token. */

import { createVerify, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { type Answer, oauthError } from './answer.js';
import { isKnownScope, splitScopes } from './scopes.js';
import type { Project, State, User } from './state.js';
import type { Tokens } from './tokens.js';

const AUDIENCE = 'https://oauth2.googleapis.com/token';
const HOUR = 60 * 60;

/** The JSON file that the console gives for a key of a service account. */
export interface ServiceAccountKey {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly auth_uri: string;
  readonly token_uri: string;
}

export interface ServiceAccount {
  readonly user: User;
  readonly project: Project;
  readonly publicKey: KeyObject;
  readonly key: ServiceAccountKey;
  /** Mail addresses of users for whom it may speak (domain-wide delegation). */
  readonly delegates: ReadonlySet<string>;
}

/** Makes a key for the account. Costs about 50 ms: Google's keys are RSA. */
export function createServiceAccount(user: User, project: Project, delegates: Iterable<string>): ServiceAccount {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key: ServiceAccountKey = {
    type: 'service_account',
    project_id: project.id,
    private_key_id: randomBytes(20).toString('hex'),
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    client_email: user.email,
    client_id: user.id,
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: AUDIENCE,
  };
  return { user, project, publicKey, key, delegates: new Set(delegates) };
}

export function redeemAssertion(
  state: State,
  tokens: Tokens,
  accounts: ReadonlyMap<string, ServiceAccount>,
  assertion: string,
): Answer {
  const claims = readClaims(assertion);
  const account = accounts.get(String(claims.iss));
  if (account === undefined) throw oauthError(400, 'invalid_grant', 'Invalid grant: account not found');
  const [header, payload, signature = ''] = assertion.split('.');
  const verifier = createVerify('RSA-SHA256').update(`${header}.${payload}`);
  if (!verifier.verify(account.publicKey, signature, 'base64url')) {
    throw oauthError(400, 'invalid_grant', 'Invalid JWT Signature.');
  }
  checkTimes(claims, Math.floor(state.now() / 1000));
  if (claims.aud !== AUDIENCE) throw oauthError(400, 'invalid_grant', 'Invalid JWT: Failed audience check.');
  const scopes = splitScopes(String(claims.scope ?? ''));
  if (scopes.length === 0 || !scopes.every(isKnownScope))
    throw oauthError(400, 'invalid_scope', 'Invalid OAuth scope.');
  const user = subjectOf(state, account, claims.sub);
  const { project } = account;
  const clientId = account.key.client_id;
  const token = tokens.newAccessToken({ user, project, clientId, scopes, refreshToken: undefined });
  const json = { access_token: token.token, expires_in: state.settings.accessTokenLifetime, token_type: 'Bearer' };
  return { status: 200, json };
}

function readClaims(assertion: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    throw oauthError(400, 'invalid_grant', 'Invalid JWT: not a JSON web token');
  }
}

function checkTimes(claims: Readonly<Record<string, unknown>>, now: number): void {
  const { iat, exp } = claims;
  const fits = typeof iat === 'number' && typeof exp === 'number' && exp > now && exp - iat <= HOUR && iat <= now + 300;
  if (!fits) {
    const words = 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.';
    throw oauthError(400, 'invalid_grant', words);
  }
}

function subjectOf(state: State, account: ServiceAccount, subject: unknown): User {
  if (subject === undefined || subject === account.user.email) return account.user;
  const user = [...state.users.values()].find(({ email }) => email === subject);
  if (user === undefined) throw oauthError(400, 'invalid_grant', 'Invalid email or User ID');
  if (account.delegates.has(user.email)) return user;
  throw oauthError(401, 'unauthorized_client', 'Client is unauthorized to retrieve access tokens using this method.');
}
