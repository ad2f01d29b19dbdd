/** Whose Drive a token opens. It is a courtesy to the person, so that nothing fails when Google does not tell. */

import type { SinkContext } from '../../src/plugin.js';
import { DriveConnection } from './connection.js';
import type { DriveScope } from './scopes.js';

/** The e-mail address of the account, which is text of Google's; undefined where it is not told. */
export async function whoseDrive(
  context: SinkContext,
  token: string,
  scope: DriveScope,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const fixed = { token: async () => token, renewed: async () => token, reload: () => undefined };
  try {
    const connection = await DriveConnection.open(context, { tokens: fixed, scope });
    const sending = { what: 'asking whose Drive it is', about: 'account', signal } as const;
    const data = await connection.get(sending, (drive, options) =>
      drive.about.get({ fields: 'user(emailAddress)' }, options),
    );
    return data?.user?.emailAddress ?? undefined;
  } catch {
    if (signal?.aborted) throw signal.reason;
    return undefined;
  }
}
