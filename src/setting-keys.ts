/** The settings that `config set` takes, and how the text that is typed becomes a value. */

import { usageError } from './errors.js';
import { parseNamedServer, serverKinds } from './named-server.js';
import type { PluginDescriptor } from './plugin.js';
import { parseCount, parseDuration, parseSize } from './quantities.js';
import type { Registry } from './registry.js';
import { MOST_TRANSFERS } from './tuning.js';

export interface SettingKey {
  readonly key: string;
  readonly description: string;
  /** What completion offers for the value. */
  readonly completes?: 'path' | readonly string[];
  /** @throws E_USAGE */
  parse(text: string): unknown;
}

/** The general ones, then each plugin's own. */
export function settingKeys({ sources, sinks }: Registry): readonly SettingKey[] {
  return [...currentPlugins(sources, sinks), ...GENERAL, ...[...sources, ...sinks].flatMap(settingsOf)];
}

function currentPlugins(sources: readonly PluginDescriptor[], sinks: readonly PluginDescriptor[]): SettingKey[] {
  const names = (plugins: readonly PluginDescriptor[]) => plugins.map(({ name }) => name);
  return [
    { key: 'source', description: 'the source that is current at the start', ...choice('source', names(sources)) },
    { key: 'sink', description: 'the sink that is used when none is named', ...choice('sink', names(sinks)) },
  ];
}

const GENERAL: readonly SettingKey[] = [
  { key: 'proxy', description: 'the proxy for every request', parse: url },
  {
    key: 'cacert',
    description: 'a PEM file of certificate authorities that are believed too',
    completes: 'path',
    parse: text,
  },
  { key: 'userAgent', description: 'what the program calls itself', parse: text },
  {
    key: 'plugins',
    description: 'modules of further plugins, separated by commas',
    completes: 'path',
    parse: (value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
  },
  {
    key: 'transfers',
    description: 'transfers at once',
    parse: (value) => parseCount(value, 'transfers', MOST_TRANSFERS),
  },
  {
    key: 'memory',
    description: 'bytes that the buffer holds in memory',
    parse: (value) => parseSize(value, 'memory'),
  },
  {
    key: 'limitRate',
    description: 'bytes a second for all downloads',
    parse: (value) => parseSize(value, 'limitRate'),
  },
  { key: 'sleep', description: 'the time between two requests to one host', parse: sleepTime },
  { key: 'limits.answerBytes', description: "the largest answer of a service's API", parse: positive },
  { key: 'limits.itemBytes', description: 'the largest picture or video in bytes', parse: positive },
  { key: 'limits.pixels', description: 'the most pixels of a picture', parse: positive },
  { key: 'limits.items', description: 'the most items of one listing', parse: positive },
  { key: 'limits.redirects', description: 'the most redirects that are followed', parse: positive },
];

function settingsOf(plugin: PluginDescriptor): SettingKey[] {
  const { name } = plugin;
  const place: SettingKey =
    plugin.kind === 'source'
      ? { key: `${name}.baseUrl`, description: `where ${plugin.title} lives`, parse: url }
      : { key: `${name}.destination`, description: 'where save goes without a word', completes: 'path', parse: text };
  const options = (plugin.options ?? []).map((option): SettingKey => {
    const key = `${name}.${option.name}`;
    const { description, choices } = option;
    if (option.type === 'boolean') return { key, description, completes: ['true', 'false'], parse: boolean };
    return choices === undefined ? { key, description, parse: text } : { key, description, ...choice(key, choices) };
  });
  return [place, ...options];
}

function choice(key: string, names: readonly string[]): Pick<SettingKey, 'completes' | 'parse'> {
  return {
    completes: names,
    parse(text) {
      if (!names.includes(text)) throw usageError(`${key} is one of ${names.join(', ')}`);
      return text;
    },
  };
}

/** The keys of stored tokens: `replicate.token`, `imgur.clientId`. They are no settings, but set and unset as these are. */
export function credentialKeys(registry: Registry): readonly string[] {
  return registry.sources.flatMap(({ name, credentials }) =>
    credentials === undefined ? [] : [`${name}.${credentials.name}`],
  );
}

/** `undefined` for none. `servers.<name>` is one for every name. */
export function findSettingKey(key: string, registry: Registry): SettingKey | undefined {
  const server = /^servers\.(.*)$/su.exec(key)?.[1];
  if (server === undefined) return settingKeys(registry).find((setting) => setting.key === key);
  return {
    key,
    description: `a server of its own: 'comfyui http://10.0.0.5:8188'`,
    completes: serverKinds(registry),
    parse(text) {
      const { serverOf, baseUrl } = parseNamedServer(server, text, registry);
      return `${serverOf} ${baseUrl}`;
    },
  };
}

/** The settings, and the options of plugins, whose values are secrets. */
export function secretNames(registry: Registry): {
  readonly keys: readonly string[];
  readonly options: readonly string[];
} {
  const options = [...registry.sources, ...registry.sinks].flatMap((plugin) =>
    (plugin.options ?? []).filter(({ secret }) => secret === true).map(({ name }) => ({ plugin: plugin.name, name })),
  );
  return {
    keys: [...credentialKeys(registry), ...options.map(({ plugin, name }) => `${plugin}.${name}`)],
    options: options.map(({ name }) => name),
  };
}

/** Kept as it was typed: a bare number would be read as seconds again. */
function sleepTime(value: string): string {
  parseDuration(value, 'sleep');
  return value;
}

function text(value: string): string {
  return value;
}

function url(value: string): string {
  if (!URL.canParse(value) || !/^https?:$/u.test(new URL(value).protocol))
    throw usageError('the value is not an http or https URL');
  return value;
}

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number <= 0) throw usageError('the value is a whole number above 0');
  return number;
}

function boolean(value: string): boolean {
  if (/^(true|yes|on|1)$/iu.test(value)) return true;
  if (/^(false|no|off|0)$/iu.test(value)) return false;
  throw usageError('the value is true or false');
}
