/** What a run has: the edge hands these in, and every room takes what it needs from here. */

import type { Config } from './config.js';
import type { HttpClient } from './http/client.js';
import type { Ask } from './plugin.js';
import type { Redactor } from './redact.js';
import type { Registry } from './registry.js';
import type { Reporter } from './report/reporter.js';
import type { Tuning } from './tuning.js';

/** Values of options as they stand on a command line; an option that may be given several times holds a list. */
export type ParsedOptions = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface Runtime {
  readonly version: string;
  readonly registry: Registry;
  readonly config: Config;
  readonly reporter: Reporter;
  readonly redactor: Redactor;
  readonly ask: Ask;
  /** The options of argv: the defaults of every command of this run. */
  readonly defaults: ParsedOptions;
  readonly tuning: Tuning;
  /** The HTTP client, loaded on first use. */
  http(): Promise<HttpClient>;
  /** A path as a person typed it. */
  resolvePath(typed: string): string;
  openBrowser(url: string): Promise<boolean>;
  /** The lines of the standard input; `undefined` where they are the program's own commands, or typed at its prompt. */
  readonly inputLines?: (() => AsyncIterable<string>) | undefined;
  /** While it is there, what a plugin warns of is told once and not every few minutes. */
  warned?: Set<string> | undefined;
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}
