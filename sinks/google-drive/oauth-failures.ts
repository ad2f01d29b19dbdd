/**
 * What Google's sign-in says when it refuses, each with its remedy.
 * https://developers.google.com/identity/protocols/oauth2/native-app, sections "Authorization errors" and "Refresh token expiration"
 */

import { AlbarettoError, type ErrorFacts, parseRetryAfter, printable } from '../../src/plugin.js';
import type { SignInRecord } from './account-record.js';
import { driveError, PLUGIN } from './failures.js';
import { GET_CREDENTIALS } from './misfits.js';
import { type Refusal, refusalOf } from './refusal.js';

const DAY = 86_400_000;
const AGAIN = "run 'login google-drive' and sign in again";

const REMEDIES: Readonly<Record<string, string>> = {
  access_denied: 'sign in again and allow it',
  admin_policy_enforced:
    'the administrator of this account must allow the Cloud project; or sign in with another account',
  deleted_client: `the OAuth client was deleted: ${GET_CREDENTIALS}`,
  disallowed_useragent: 'open the address in an ordinary browser',
  invalid_client: `the client id or its secret is not right: ${GET_CREDENTIALS}`,
  invalid_rapt: `the administrator asks for a fresh sign-in: ${AGAIN}`,
  invalid_scope: 'add the scope to the Cloud project (Google Auth platform, Data access)',
  org_internal: 'the Cloud project admits only accounts of its own organisation: sign in with one of these',
  redirect_uri_mismatch: `${GET_CREDENTIALS}: a client of another type has fixed redirect addresses`,
  unauthorized_client: `this client may not sign in like this: ${GET_CREDENTIALS}`,
};

/** Errors that Google shows on its own page, so that the program hears nothing of them. */
export const SHOWN_ON_THE_PAGE = [
  'redirect_uri_mismatch',
  'deleted_client',
  'org_internal',
  'admin_policy_enforced',
] as const;

/** The remedy for an error that Google named; undefined for one that is not known. */
export function remedyFor(error: string): string | undefined {
  return Object.hasOwn(REMEDIES, error) ? REMEDIES[error] : undefined;
}

export interface OAuthCircumstances {
  readonly what: string;
  /** The hint for `invalid_grant`, which means something else at each place. */
  readonly invalidGrant: string;
  readonly signal?: AbortSignal | undefined;
  now(): number;
}

/** What the token endpoint answered, or what kept it from answering, as an error without anything secret. */
export function oauthError(thrown: unknown, circumstances: OAuthCircumstances): AlbarettoError {
  const refusal = refusalOf(thrown);
  if (refusal === undefined || circumstances.signal?.aborted) {
    return driveError(thrown, { ...circumstances, about: 'account' });
  }
  return new AlbarettoError({
    ...factsOf(refusal, circumstances),
    message: `${circumstances.what}: ${wordsOf(refusal)}`,
    plugin: PLUGIN,
    retryAfter: parseRetryAfter(refusal.headers, circumstances.now()),
  });
}

/** Whether Google declared the refresh token dead, and not only the moment bad. */
export function isInvalidGrant(thrown: unknown): boolean {
  return refusalOf(thrown)?.reasons.includes('invalid_grant') ?? false;
}

function factsOf(
  refusal: Refusal,
  circumstances: OAuthCircumstances,
): Pick<ErrorFacts, 'code' | 'hint' | 'retryable' | 'reach'> {
  if (refusal.status === 429) {
    return { code: 'E_RATE_LIMITED', hint: 'try again later', retryable: true, reach: 'host' };
  }
  if (refusal.status >= 500 || refusal.status === 408) {
    return { code: 'E_UNAVAILABLE', hint: 'try again later', retryable: true, reach: 'host' };
  }
  const known = refusal.reasons.map(remedyFor).find((remedy) => remedy !== undefined);
  const expired = refusal.reasons.includes('invalid_grant') ? circumstances.invalidGrant : undefined;
  return { code: 'E_CREDENTIALS', hint: known ?? expired ?? AGAIN, retryable: false, reach: 'run' };
}

function wordsOf(refusal: Refusal): string {
  const reason = refusal.reasons[0];
  const tag = reason === undefined ? `HTTP ${refusal.status}` : printable(reason, 60);
  const words = refusal.words === undefined || refusal.words === reason ? '' : printable(refusal.words, 200);
  return words === '' ? tag : `${words.replace(/[.\s]+$/u, '')} (${tag})`;
}

/**
 * Why a stored sign-in ended. Consents that are given while the Cloud project is in "Testing" end after seven days,
 * whatever the scope; every other cause cannot be told apart from here.
 */
export function explainInvalidGrant(signIn: Pick<SignInRecord, 'signedInAt' | 'refreshedAt'>, now: number): string {
  const { signedInAt, refreshedAt } = signIn;
  const age = signedInAt === undefined ? 0 : (now - signedInAt) / DAY;
  const outlivedTheWeek = signedInAt !== undefined && refreshedAt !== undefined && refreshedAt - signedInAt > 7.5 * DAY;
  if (age >= 6.5 && !outlivedTheWeek) {
    return `the sign-in is ${Math.round(age)} days old, and sign-ins of a Cloud project in "Testing" end after 7: press "Publish app" at https://console.cloud.google.com/auth/audience, then ${AGAIN}`;
  }
  return `it was revoked, not used for six months, or replaced by newer sign-ins: ${AGAIN}`;
}
