/** The words of the command line, taken apart. Pure: it reads nothing and knows no plugin but those it is given. */

import { parseArgs } from 'node:util';
import { AlbarettoError, usageError } from './errors.js';
import type { PluginDescriptor } from './plugin.js';
import { printable } from './printable.js';
import { PROGRAM_OPTIONS } from './program-options.js';
import type { Registry } from './registry.js';
import type { Verbosity } from './report/events.js';
import type { ParsedOptions } from './runtime.js';
import { type CommandOption, describeParseError, flag, listOption, parseArgsOptions } from './shell/command.js';
import { COMMANDS } from './shell/commands/index.js';

export interface ProgramArguments {
  readonly words: readonly string[];
  readonly options: ParsedOptions;
  /** The lines of `-c`. */
  readonly lines: readonly string[];
  readonly verbosity: Verbosity;
}

/** What must be known before the plugins are, whose options the words may hold. */
export interface EarlyOptions {
  readonly version: boolean;
  readonly help: boolean;
  readonly profile: string | undefined;
  /** The modules of `--plugin`. */
  readonly plugins: readonly string[];
}

/** Takes no offence at anything: {@link parseArguments} does when all options are known. */
export function readEarlyOptions(argv: readonly string[]): EarlyOptions {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const valuesOf = (option: string): string[] =>
    words.flatMap((word, index) => {
      if (word.startsWith(`${option}=`)) return [word.slice(option.length + 1)];
      const next = words[index + 1];
      return word === option && next !== undefined ? [next] : [];
    });
  return {
    version: words.includes('--version') || words.includes('-V'),
    help: words.includes('--help') || words.includes('-h'),
    profile: valuesOf('--profile').at(-1),
    plugins: valuesOf('--plugin'),
  };
}

/** Program options first: they win over a command's or a plugin's option of the same name. */
export function allOptions(plugins: readonly PluginDescriptor[]): Readonly<Record<string, CommandOption>> {
  const ofPlugins = plugins
    .flatMap((plugin) => plugin.options ?? [])
    .map((option) => [option.name, { type: option.type, description: option.description }]);
  const ofCommands = COMMANDS.flatMap((command) => Object.entries(command.options));
  return { ...Object.fromEntries(ofPlugins), ...Object.fromEntries(ofCommands), ...PROGRAM_OPTIONS };
}

/** @throws E_USAGE */
export function parseArguments(argv: readonly string[], plugins: readonly PluginDescriptor[]): ProgramArguments {
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: [...argv],
      options: parseArgsOptions(allOptions(plugins)),
      allowPositionals: true,
      strict: true,
    });
  } catch (thrown) {
    throw usageError(describeParseError(thrown, 'albaretto'), 'albaretto --help lists the options');
  }
  const options = parsed.values as ParsedOptions;
  return { words: parsed.positionals, options, lines: listOption(options, 'command'), verbosity: verbosityOf(options) };
}

function verbosityOf(options: ParsedOptions): Verbosity {
  if (flag(options, 'debug')) return 'debug';
  if (flag(options, 'verbose')) return 'verbose';
  return flag(options, 'quiet') ? 'quiet' : 'normal';
}

export interface Destination {
  readonly token?: string;
  readonly sink: string;
  readonly sinkArguments: readonly string[];
}

/**
 * `[<token>] <sink> [<sink arguments>]`: a first word that names a sink is the sink. The words may be secrets, so no
 * message repeats them.
 * @throws E_USAGE
 */
export function readDestination(words: readonly string[], registry: Registry, fallback: string): Destination {
  const [first, second] = words;
  if (first === undefined) return { sink: registry.sink(fallback).name, sinkArguments: [] };
  const isSink = (word: string | undefined): word is string =>
    word !== undefined && registry.findSink(word) !== undefined;
  const names = registry.sinks.map((sink) => sink.name).join(', ');
  const found: Destination | undefined = isSink(first)
    ? { sink: first, sinkArguments: words.slice(1) }
    : isSink(second)
      ? { token: first, sink: second, sinkArguments: words.slice(2) }
      : undefined;
  if (found === undefined) {
    throw usageError('the command line names no sink', `albaretto [<token>] <sink> …, where the sinks are ${names}`);
  }
  const most = registry.sink(found.sink).arguments?.length ?? 0;
  if (found.sinkArguments.length > most) {
    const hint = most === 0 ? `${found.sink} takes none; destinations are given to save` : `it takes at most ${most}`;
    throw usageError(`too many words after ${found.sink}`, hint);
  }
  return found;
}

/**
 * A plugin that the configuration names. One that is no plugin any more (a server that was taken out) is warned of, as
 * otherwise the very command that changes the setting could not run.
 */
export function readConfigured(
  setting: 'source' | 'sink',
  configured: unknown,
  registry: Registry,
  fallback: string,
): { readonly name: string; readonly problem?: string } {
  if (typeof configured !== 'string') return { name: fallback };
  const found = setting === 'source' ? registry.findSource(configured) : registry.findSink(configured);
  if (found !== undefined) return { name: found.name };
  const problem = `the setting '${setting}' names '${printable(configured, 80)}', which is no ${setting}; ${fallback} is used, and 'config set ${setting}' changes that`;
  return { name: fallback, problem };
}

/** A token for a source that takes none is a slip that would leave a secret on the command line for nothing. */
export function checkToken(destination: Destination, source: string, registry: Registry): void {
  if (destination.token === undefined || registry.source(source).credentials !== undefined) return;
  throw new AlbarettoError({
    code: 'E_USAGE',
    message: `${source} takes no token`,
    hint: `leave the word before ${destination.sink} out`,
    reach: 'run',
  });
}
