/**
 * Options of sources behind a command: `fetch --chain resp_…`. They hold for that command alone, and go before what the
 * command line and the configuration say.
 */

import { usageError } from '../errors.js';
import type { SourceDescriptor } from '../plugin.js';
import type { Registry } from '../registry.js';
import type { ParsedOptions } from '../runtime.js';
import type { Command, CommandOption } from './command.js';

/** The command's own options, then those of all sources where it takes them. Its own win over one of the same name. */
export function optionsOf(command: Command, registry: Registry): Readonly<Record<string, CommandOption>> {
  if (command.takesSourceOptions !== true) return command.options;
  return { ...command.options, ...optionsOfSources(registry.sources), ...command.options };
}

/** Each name once, with the sources that have it. */
export function optionsOfSources(sources: readonly SourceDescriptor[]): Readonly<Record<string, CommandOption>> {
  const found = new Map<string, { option: CommandOption; sources: string[] }>();
  for (const { name: source, options = [] } of sources) {
    for (const { name, type, choices, description } of options) {
      const option: CommandOption = { type, description, ...(choices === undefined ? {} : { completes: choices }) };
      const known = found.get(name);
      if (known === undefined) found.set(name, { option, sources: [source] });
      else if (known.option.type === type) known.sources.push(source);
    }
  }
  return Object.fromEntries(
    [...found].map(([name, { option, sources: having }]) => [
      name,
      { ...option, description: `${having.join(', ')}: ${option.description}` },
    ]),
  );
}

/**
 * What was typed for the sources that are asked.
 * @param own The command's options, which win over one of the same name.
 * @throws E_USAGE for an option that none of them has.
 */
export function typedOptions(
  options: ParsedOptions,
  own: Command['options'],
  asked: readonly SourceDescriptor[],
  registry: Registry,
): ParsedOptions {
  const names = Object.keys(optionsOfSources(registry.sources)).filter(
    (name) => options[name] !== undefined && own[name] === undefined,
  );
  for (const name of names) {
    if (asked.some((source) => source.options?.some((option) => option.name === name))) continue;
    const having = registry.sources.filter((source) => source.options?.some((option) => option.name === name));
    throw usageError(
      `--${name} is an option of ${having.map((source) => source.name).join(', ')}`,
      `${asked.map((source) => source.name).join(', ')} is asked here`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, options[name]]));
}
