/** The options of a plugin, from all places where they may stand. */

import { readVariable, variableName } from './config.js';
import { usageError } from './errors.js';
import type { OptionValues, PluginDescriptor } from './plugin.js';
import type { ParsedOptions, Runtime } from './runtime.js';

/**
 * What holds for a plugin: the options of the command, of the command line, of the environment, of the configuration.
 * @throws E_USAGE for a value that is none of the choices.
 */
export function pluginOptions(
  descriptor: PluginDescriptor,
  runtime: Pick<Runtime, 'config' | 'defaults'>,
  typed: ParsedOptions,
): OptionValues {
  const values: Record<string, string | boolean> = {};
  for (const option of descriptor.options ?? []) {
    const value =
      typed[option.name] ??
      runtime.defaults[option.name] ??
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

/** Those of the typed options that a plugin has. */
export function ownOptions(typed: ParsedOptions, { options = [] }: PluginDescriptor): ParsedOptions {
  const own = options.filter(({ name }) => typed[name] !== undefined);
  return Object.fromEntries(own.map(({ name }) => [name, typed[name]]));
}
