import { printableJson } from '../printable.js';
import type { ReportEvent } from '../report/events.js';
import { flag, type Invocation } from './command.js';

/**
 * Reports what a command was asked for: with its `--json` as a line of JSON, harmless on a terminal, unless the run as a
 * whole reports in JSON already.
 */
export function show(event: ReportEvent, { session, options }: Pick<Invocation, 'session' | 'options'>): void {
  const { reporter, defaults } = session.runtime;
  if (flag(options, 'json') && defaults.json !== true)
    reporter.emit({ event: 'text', text: printableJson(JSON.stringify(event)) });
  else reporter.emit(event);
}
