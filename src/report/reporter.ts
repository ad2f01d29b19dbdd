/** What the rest of the program knows of the screen. */

import type { Redactor } from '../redact.js';
import type { Progress, ReportEvent, Verbosity } from './events.js';
import type { Log } from './log.js';

export interface Reporter {
  emit(event: ReportEvent): void;
  /** Something that may take long and has no count: shown as the spinner's text until `idle`. */
  busy(text: string): void;
  progress(progress: Progress): void;
  /** No command is running: the spinner goes. */
  idle(): void;
  /** Details for `-v`, `--debug` and the log file. */
  readonly log: Log;
  /** Makes room for a question: nothing is drawn until `resume`. */
  pause(): void;
  resume(): void;
  /** Resolves when everything was handed to the streams. */
  close(): Promise<void>;
}

export interface OutputStream {
  write(text: string): boolean;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface ReporterOptions {
  readonly out: OutputStream;
  readonly err: OutputStream;
  readonly verbosity: Verbosity;
  readonly redactor: Redactor;
  readonly log: Log;
}

/** Events that `--quiet` keeps: failures, and answers to a question that was asked. */
const KEPT_WHEN_QUIET: ReadonlySet<ReportEvent['event']> = new Set([
  'failed',
  'warning',
  'error',
  'text',
  'setting',
  'item',
  'task',
  'plugin',
  'record',
  'checked',
]);

export function isShown(event: ReportEvent, verbosity: Verbosity): boolean {
  return verbosity !== 'quiet' || KEPT_WHEN_QUIET.has(event.event);
}
