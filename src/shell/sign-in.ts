/** Signing in before the prompt or the first line, so that a long fetch does not end at a question. */

import type { Session } from '../session.js';

/** @throws what the sink's login throws. */
export async function signIn(session: Session, signal: AbortSignal): Promise<void> {
  const { runtime } = session;
  if (!runtime.registry.sink(session.sinkName).signsIn || runtime.defaults['dry-run'] === true) return;
  const sink = await session.sink();
  if ((await sink.signedIn?.()) === true) return;
  try {
    await sink.login?.({ signal, fresh: false });
  } finally {
    runtime.reporter.idle();
  }
}
