/** Which plugins a run has: the built-in ones, those of the command line and of the configuration, and the named servers. */

import type { Config } from './config.js';
import { asAlbarettoError } from './errors.js';
import { type NamedServer, parseNamedServer } from './named-server.js';
import type { PluginDescriptor } from './plugin.js';
import { createRegistry, type Registry } from './registry.js';

export interface PluginSurroundings {
  /** The built-in ones. */
  readonly plugins: readonly PluginDescriptor[];
  loadPlugin(module: string): Promise<PluginDescriptor>;
}

export interface LoadedPlugins {
  readonly registry: Registry;
  /** What to warn of, once there is a reporter. */
  readonly problems: readonly string[];
}

/**
 * One that the command line names must be there. One that the configuration names is only warned of where it cannot be
 * loaded: otherwise the very command that takes it out of the configuration could not run.
 */
export async function loadPlugins(
  named: readonly string[],
  config: Config,
  surroundings: PluginSurroundings,
): Promise<LoadedPlugins> {
  const configured = config.settings.get('plugins');
  const problems: string[] = [];
  const load = (module: string) => surroundings.loadPlugin(module);
  const loadOrWarn = (module: string) =>
    load(module).catch((thrown: unknown) => {
      problems.push(`${asAlbarettoError(thrown).message}; the setting 'plugins' names it, and 'config' changes that`);
    });
  const further = await Promise.all([
    ...(Array.isArray(configured) ? configured.map(String) : []).map(loadOrWarn),
    ...named.map(load),
  ]);
  const loaded = [...surroundings.plugins, ...further.filter((plugin) => plugin !== undefined)];
  const registry = createRegistry(loaded);
  const servers = namedServers(config.settings.get('servers'), registry, problems);
  return { registry: servers.length === 0 ? registry : createRegistry([...loaded, ...servers]), problems };
}

/** One that cannot be used is warned of, as a plugin is. */
function namedServers(configured: unknown, registry: Registry, problems: string[]): NamedServer[] {
  if (typeof configured !== 'object' || configured === null) return [];
  return Object.entries(configured).flatMap(([name, text]) => {
    try {
      return [parseNamedServer(name, String(text), registry)];
    } catch (thrown) {
      problems.push(`the setting 'servers.${name}' is left out: ${asAlbarettoError(thrown).message}`);
      return [];
    }
  });
}
