/** What `login` stores: one object a plugin in `credentials.json`, 0600, and never anywhere else. */

import type { Settings } from './config.js';
import { AlbarettoError } from './errors.js';
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

/** @param ensureFolder Makes the folder of the file. */
export function createCredentials(file: Settings, ensureFolder: () => void): Credentials {
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
      locked: async (work) => {
        ensureFolder();
        return withLock(file, work);
      },
    }),
  };
}

/** Two processes that refresh one token at once would each invalidate the other's: one at a time. */
async function withLock<T>(file: Settings, work: () => Promise<T>): Promise<T> {
  // CommonJS: a bundle shows it as the default export alone.
  const { default: lockfile } = await import('proper-lockfile');
  const options = {
    realpath: false, // the file may not be there yet
    stale: STALE,
    retries: { retries: 60, minTimeout: 50, maxTimeout: 1000, randomize: true },
    // A process that was stopped for long may lose its lock. The library's own answer is to throw out of a timer.
    onCompromised: () => undefined,
  };
  const release = await lockfile.lock(file.path, options).catch((thrown: unknown) => {
    throw lockError(file.path, thrown);
  });
  try {
    await file.refresh();
    return await work();
  } finally {
    await release().catch(() => undefined); // broken as stale by another process: it is gone already
  }
}

function lockError(path: string, cause: unknown): AlbarettoError {
  const code = String((cause as { code?: unknown }).code ?? 'unknown error');
  return code === 'ELOCKED'
    ? new AlbarettoError({
        code: 'E_UNAVAILABLE',
        message: 'another albaretto is signing in and does not end',
        hint: 'end it, or try again later',
        retryable: true,
        reach: 'run',
        cause,
      })
    : new AlbarettoError({ code: 'E_DESTINATION', message: `${path} cannot be locked (${code})`, reach: 'run', cause });
}
