/**
 * What outlives a run and what surrounds it: the configuration (by conf), the environment, and the folder of both.
 * Together with `cli.ts` and `report/` the only place that reads the environment.
 */

import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type Conf from 'conf';
import { type Credentials, createCredentials } from './credentials.js';
import { AlbarettoError, type ErrorFacts, usageError } from './errors.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigOptions {
  readonly environment: Environment;
  readonly profile?: string | undefined;
}

/** Settings by dotted key (`google-drive.scope`). Reading costs nothing while no file is there. */
export interface Settings {
  readonly path: string;
  get(key: string): unknown;
  /** @throws E_DESTINATION when the file cannot be written, as `delete` does. */
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  all(): Readonly<Record<string, unknown>>;
  /** Sees a file that another process has made since; without this a file that was not there stays unread. */
  refresh(): Promise<void>;
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
  const ensureFolder = () =>
    writable(folder, () => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      makePrivate(folder, 0o700);
    });
  return {
    folder,
    settings: await openSettings(folder, 'config', ensureFolder),
    credentials: createCredentials(await openSettings(folder, 'credentials', ensureFolder), ensureFolder),
    memory: await openSettings(folder, 'state', ensureFolder),
    environment: options.environment,
    ensureFolder,
    subfolder(name) {
      ensureFolder();
      const path = join(folder, name);
      writable(path, () => mkdirSync(path, { recursive: true, mode: 0o700 }));
      return path;
    },
  };
}

/** Where `HOME` is set to nothing, as some jobs have it, the account still has one; the current folder is none. */
export function homeFolder(): string {
  return homedir() || userInfo().homedir;
}

function baseFolder(environment: Environment): string {
  const moved = environment.ALBARETTO_CONFIG_DIR;
  if (moved !== undefined && moved !== '') return resolve(moved);
  const home = homeFolder();
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
    const { default: ConfClass } = await import('conf');
    conf = readable(
      path,
      () =>
        new ConfClass({ cwd: folder, configName: name, configFileMode: 0o600, accessPropertiesByDotNotation: true }),
    );
    return conf;
  };
  const refresh = async () => {
    if (conf !== undefined || !existsSync(path)) return;
    makePrivate(folder, 0o700);
    makePrivate(path, 0o600);
    await open();
  };
  const change = async (work: (opened: Conf<Record<string, unknown>>) => void) => {
    ensureFolder();
    const opened = await open();
    readable(path, () => opened.store); // a file that is broken is told so, and is not written over
    writable(path, () => work(opened));
  };
  await refresh();
  return {
    path,
    get: (key) => (conf === undefined ? undefined : readable(path, () => conf?.get(key))),
    set: (key, value) => change((opened) => opened.set(key, value)),
    delete: (key) => change((opened) => opened.delete(key)),
    all: () => (conf === undefined ? {} : readable(path, () => conf?.store ?? {})),
    refresh,
  };
}

/** Somebody else's may be read as it is: whoever put it there chose who reads it. */
function makePrivate(path: string, mode: number): void {
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, mode);
  } catch {
    // What cannot be used at all is told by whoever reads or writes it.
  }
}

/** @throws E_USAGE for a file that cannot be read, or that holds no JSON. */
function readable<T>(path: string, work: () => T): T {
  return orElse(work, (reason) => ({
    code: 'E_USAGE',
    message: reason === undefined ? `${path} cannot be read as JSON` : `${path} cannot be read (${reason})`,
    hint: 'mend it or move it away',
  }));
}

function writable<T>(path: string, work: () => T): T {
  return orElse(work, (reason) => ({
    code: 'E_DESTINATION',
    message: `${path} cannot be written (${reason ?? 'unknown error'})`,
    hint: 'check its permissions and the room on the disk, or set ALBARETTO_CONFIG_DIR',
  }));
}

function orElse<T>(
  work: () => T,
  explain: (reason: string | undefined) => Pick<ErrorFacts, 'code' | 'message' | 'hint'>,
): T {
  try {
    return work();
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    throw new AlbarettoError({ ...explain(typeof code === 'string' ? code : undefined), reach: 'run', cause });
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
