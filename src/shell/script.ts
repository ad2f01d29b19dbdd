/** Lines that nobody types: `-c` and piped input, one session, in order. */

import { eachUntilAborted } from '../abort.js';
import { asAlbarettoError, ExitCode, exitCodeOf } from '../errors.js';
import type { Session } from '../session.js';
import { runLine } from './interpreter.js';

/**
 * Some failed items (exit code 1) do not stop later lines; every other failure does, because what follows would work on
 * something that is not there.
 */
export async function runScript(
  lines: AsyncIterable<string> | Iterable<string>,
  session: Session,
  signal: AbortSignal,
): Promise<ExitCode> {
  // What is older than seven days is cleaned away; the rest is the shell's to offer.
  await session.holding.leftovers();
  let exit: ExitCode = ExitCode.ok;
  try {
    // A pipe may keep silent for ever; whoever waits for its next line can still be stopped.
    for await (const line of eachUntilAborted(lines, signal)) {
      const result = await runLine(line, session, signal);
      if (result.exit !== ExitCode.ok) exit = result.exit;
      if (result.leave || (result.exit !== ExitCode.ok && result.exit !== ExitCode.someFailed)) break;
    }
  } catch (thrown) {
    const error = asAlbarettoError(thrown, signal);
    exit = exitCodeOf(error.code);
    session.runtime.reporter.emit({ event: 'error', code: error.code, message: error.describe(), exit });
  }
  warnOfUnsaved(session);
  return exit;
}

/** Here nobody comes back to the buffer. */
function warnOfUnsaved({ unsaved: { items, lost }, runtime }: Session): void {
  if (items === 0) return;
  const these = items === 1 ? '1 item was' : `${items} items were`;
  const [kept, them] = [items - lost, items - lost === 1 ? 'it' : 'them'];
  const offer = kept === 0 ? '' : `; the shell offers ${them} for seven days`;
  const loss = lost === 0 ? '' : `; ${lost} of them ${lost === 1 ? 'is' : 'are'} lost, because nothing could be kept`;
  runtime.reporter.emit({ event: 'warning', text: `${these} fetched and not saved${loss}${offer}` });
}
