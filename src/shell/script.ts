/** Lines that nobody types: `-c` and piped input, one session, in order. */

import { ExitCode } from '../errors.js';
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
  let exit: ExitCode = ExitCode.ok;
  for await (const line of lines) {
    const result = await runLine(line, session, signal);
    if (result.exit !== ExitCode.ok) exit = result.exit;
    if (result.leave || (result.exit !== ExitCode.ok && result.exit !== ExitCode.someFailed)) break;
  }
  const { size } = session.buffer;
  if (size > 0 && exit === ExitCode.ok && !session.runtime.defaults['dry-run']) {
    const items = size === 1 ? '1 item was' : `${size} items were`;
    session.runtime.reporter.emit({ event: 'warning', text: `${items} fetched and not saved` });
  }
  return exit;
}
