import { usageError } from '../../errors.js';
import type { Registry } from '../../registry.js';
import type { Session } from '../../session.js';
import { credentialKeys, findSettingKey, secretNames, settingKeys } from '../../setting-keys.js';
import { type Command, DONE, type Invocation } from '../command.js';

const MASK = '********';
const SERVERS = 'servers.';

export const configCommand: Command = {
  name: 'config',
  summary: 'show and change the configuration',
  usage: 'get <key> | set <key> <value> | unset <key> | list | path | import <folder>',
  options: {},
  words([verb, key, ...rest], registry) {
    if (verb === undefined) return ['get', 'set', 'unset', 'list', 'path', 'import'];
    if (verb === 'import' && key === undefined) return 'path';
    if (!/^(get|set|unset)$/u.test(verb)) return undefined;
    if (key === undefined) return 'setting';
    return verb === 'set' && rest.length === 0 ? findSettingKey(key, registry)?.completes : undefined;
  },
  details: [
    'import takes over what the files of the programs that this one grew from say; it names each key.',
    "'config set servers.studio comfyui http://10.0.0.5:8188' makes a source of another server of that kind.",
    "'config set <source>.token' stores a token in credentials.json; it is shown as ******** ever after.",
    'The one of imgur is called imgur.clientId.',
  ],
  async run(invocation) {
    const [verb, key, ...rest] = invocation.words;
    const { session } = invocation;
    if (verb === 'path' && key === undefined) return showPath(session);
    if (verb === 'list' && key === undefined) return list(session);
    if (key !== undefined && verb === 'get' && rest.length === 0) return get(session, key);
    if (key !== undefined && verb === 'set' && rest.length <= (isServer(key) ? 2 : 1))
      return set(invocation, key, rest.length === 0 ? undefined : rest.join(' '));
    if (key !== undefined && verb === 'import' && rest.length === 0) {
      const { importSettings } = await import('../config-import.js');
      return importSettings(key, session);
    }
    if (key !== undefined && verb === 'unset' && rest.length === 0) return unset(session, key);
    throw usageError('config takes get, set, unset, list, path or import', `usage: config ${configCommand.usage}`);
  },
};

function knownKeys(registry: Registry): readonly string[] {
  return [...settingKeys(registry).map((setting) => setting.key), 'servers.<name>', ...credentialKeys(registry)];
}

function isServer(key: string): boolean {
  return key.startsWith(SERVERS);
}

function showPath({ runtime }: Session) {
  runtime.reporter.emit({ event: 'text', text: runtime.config.folder });
  return DONE;
}

/** Stored secrets as `plugin.name`, so that they can be listed masked and unset. */
function secretOf(key: string, { runtime }: Session): { plugin: string; name: string } | undefined {
  const [plugin = '', name = '', ...more] = key.split('.');
  const spec = runtime.registry.findSource(plugin)?.credentials;
  return more.length === 0 && spec?.name === name ? { plugin, name } : undefined;
}

function list(session: Session) {
  const { runtime } = session;
  const settings = flatten(runtime.config.settings.all());
  for (const plugin of runtime.config.credentials.names())
    settings.push([`${plugin}.${runtime.registry.findSource(plugin)?.credentials?.name ?? 'login'}`, MASK]);
  const secret = new Set(secretNames(runtime.registry).keys);
  for (const [key, value] of settings.sort(([left], [right]) => left.localeCompare(right))) {
    runtime.reporter.emit({ event: 'setting', key, value: secret.has(key) ? MASK : value });
  }
  return DONE;
}

function get(session: Session, key: string) {
  const { runtime } = session;
  const secret = secretOf(key, session);
  const stored = secret === undefined ? undefined : runtime.config.credentials.secret(secret.plugin, secret.name);
  const value = stored ?? runtime.config.settings.get(key);
  if (value === undefined) throw usageError(`${key} is not set`, "'config list' shows what is");
  const isSecret = secretNames(runtime.registry).keys.includes(key);
  runtime.reporter.emit({ event: 'setting', key, value: isSecret ? MASK : value });
  return DONE;
}

async function set({ session }: Invocation, key: string, given: string | undefined) {
  const { runtime } = session;
  const secret = secretOf(key, session);
  if (secret !== undefined) {
    const spec = runtime.registry.source(secret.plugin).credentials!;
    const value = given ?? (await runtime.ask.secret(`${spec.label}: `));
    runtime.redactor.add(value);
    const token = spec.check(value);
    runtime.redactor.add(token);
    await runtime.config.credentials.setSecret(secret.plugin, secret.name, token);
    session.tokens.delete(secret.plugin); // one that was typed earlier in this session is not meant any more
    return DONE;
  }
  const known = findSettingKey(key, runtime.registry);
  if (known === undefined)
    throw usageError(`there is no setting '${key}'`, `the settings are ${knownKeys(runtime.registry).join(', ')}`);
  if (given === undefined) throw usageError(`config set ${key} needs a value`);
  if (secretNames(runtime.registry).keys.includes(key)) runtime.redactor.add(given);
  await runtime.config.settings.set(key, placed(key, known.parse(given), runtime));
  if (isServer(key)) {
    const text = `${key.slice(SERVERS.length)} is a source from the next start on`;
    runtime.reporter.emit({ event: 'notice', text });
  }
  return DONE;
}

async function unset(session: Session, key: string) {
  const secret = secretOf(key, session);
  const [, plugin] = /^(.+)\.login$/u.exec(key) ?? [];
  if (plugin !== undefined && session.runtime.config.credentials.names().includes(plugin))
    throw usageError(`${key} is a sign-in`, `'logout ${plugin}' ends it`);
  if (secret !== undefined) await session.runtime.config.credentials.forget(secret.plugin);
  await session.runtime.config.settings.delete(key);
  return DONE;
}

/** They are read in every later session, wherever that begins: a relative path would mean another file each time. */
function placed(key: string, value: unknown, { resolvePath }: Session['runtime']): unknown {
  if (key === 'cacert') return resolvePath(String(value));
  if (key !== 'plugins' || !Array.isArray(value)) return value;
  return value.map((module: string) => (/^[.~]/u.test(module) ? resolvePath(module) : module));
}

function flatten(value: Readonly<Record<string, unknown>>, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([name, entry]): [string, unknown][] =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? flatten(entry as Record<string, unknown>, `${prefix}${name}.`)
      : [[`${prefix}${name}`, entry]],
  );
}
