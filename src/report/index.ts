/** Which of the three ways of reporting a run gets. */

import { createJsonReporter } from './json.js';
import { createPlainReporter } from './plain.js';
import type { Reporter, ReporterOptions } from './reporter.js';

export type { Progress, ReportEvent, Verbosity } from './events.js';
export { createLog } from './log.js';
export type { Reporter } from './reporter.js';

export interface ReporterChoice extends ReporterOptions {
  readonly json: boolean;
  /** `NO_COLOR` is set: https://no-color.org */
  readonly noColor: boolean;
  /** `TERM=dumb`: the terminal knows no control sequence. */
  readonly isDumb: boolean;
}

/** A spinner needs a terminal on stderr; colour needs one on both, and leave. */
export async function createReporter(choice: ReporterChoice): Promise<Reporter> {
  if (choice.json) return createJsonReporter({ ...choice, now: () => new Date() });
  if (choice.err.isTTY !== true || choice.isDumb) return createPlainReporter(choice);
  const { createTerminalReporter } = await import('./terminal.js');
  return createTerminalReporter({ ...choice, colour: !choice.noColor && choice.out.isTTY === true });
}
