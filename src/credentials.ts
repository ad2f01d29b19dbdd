/** What `login` stores: one object a plugin in `credentials.json`, 0600, and never anywhere else. */

import type { Settings } from './config.js';
import type { SecretStore } from './plugin.js';

export interface Credentials {
  readonly path: string;
  /** The plugins that have something stored. */
  names(): readonly string[];
  /** A plugin's own record. */
  of(plugin: string): SecretStore;
  /** A stored secret, such as a token. */
  secret(plugin: string, name: string): string | undefined;
  setSecret(plugin: string, name: string, value: string): Promise<void>;
  forget(plugin: string): Promise<void>;
}

/** Milliseconds after which a lock whose process died is broken. */
const STALE = 20_000;

export function createCredentials(file: Settings): Credentials {
  const record = (plugin: string): Record<string, unknown> | undefined => {
    const value = file.get(plugin);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  };
  return {
    path: file.path,
    names: () => Object.keys(file.all()).filter((name) => record(name) !== undefined),
    secret(plugin, name) {
      const value = record(plugin)?.[name];
      return typeof value === 'string' && value !== '' ? value : undefined;
    },
    setSecret: (plugin, name, value) => file.set(plugin, { ...record(plugin), [name]: value }),
    forget: async (plugin) => {
      if (record(plugin) !== undefined) await file.delete(plugin);
    },
    of: (plugin) => ({
      get: async () => record(plugin),
      set: (value) => file.set(plugin, { ...value }),
      delete: async () => {
        if (record(plugin) !== undefined) await file.delete(plugin);
      },
      locked: (work) => withLock(file, work),
    }),
  };
}

/** Two processes that refresh one token at once would each invalidate the other's: one at a time. */
async function withLock<T>(file: Settings, work: () => Promise<T>): Promise<T> {
  // CommonJS: a bundle shows it as the default export alone.
  const { default: lockfile } = await import('proper-lockfile');
  // The lock stands beside the file; a file must be there for it.
  if (Object.keys(file.all()).length === 0) await file.set('version', 1);
  const release = await lockfile.lock(file.path, {
    stale: STALE,
    retries: { retries: 60, minTimeout: 50, maxTimeout: 1000, randomize: true },
  });
  try {
    return await work();
  } finally {
    await release().catch(() => undefined); // broken as stale by another process: it is gone already
  }
}
