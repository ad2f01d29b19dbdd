/**
 * What outlives a run and what surrounds it: the configuration (by conf), the environment, and the folder of both.
 * Together with `cli.ts` and `report/` the only place that reads the environment.
 */

import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type Conf from 'conf';
import { type Credentials, createCredentials } from './credentials.js';
import { AlbarettoError, usageError } from './errors.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigOptions {
  readonly environment: Environment;
  readonly profile?: string | undefined;
}

/** Settings by dotted key (`google-drive.scope`). Reading costs nothing while no file is there. */
export interface Settings {
  readonly path: string;
  get(key: string): unknown;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  all(): Readonly<Record<string, unknown>>;
}

export interface Config {
  /** The private folder (0700): config, credentials, journal, history. */
  readonly folder: string;
  readonly settings: Settings;
  readonly credentials: Credentials;
  /** What plugins remember that is no secret, by `plugin.key`. */
  readonly memory: Settings;
  readonly environment: Environment;
  /** Makes the folder, 0700, before something is written to it by others than `settings` and `credentials`. */
  ensureFolder(): void;
  /** A folder inside the private one, made 0700. */
  subfolder(name: string): string;
}

const PROFILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u;

/** @throws E_USAGE for a profile whose name could leave the folder. */
export async function openConfig(options: ConfigOptions): Promise<Config> {
  const base = baseFolder(options.environment);
  if (options.profile !== undefined && !PROFILE.test(options.profile)) {
    throw usageError('a profile name is made of letters, digits, dots and dashes');
  }
  const folder = options.profile === undefined ? base : join(base, 'profiles', options.profile);
  const ensureFolder = () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
  };
  return {
    folder,
    settings: await openSettings(folder, 'config', ensureFolder),
    credentials: createCredentials(await openSettings(folder, 'credentials', ensureFolder)),
    memory: await openSettings(folder, 'state', ensureFolder),
    environment: options.environment,
    ensureFolder,
    subfolder(name) {
      ensureFolder();
      const path = join(folder, name);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return path;
    },
  };
}

function baseFolder(environment: Environment): string {
  const moved = environment.ALBARETTO_CONFIG_DIR;
  if (moved !== undefined && moved !== '') return resolve(moved);
  const home = homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Preferences', 'albaretto');
  if (process.platform === 'win32') return join(environment.APPDATA ?? join(home, 'AppData', 'Roaming'), 'albaretto');
  const xdg = environment.XDG_CONFIG_HOME;
  return join(xdg?.startsWith('/') ? xdg : join(home, '.config'), 'albaretto');
}

/**
 * One JSON file. conf (with its schema validator, 40 ms) is loaded only where there is a file to read or something to
 * write: most one-shot runs have neither.
 */
async function openSettings(folder: string, name: string, ensureFolder: () => void): Promise<Settings> {
  const path = join(folder, `${name}.json`);
  let conf: Conf<Record<string, unknown>> | undefined;
  const open = async () => {
    if (conf !== undefined) return conf;
    ensureFolder();
    const { default: ConfClass } = await import('conf');
    conf = readable(
      path,
      () =>
        new ConfClass({ cwd: folder, configName: name, configFileMode: 0o600, accessPropertiesByDotNotation: true }),
    );
    return conf;
  };
  if (existsSync(path)) {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
    await open();
  }
  return {
    path,
    get: (key) => (conf === undefined ? undefined : readable(path, () => conf?.get(key))),
    set: async (key, value) => (await open()).set(key, value),
    delete: async (key) => (await open()).delete(key),
    all: () => (conf === undefined ? {} : readable(path, () => conf?.store ?? {})),
  };
}

function readable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new AlbarettoError({
      code: 'E_USAGE',
      message: `${path} cannot be read as JSON`,
      hint: 'mend it or move it away',
      reach: 'run',
      cause,
    });
  }
}

/** `ALBARETTO_HAPPY_ACCIDENTS_TOKEN` for the plugin `happy-accidents` and the name `token`. */
export function variableName(plugin: string, name: string): string {
  const words = `${plugin}-${name.replace(/([a-z])([A-Z])/gu, '$1-$2')}`;
  return `ALBARETTO_${words.replaceAll('-', '_').toUpperCase()}`;
}

/** A variable that is set and not empty. */
export function readVariable(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === undefined || value === '' ? undefined : value;
}
