/** What a command is, whether it is typed at the prompt, given with `-c` or read from a pipe. */

import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Layout } from '../archive/layout.js';
import { type AlbarettoError, ExitCode, exitCodeOf, usageError } from '../errors.js';
import type { Item, Task } from '../model.js';
import type { Registry } from '../registry.js';
import type { ParsedOptions } from '../runtime.js';
import type { Session } from '../session.js';

export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** What the value is called in the help: `<n>`. */
  readonly value?: string;
  readonly description: string;
  /** What completion offers for the value. */
  readonly completes?: 'path' | 'source' | 'sink' | 'item' | readonly string[];
}

/** A kind of words, or the words themselves. */
export type WordOffer = 'path' | 'source' | 'sink' | 'plugin' | 'item' | 'command' | 'setting' | readonly string[];

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Behind the name: `<reference…> [-g <n>]…`. */
  readonly usage: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Whether options of the sources may stand behind it. */
  readonly takesSourceOptions?: boolean;
  /** Further lines of the help. */
  readonly details?: readonly string[];
  /**
   * What completion offers for words: one entry a position, the last one for all that follow; or what tells it from the
   * words before.
   */
  readonly words?: readonly WordOffer[] | ((before: readonly string[], registry: Registry) => WordOffer | undefined);
  /** How many words it takes at most. Without it: any number, or so many as it says itself. */
  readonly mostWords?: 0 | 1;
  /** Whether it stands on either side of a pipe. */
  readonly pipe?: 'from' | 'to';
  /** What runs a pipe that it begins; the usual one unless it brings its own. */
  pipeline?(from: Invocation, to: Invocation): Promise<Outcome>;
  run(invocation: Invocation): Promise<Outcome>;
}

export interface Invocation {
  readonly session: Session;
  readonly words: readonly string[];
  /** Command line over argv. */
  readonly options: ParsedOptions;
  readonly signal: AbortSignal;
  /** Of everything that is listed only these items, by id: what a `retry` or a `repair` does again. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Somebody looks again and again for what is new. */
  readonly look?: Look | undefined;
  /** Where a `save` goes and how it names its files, when that is not the session's choice. */
  readonly target?: SaveTarget | undefined;
}

/** One look of `watch` at one source: what is there already is not told again, and what is lost first comes first. */
export interface Look {
  /** Where it saves to, as the storage itself calls the place. */
  opened(location: string): void;
  /** Told of every task that is listed with items; answers whether none of them need be looked at any more. */
  isSettled(task: Task): boolean;
  /** Told of every item that was listed and is not at the destination yet. */
  found(item: Item): void;
  /** Told of every item that could not be fetched. */
  failed(item: Item, error: AlbarettoError): void;
  /** Told of every item that is saved. */
  saved(item: Item): void;
  /** Told of tasks that are listed without items. */
  absent(task: Task): void;
  /** What was still being made at the last look, or is older: the list is read that far. Milliseconds since the epoch. */
  readonly reach: number | undefined;
}

export interface SaveTarget {
  readonly sink: string;
  /** Another layout in place of the usual one. */
  layout?(usual: Layout): Layout;
}

/** What a command did. A failure of the whole command is thrown instead. */
export interface Outcome {
  readonly succeeded: number;
  readonly failures: readonly AlbarettoError[];
  /** The person wants to leave. */
  readonly leave?: boolean;
}

export const DONE: Outcome = { succeeded: 1, failures: [] };

/**
 * Some failed: 1. All failed for one cause: the exit code of that cause. A cause that reaches the whole run wins over
 * everything.
 */
export function exitCodeOfOutcome(outcome: Outcome): ExitCode {
  const { failures } = outcome;
  const fatal = failures.find((failure) => failure.reach === 'run');
  if (fatal !== undefined) return exitCodeOf(fatal.code);
  if (failures.length === 0) return ExitCode.ok;
  const codes = new Set(failures.map((failure) => exitCodeOf(failure.code)));
  const [only] = codes;
  return outcome.succeeded === 0 && codes.size === 1 && only !== undefined ? only : ExitCode.someFailed;
}

/**
 * The words and options of one command.
 * @throws E_USAGE for an option that the command does not have or that lacks its value, and for words too many.
 */
export function parseCommandLine(
  command: Pick<Command, 'name' | 'usage' | 'options' | 'mostWords'>,
  args: readonly string[],
): { words: string[]; options: ParsedOptions } {
  const usage = `usage: ${command.name} ${command.usage}`.trimEnd();
  const parsed = parseWordsAndOptions(command, args, usage);
  if (parsed.words.length <= (command.mostWords ?? Number.POSITIVE_INFINITY)) return parsed;
  throw usageError(`${command.name} takes ${command.mostWords === 0 ? 'no words' : 'one word'}`, usage);
}

function parseWordsAndOptions(
  command: Pick<Command, 'name' | 'options'>,
  args: readonly string[],
  usage: string,
): { words: string[]; options: ParsedOptions } {
  try {
    const config = parseArgsOptions(command.options);
    const { values, positionals } = parseArgs({
      args: [...args],
      options: config,
      allowPositionals: true,
      strict: true,
    });
    return { words: positionals, options: values as ParsedOptions };
  } catch (thrown) {
    throw usageError(describeParseError(thrown, command.name), usage);
  }
}

/** The same options in the form that Node's parser takes. */
export function parseArgsOptions(
  options: Readonly<Record<string, CommandOption>>,
): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      {
        type: option.type,
        ...(option.short === undefined ? {} : { short: option.short }),
        ...(option.multiple === undefined ? {} : { multiple: option.multiple }),
      },
    ]),
  );
}

/** Node's messages go on about positional arguments; the first sentence names the option, which is what helps. */
export function describeParseError(thrown: unknown, where: string): string {
  const text = String((thrown as { message?: unknown }).message ?? thrown);
  const unknown = /^Unknown option '([^']*)'/u.exec(text);
  if (unknown !== null) return `${where} has no option ${unknown[1]}`;
  const missing = /^Option '(?:-\w, )?(--?[\w-]+)[^']*' argument/u.exec(text);
  if (missing !== null) return `${missing[1]} needs a value`;
  return (text.split(/[.\n]/u)[0] ?? text).replace(/^Option /u, '');
}

/** The values of an option that may be given several times. */
export function listOption(options: ParsedOptions, name: string): readonly string[] {
  const value = options[name];
  if (Array.isArray(value)) return value as string[];
  return typeof value === 'string' ? [value] : [];
}

export function textOption(options: ParsedOptions, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

export function flag(options: ParsedOptions, name: string): boolean {
  return options[name] === true;
}
