/** Takes over the settings of Imgur-archive: the secrets of its `.api_secrets.json`. */

import type { ImportedSettings, ImporterBody } from '../../src/plugin.js';
import { checkCredential } from './credential.js';

const body: ImporterBody = { read: readSettings };

export default body;

const SECRETS = '.api_secrets.json';

/** What `tokens.ts` keeps under the same names. */
const KEPT: ReadonlySet<string> = new Set([
  'client_id',
  'client_secret',
  'access_token',
  'refresh_token',
  'account_username',
]);

const NOT_NEEDED: Readonly<Record<string, string>> = {
  expires_in: 'Imgur does not keep to it; a token is renewed when it is refused',
  token_type: 'it is always bearer',
};

/** The settings of `config.py`, and where the same is said here. */
const CONFIG: Readonly<Record<string, string>> = {
  AUTH: `it is what ${SECRETS} says`,
  STORAGE_DIRPATH: 'name that folder when you save: save <folder>; what is there is gone on with',
  LOGS_FILEPATH: 'the log is scraping_logs.json in the folder that is saved to',
  DBNAME: 'it was never used',
};

interface Found {
  readonly secrets: Record<string, string>;
  readonly taken: { readonly key: string; readonly setting: string }[];
  readonly left: { readonly key: string; readonly why: string }[];
}

function readSettings(files: ReadonlyMap<string, string>): ImportedSettings {
  const found: Found = { secrets: {}, taken: [], left: [] };
  const secrets = files.get(SECRETS);
  if (secrets !== undefined) readSecrets(secrets, found);
  const links = files.get('links.txt');
  if (links !== undefined) readLinks(links, found);
  const config = files.get('config.py');
  if (config !== undefined) readConfig(config, found);
  return { settings: {}, ...found };
}

function readSecrets(text: string, { secrets, taken, left }: Found): void {
  const values = parsed(text);
  if (values === undefined) {
    left.push({ key: SECRETS, why: 'it is no JSON object' });
    return;
  }
  for (const [name, value] of Object.entries(values)) {
    const key = `${SECRETS}: ${name}`;
    const why = whyNot(name, value);
    if (why !== undefined) {
      left.push({ key, why });
      continue;
    }
    const text = String(value).trim();
    secrets[name] = text;
    // What is sent where there is no access token, or none that is good.
    const isSent = name === 'client_id' && isCredential(text);
    if (isSent) secrets.clientId = text;
    taken.push({ key, setting: isSent ? 'imgur.clientId' : `imgur.${name}` });
  }
}

function whyNot(name: string, value: unknown): string | undefined {
  const needless = Object.hasOwn(NOT_NEEDED, name) ? NOT_NEEDED[name] : undefined;
  if (needless !== undefined) return needless;
  if (!KEPT.has(name)) return 'there is no such setting';
  if (typeof value !== 'string') return 'it is no text';
  if (value.trim() === '') return 'it is empty';
  return /^[\x21-\x7e]{1,500}$/u.test(value.trim()) ? undefined : 'it holds characters that none of these has';
}

function readLinks(text: string, { left }: Found): void {
  const albums = text.split(/\r?\n/u).filter((line) => line.trim() !== '').length;
  left.push({
    key: 'links.txt',
    why: `it is no setting but a list of ${albums} albums: fetch --from-file links.txt --source imgur`,
  });
}

function readConfig(text: string, { left }: Found): void {
  const keys = [...text.matchAll(/^([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?=/gmu)].map(([, key]) => key!);
  for (const key of new Set(keys)) {
    const why = Object.hasOwn(CONFIG, key) ? CONFIG[key]! : 'there is no such setting';
    left.push({ key: `config.py: ${key}`, why });
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/u, ''));
    const isFields = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isFields ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isCredential(value: string): boolean {
  try {
    return checkCredential(value) === value;
  } catch {
    return false;
  }
}
