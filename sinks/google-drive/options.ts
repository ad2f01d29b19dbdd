/** The sink's options, checked before anything else happens. */

import { type OptionValues, usageError } from '../../src/plugin.js';
import type { DriveScope } from './scopes.js';

export interface DriveOptions {
  /** What the person asked for; undefined leaves the choice to what is stored, and else to `drive.file`. */
  readonly scope: DriveScope | undefined;
  /** Whether a browser may be opened. */
  readonly browser: boolean;
  /** The loopback port of the sign-in; undefined takes a free one. */
  readonly port: number | undefined;
  /** The path of credentials.json, as it was typed. */
  readonly credentials: string | undefined;
}

/** @throws E_USAGE for a scope, a port or a number of arguments that there is not. */
export function readOptions(values: OptionValues, words: readonly string[]): DriveOptions {
  if (words.length > 1) {
    throw usageError(
      'more than one word follows google-drive',
      'give the path of one credentials.json',
      'google-drive',
    );
  }
  return {
    scope: readScope(values.scope),
    browser: values['no-browser'] !== true,
    port: readPort(values.port),
    credentials: words[0] ?? text(values.credentials),
  };
}

function readScope(value: string | boolean | undefined): DriveScope | undefined {
  if (value === undefined) return undefined;
  if (value === 'drive' || value === 'drive.file') return value;
  throw usageError('--scope is one of drive.file, drive', undefined, 'google-drive');
}

function readPort(value: string | boolean | undefined): number | undefined {
  if (value === undefined) return undefined;
  const port = typeof value === 'string' && /^\d{1,5}$/u.test(value) ? Number(value) : 0;
  if (port < 1 || port > 65_535) {
    throw usageError('--port is not a port', 'give a number from 1 to 65535', 'google-drive');
  }
  return port;
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
