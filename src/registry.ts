/** The plugins that this run knows, by name. Which ones these are is `cli.ts`'s business. */

import { usageError } from './errors.js';
import type { PluginDescriptor, SinkDescriptor, SourceDescriptor } from './plugin.js';

export interface Registry {
  readonly sources: readonly SourceDescriptor[];
  readonly sinks: readonly SinkDescriptor[];
  findSource(name: string): SourceDescriptor | undefined;
  findSink(name: string): SinkDescriptor | undefined;
  /** @throws E_USAGE that names the known ones. */
  source(name: string): SourceDescriptor;
  sink(name: string): SinkDescriptor;
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u;

/** @throws E_USAGE when two sources or two sinks have one name, or one has a name that commands could not take. */
export function createRegistry(plugins: readonly PluginDescriptor[]): Registry {
  const known = new Set<string>();
  for (const plugin of plugins) {
    if (!NAME.test(plugin.name))
      throw usageError('a plugin has a name that is not lower case letters, digits and dashes');
    // A source and a sink may have one name: a folder is both.
    const key = `${plugin.kind} ${plugin.name}`;
    if (known.has(key)) throw usageError(`two ${plugin.kind}s are called ${plugin.name}`);
    known.add(key);
  }
  const sources = plugins.filter((plugin): plugin is SourceDescriptor => plugin.kind === 'source');
  const sinks = plugins.filter((plugin): plugin is SinkDescriptor => plugin.kind === 'sink');
  const findSource = (name: string) => sources.find((source) => source.name === name);
  const findSink = (name: string) => sinks.find((sink) => sink.name === name);
  return {
    sources,
    sinks,
    findSource,
    findSink,
    source(name) {
      const found = findSource(name);
      if (found === undefined) throw usageError(`there is no source '${name}'`, `the sources are ${listed(sources)}`);
      return found;
    },
    sink(name) {
      const found = findSink(name);
      if (found === undefined) throw usageError(`there is no sink '${name}'`, `the sinks are ${listed(sinks)}`);
      return found;
    },
  };
}

function listed(plugins: readonly PluginDescriptor[]): string {
  return plugins.map((plugin) => plugin.name).join(', ');
}
