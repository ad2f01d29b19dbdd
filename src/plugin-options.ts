/** The options of a plugin, from all places where they may stand. */

import { readVariable, variableName } from './config.js';
import { usageError } from './errors.js';
import { kindOf } from './named-server.js';
import type { OptionValues, PluginDescriptor } from './plugin.js';
import type { ParsedOptions, Runtime } from './runtime.js';

type Known = Pick<Runtime, 'config' | 'defaults' | 'registry'>;

/**
 * What holds for a plugin: the options of the command, of the command line, of the environment, of the configuration.
 * @throws E_USAGE for a value that is none of the choices.
 */
export function pluginOptions(descriptor: PluginDescriptor, runtime: Known, typed: ParsedOptions): OptionValues {
  const values: Record<string, string | boolean> = {};
  const isMeant = isMeantByArgv(descriptor, runtime);
  for (const option of descriptor.options ?? []) {
    const value =
      typed[option.name] ??
      (isMeant ? runtime.defaults[option.name] : undefined) ??
      readVariable(runtime.config.environment, variableName(descriptor.name, option.name)) ??
      runtime.config.settings.get(`${descriptor.name}.${option.name}`);
    if (value === undefined) continue;
    const text = String(value);
    if (option.type === 'boolean') values[option.name] = !['false', '0', 'no', 'off', ''].includes(text.toLowerCase());
    else if (option.choices !== undefined && !option.choices.includes(text)) {
      throw usageError(`--${option.name} is one of ${option.choices.join(', ')}`, undefined, descriptor.name);
    } else values[option.name] = text;
  }
  return values;
}

/**
 * Of a source and the named servers of its kind the options of the command line are for one alone, the one that the program
 * was started with: a header with a secret must not go to the others.
 */
function isMeantByArgv(descriptor: PluginDescriptor, { defaults, config, registry }: Known): boolean {
  if (descriptor.kind !== 'source') return true;
  const started = registry.findSource(String(defaults.source ?? config.settings.get('source') ?? ''));
  const startedKind = started === undefined ? undefined : kindOf(started);
  if (started?.name === descriptor.name) return true;
  return kindOf(descriptor) === undefined && startedKind !== descriptor.name;
}

/** Those of the typed options that a plugin has. */
export function ownOptions(typed: ParsedOptions, { options = [] }: PluginDescriptor): ParsedOptions {
  const own = options.filter(({ name }) => typed[name] !== undefined);
  return Object.fromEntries(own.map(({ name }) => [name, typed[name]]));
}
