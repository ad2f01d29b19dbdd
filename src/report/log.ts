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

/** @throws E_DESTINATION when the log file cannot be written. */
export function createLog(options: LogOptions): Log {
  const descriptor = options.file === undefined ? undefined : openLogFile(options.file);
  const write = (level: 'info' | 'debug', text: string) => {
    const line = options.redactor.clean(printable(text));
    if (descriptor !== undefined) writeSync(descriptor, `${options.now().toISOString()} ${level} ${line}\n`);
    if (options.verbosity === 'debug' || (level === 'info' && options.verbosity === 'verbose')) options.show(line);
  };
  return {
    info: (text) => write('info', text),
    debug: (text) => write('debug', text),
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
    },
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
