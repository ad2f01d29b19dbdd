/**
 * Ends a sign-in at Google. It ends the person's whole consent to the Cloud project: every client of it, every scope, and
 * with `drive.file` the sight of files made so far.
 */

import { type SinkContext, untilAborted } from '../../src/plugin.js';
import type { SignInRecord } from './account-record.js';
import { createOAuthClient, loadLibrary } from './library.js';
import { oauthError } from './oauth-failures.js';
import { refusalOf } from './refusal.js';

/** A sign-in that Google has ended already is no failure. @throws E_NETWORK, E_UNAVAILABLE: then it may still be alive. */
export async function revokeSignIn(
  context: SinkContext,
  signIn: SignInRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  const client = createOAuthClient(await loadLibrary(), context);
  try {
    await untilAborted(client.revokeToken(signIn.refreshToken), signal);
  } catch (thrown) {
    if (refusalOf(thrown)?.status === 400) return;
    throw oauthError(thrown, { what: 'ending the sign-in at Google', invalidGrant: '', signal, now: context.now });
  }
}
