/**
 * One sign-in, from the address that the browser opens to tokens: OAuth for an installed app with PKCE and a loopback
 * redirect. https://developers.google.com/identity/protocols/oauth2/native-app
 */

import { randomBytes } from 'node:crypto';
import { AlbarettoError, printable, type SinkContext, untilAborted } from '../../src/plugin.js';
import { credentialsError, PLUGIN } from './failures.js';
import type { OAuthClient } from './identity.js';
import { createOAuthClient, loadLibrary, type OAuth2Client } from './library.js';
import { type Loopback, listenForRedirect } from './loopback.js';
import { GET_CREDENTIALS } from './misfits.js';
import { oauthError, remedyFor } from './oauth-failures.js';
import type { DriveOptions } from './options.js';
import type { RedirectAnswer } from './redirect.js';
import { waitForRedirect } from './redirect-wait.js';
import { covers, type DriveScope, scopeUrl, splitScopes } from './scopes.js';

export interface SignInWish {
  readonly scope: DriveScope;
  /** A folder to be picked on the way; only with the scope `drive.file`. */
  readonly folder?: string;
  /** The account that Google should offer first. */
  readonly account?: string | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface SignedIn {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: number;
  readonly scopes: readonly string[];
  /** The folders that were picked, as Google's redirect names them. */
  readonly picked: readonly string[];
}

/** @throws E_CREDENTIALS when it was denied, came to nothing or gave less than was asked for. */
export async function signInWithGoogle(
  context: SinkContext,
  identity: OAuthClient,
  options: DriveOptions,
  wish: SignInWish,
): Promise<SignedIn> {
  const client = createOAuthClient(await loadLibrary(), context, identity);
  const state = randomBytes(32).toString('base64url');
  const loopback = await openLoopback(context, identity, options, state);
  try {
    const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
    context.redact(codeVerifier);
    const url = client.generateAuthUrl(authorizationParameters(wish, loopback.redirectUri, state, codeChallenge ?? ''));
    const answer = await waitForRedirect(context, {
      url,
      state,
      loopback,
      browser: options.browser,
      signal: wish.signal,
    });
    const code = codeOf(answer);
    context.redact(code);
    const tokens = await untilAborted(
      exchange(context, client, { code, codeVerifier, redirect_uri: loopback.redirectUri }),
      wish.signal,
    );
    const picked = answer.kind === 'code' ? answer.picked : [];
    return { ...complete(tokens, wish.scope, context.now()), picked };
  } finally {
    await loopback.close();
  }
}

/**
 * The Picker parameters are documented at
 * https://developers.google.com/workspace/drive/picker/guides/desktop-mobile-picker: they need `prompt=consent` and this
 * one scope alone. The library hands unknown parameters on.
 */
function authorizationParameters(wish: SignInWish, redirectUri: string, state: string, challenge: string) {
  const picker =
    wish.folder === undefined
      ? {}
      : {
          trigger_onepick: 'true',
          allow_folder_selection: 'true',
          mimetypes: 'application/vnd.google-apps.folder',
          file_ids: wish.folder,
        };
  const hint = wish.account === undefined ? {} : { login_hint: wish.account };
  return {
    scope: scopeUrl(wish.scope),
    redirect_uri: redirectUri,
    access_type: 'offline',
    // Without it Google may answer no refresh token to somebody who consented before.
    prompt: 'consent',
    include_granted_scopes: false,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256' as never,
    ...hint,
    ...picker,
  };
}

async function openLoopback(
  context: SinkContext,
  identity: OAuthClient,
  options: DriveOptions,
  state: string,
): Promise<Loopback> {
  if (identity.redirect !== undefined)
    return openRegistered([identity.redirect, ...(identity.otherRedirects ?? [])], options, state);
  if (options.port === undefined) return listenForRedirect({ state, port: 0 });
  try {
    return await listenForRedirect({ state, port: options.port });
  } catch {
    const loopback = await listenForRedirect({ state, port: 0 });
    context.warn(`port ${options.port} cannot be had; the sign-in ends at port ${loopback.port} instead`);
    return loopback;
  }
}

/**
 * A web client's redirect address must be a registered one to the letter, so its port cannot be chosen freely: it is the
 * first one that can be had, or the one with the port that was asked for.
 */
async function openRegistered(redirects: readonly string[], options: DriveOptions, state: string): Promise<Loopback> {
  const registered = redirects.map((redirect) => ({ redirect, port: Number(new URL(redirect).port || 80) }));
  const allowed = registered.filter(({ port }) => options.port === undefined || options.port === port);
  let refusal = wrongPort(registered.map(({ port }) => port));
  for (const { redirect, port } of allowed) {
    try {
      return await listenForRedirect({ state, port, redirect });
    } catch (thrown) {
      const reason = printable((thrown as { code?: string }).code ?? 'unknown', 40);
      const hint = `free the port, or use a client without a fixed one: ${GET_CREDENTIALS}`;
      refusal = credentialsError(`port ${port}, where this client's sign-in must end, cannot be had (${reason})`, hint);
    }
  }
  throw refusal;
}

function wrongPort(registered: readonly number[]): AlbarettoError {
  return new AlbarettoError({
    code: 'E_USAGE',
    message: `this client may only be redirected to port ${[...new Set(registered)].join(' or ')}`,
    hint: 'leave --port away',
    plugin: PLUGIN,
    reach: 'run',
  });
}

function codeOf(answer: RedirectAnswer): string {
  if (answer.kind === 'code') return answer.code;
  const error = printable(answer.error, 100);
  throw credentialsError(`Google did not sign you in (${error})`, remedyFor(answer.error) ?? 'try again');
}

interface TokenAnswer {
  readonly access_token?: unknown;
  readonly refresh_token?: unknown;
  readonly expiry_date?: unknown;
  readonly scope?: unknown;
}

async function exchange(
  context: SinkContext,
  client: OAuth2Client,
  request: { readonly code: string; readonly codeVerifier: string; readonly redirect_uri: string },
): Promise<TokenAnswer> {
  try {
    const { tokens } = await client.getToken(request);
    return typeof tokens === 'object' && tokens !== null ? tokens : {};
  } catch (thrown) {
    throw oauthError(thrown, {
      what: 'signing in to Google',
      invalidGrant: 'the code had been used or had ended: sign in again',
      now: context.now,
    });
  }
}

/** A sign-in that lacks something is refused whole: it would fail later, in the middle of a save. */
function complete(tokens: TokenAnswer, scope: DriveScope, now: number): Omit<SignedIn, 'picked'> {
  const { access_token: accessToken, refresh_token: refreshToken, expiry_date: expiresAt } = tokens;
  if (typeof accessToken !== 'string' || accessToken === '') {
    throw new AlbarettoError({
      code: 'E_BAD_ANSWER',
      message: 'signing in to Google: the answer is not a token',
      hint: 'sign in again',
      plugin: PLUGIN,
      reach: 'run',
    });
  }
  // RFC 6749, section 5.1: an answer without a scope grants what was asked for.
  const scopes = tokens.scope === undefined ? [scopeUrl(scope)] : splitScopes(tokens.scope);
  if (!covers(scopes, scope)) {
    throw credentialsError(
      `Google did not grant the scope ${scope}`,
      'sign in again and leave the box of Google Drive ticked',
    );
  }
  if (typeof refreshToken !== 'string' || refreshToken === '') {
    const hint = 'remove the app at https://myaccount.google.com/connections and sign in again';
    throw credentialsError('Google gave no lasting sign-in (no refresh token)', hint);
  }
  return { accessToken, refreshToken, scopes, expiresAt: typeof expiresAt === 'number' ? expiresAt : now };
}
