/** What `-v`, `--debug` and `--log-file` show: what happened, with every secret redacted. */

import { closeSync, openSync, writeSync } from 'node:fs';
import { AlbarettoError } from '../errors.js';
import { printable } from '../printable.js';
import type { Redactor } from '../redact.js';
import type { Verbosity } from './events.js';

export interface Log {
  /** A step of the run: shown with `-v`. */
  info(text: string): void;
  /** Requests, waits, choices: shown with `--debug`. */
  debug(text: string): void;
  close(): void;
}

export interface LogOptions {
  readonly verbosity: Verbosity;
  /** Appended to, 0600; holds everything that `--debug` would show. */
  readonly file?: string | undefined;
  readonly redactor: Redactor;
  show(text: string): void;
  now(): Date;
}

/**
 * A log file that cannot be written to any more (the disk is full) is told of once and ends; it ends no run.
 * @throws E_DESTINATION when the log file cannot be opened.
 */
export function createLog(options: LogOptions): Log {
  let descriptor = options.file === undefined ? undefined : openLogFile(options.file);
  const append = (line: string) => {
    if (descriptor === undefined) return;
    try {
      writeSync(descriptor, `${line}\n`);
    } catch (thrown) {
      close();
      options.show(`the log file ends here: it cannot be written (${(thrown as { code?: string }).code ?? 'unknown'})`);
    }
  };
  const close = () => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  const write = (level: 'info' | 'debug', text: string) => {
    const isShown = options.verbosity === 'debug' || (level === 'info' && options.verbosity === 'verbose');
    // Each request has a line, and mostly nobody reads it.
    if (!isShown && descriptor === undefined) return;
    const line = options.redactor.clean(printable(text));
    append(`${options.now().toISOString()} ${level} ${line}`);
    if (isShown) options.show(line);
  };
  return {
    info: (text) => write('info', text),
    debug: (text) => write('debug', text),
    close,
  };
}

function openLogFile(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (cause) {
    const reason = (cause as { code?: string }).code ?? 'unknown';
    throw new AlbarettoError({
      code: 'E_DESTINATION',
      message: `the log file ${path} cannot be written (${reason})`,
      reach: 'run',
      cause,
    });
  }
}
