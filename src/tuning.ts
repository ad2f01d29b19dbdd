/** How hard the program works: the options that say so, over the configuration, over the defaults. */

import type { Settings } from './config.js';
import { parseCount, parseDuration, parseSize } from './quantities.js';
import type { ParsedOptions } from './runtime.js';

export interface Tuning {
  /** Transfers at once; a source or sink may bear fewer. */
  readonly transfers: number;
  /** Bytes that the buffer may hold in memory. */
  readonly memory: number;
  /** Bytes a second for all downloads together. */
  readonly bytesPerSecond: number | undefined;
  /** Milliseconds between two requests to one host. */
  readonly distance: number;
}

export const MOST_TRANSFERS = 64;

const DEFAULTS = { transfers: '8', memory: '256M', sleep: '0' } as const;

/** @throws E_USAGE for a value that is no number, size or time. */
export function readTuning(options: ParsedOptions, settings: Settings): Tuning {
  const read = <T>(
    option: string,
    key: string,
    fallback: string | undefined,
    parse: (text: string, option: string) => T,
  ): T | undefined => {
    const given = options[option];
    const text = typeof given === 'string' ? given : (settings.get(key) ?? fallback);
    return text === undefined ? undefined : parse(String(text), typeof given === 'string' ? `--${option}` : key);
  };
  return {
    transfers: read('transfers', 'transfers', DEFAULTS.transfers, (text, option) =>
      parseCount(text, option, MOST_TRANSFERS),
    )!,
    memory: read('memory', 'memory', DEFAULTS.memory, parseSize)!,
    bytesPerSecond: read('limit-rate', 'limitRate', undefined, parseSize),
    distance: read('sleep', 'sleep', DEFAULTS.sleep, parseDuration)!,
  };
}
