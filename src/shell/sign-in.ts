/** Signing in before the prompt or the first line, so that a long fetch does not end at a question. */

import { asAlbarettoError } from '../errors.js';
import type { Session } from '../session.js';

export interface SignInOptions {
  /**
   * Whether a stored sign-in is proved too, which may take a request. At the prompt it is not: the person is there when it
   * turns out to have ended.
   */
  readonly prove: boolean;
}

/** @throws what the sink's login throws; a stored sign-in that cannot be proved now is trusted. */
export async function signIn(session: Session, signal: AbortSignal, { prove }: SignInOptions): Promise<void> {
  const { runtime } = session;
  if (!runtime.registry.sink(session.sinkName).signsIn || runtime.defaults['dry-run'] === true) return;
  const sink = await session.sink();
  const isStored = (await sink.signedIn?.()) === true;
  if (isStored && !prove) return;
  try {
    await sink.login?.({ signal, fresh: false });
  } catch (thrown) {
    const { code, message } = asAlbarettoError(thrown, signal);
    if (!isStored || code === 'E_CREDENTIALS' || code === 'E_INTERRUPTED') throw thrown;
    runtime.reporter.log.debug(`the sign-in could not be proved: ${code} ${message}`);
  } finally {
    runtime.reporter.idle();
  }
}
