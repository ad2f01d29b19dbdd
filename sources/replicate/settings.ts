/** The options of this source, checked before any request. */

import { type OptionValues, usageError } from '../../src/plugin.js';

const PLUGIN = 'replicate';
const DEFAULT_WAIT = 300;

export interface Settings {
  /** Milliseconds. */
  readonly patience: number;
  readonly fileHosts: readonly string[];
}

/** @throws E_USAGE */
export function readSettings(options: OptionValues): Settings {
  return { patience: readWait(options.wait) * 1000, fileHosts: readHosts(options['file-hosts']) };
}

function readWait(option: string | boolean | undefined): number {
  if (option === undefined) return DEFAULT_WAIT;
  const value = Number(option);
  if (typeof option === 'string' && option.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw usageError('--wait is a number of seconds', undefined, PLUGIN);
}

function readHosts(option: string | boolean | undefined): readonly string[] {
  const hosts = String(option ?? '')
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '');
  if (hosts.every((host) => /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/u.test(host))) return hosts;
  throw usageError('--file-hosts is a list of host names', 'for example --file-hosts files.example.com', PLUGIN);
}
