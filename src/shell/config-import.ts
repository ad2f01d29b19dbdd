/** `config import <folder>`: what other programs' files say, taken over as settings and secrets. */

import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { asAlbarettoError, usageError } from '../errors.js';
import type { ImportedSettings, SourceDescriptor } from '../plugin.js';
import { printable } from '../printable.js';
import type { Session } from '../session.js';
import { settingKeys } from '../setting-keys.js';
import { DONE, type Outcome } from './command.js';

/** No settings file comes near it. */
const LARGEST = 1_048_576;

/**
 * Reads the files that the sources know, and no others, and names each key that it took and each that it could not.
 * @throws E_USAGE where the folder holds none of them, or one cannot be read.
 */
export async function importSettings(typed: string, session: Session): Promise<Outcome> {
  const folder = session.runtime.resolvePath(typed);
  let found = false;
  let taken = 0;
  let refused = 0;
  for (const descriptor of session.runtime.registry.sources) {
    const { importer } = descriptor;
    if (importer === undefined) continue;
    const files = new Map<string, string>();
    for (const name of importer.files) {
      const text = await readText(join(folder, name));
      if (text !== undefined) files.set(name, text);
    }
    if (files.size === 0) continue;
    found = true;
    const outcome = await takeOver(descriptor, files, folder, session);
    taken += outcome.taken;
    refused += outcome.refused;
  }
  if (taken === 0 && refused > 0) throw usageError('nothing could be taken over', 'the lines above say why');
  if (found) return DONE;
  if (!(await isFolder(folder)))
    throw usageError(`${printable(typed, 200)} is no folder`, 'name the one that the other program was run in');
  const names = session.runtime.registry.sources.flatMap(({ importer }) => importer?.files ?? []);
  throw usageError(`${printable(typed, 200)} holds no settings that are known`, `they are in ${names.join(', ')}`);
}

/** Answers how many keys were taken, and how many were not. */
async function takeOver(
  descriptor: SourceDescriptor,
  files: ReadonlyMap<string, string>,
  folder: string,
  session: Session,
): Promise<{ readonly taken: number; readonly refused: number }> {
  const { runtime } = session;
  const { name, importer, credentials } = descriptor;
  const body = await importer!.load();
  const { settings, secrets, taken, left } = body.read(files);
  for (const secret of Object.values(secrets)) runtime.redactor.add(secret);
  const refused = new Map<string, string>();
  const known = settingKeys(runtime.registry);
  for (const [key, value] of Object.entries(settings)) {
    try {
      const setting = known.find((one) => one.key === key);
      if (setting === undefined) throw usageError('there is no such setting');
      // The other program was run in its own folder, and meant a path from there.
      const own = key.endsWith('.destination') && !isAbsolute(value) ? resolve(folder, value) : value;
      await runtime.config.settings.set(key, setting.parse(own));
    } catch (thrown) {
      refused.set(key, asAlbarettoError(thrown).message);
    }
  }
  for (const [key, value] of Object.entries(secrets)) {
    try {
      const secret = credentials?.name === key ? credentials.check(value) : value;
      runtime.redactor.add(secret);
      await runtime.config.credentials.setSecret(name, key, secret);
      session.tokens.delete(name); // one that was typed earlier in this session is not meant any more
    } catch (thrown) {
      refused.set(`${name}.${key}`, asAlbarettoError(thrown).message);
    }
  }
  tell(descriptor, { secrets, taken, left }, refused, session);
  const good = taken.filter(({ setting }) => !refused.has(setting)).length;
  return { taken: good, refused: taken.length - good + left.length };
}

function tell(
  { name, credentials }: SourceDescriptor,
  { secrets, taken, left }: Pick<ImportedSettings, 'secrets' | 'taken' | 'left'>,
  refused: ReadonlyMap<string, string>,
  { runtime }: Session,
): void {
  const say = (text: string) => runtime.reporter.emit({ event: 'notice', text: `[${name}] ${printable(text, 400)}` });
  // A secret in the source's own words is no key that `config` knows.
  const own = new Set(Object.keys(secrets).flatMap((key) => (key === credentials?.name ? [] : [`${name}.${key}`])));
  const shown = (setting: string) =>
    own.has(setting) && credentials !== undefined ? `kept with ${name}.${credentials.name}` : setting;
  for (const { key, setting } of taken) {
    const why = refused.get(setting);
    say(why === undefined ? `${key} is now ${shown(setting)}` : `${key} was not taken: ${why}`);
  }
  for (const { key, why } of left) say(`${key} was not taken: ${why}`);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

/** `undefined` where there is none. A link is followed: it is the person's own folder. */
async function readText(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((thrown: unknown) => {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(path, code);
  });
  if (file === undefined) return undefined;
  try {
    const status = await file.stat();
    if (!status.isFile() || status.size > LARGEST) throw unreadable(path, 'no file of settings');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function unreadable(path: string, why: string | undefined) {
  return usageError(`${printable(path, 200)} cannot be read (${why ?? 'unknown error'})`);
}
