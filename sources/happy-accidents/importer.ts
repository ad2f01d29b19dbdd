/**
 * Takes over the settings of the gallery's original downloader: its `config.ini` and its `auth_token.txt`.
 * https://github.com/AySz88/HappyAccidentsGalleryDL/blob/main/config.ini
 */

import { AlbarettoError, type ImportedSettings, type ImporterBody, printable } from '../../src/plugin.js';
import { type IniEntry, type IniFile, iniValue, readIni } from './config-ini.js';
import { LARGEST_PAGE } from './settings.js';
import { checkToken } from './token.js';

const CONFIG = 'config.ini';
const TOKEN_FILE = 'auth_token.txt';
const TOKEN = { section: 'HappyAccidents', name: 'auth_token' };

/** As many transfers at once as the program can make. */
const MOST_TRANSFERS = 16;

/** What becomes of a value: a setting, or a reason why it is none. */
type Outcome = { readonly setting: string; readonly value: string } | { readonly why: string };

type Rule = (value: string, other: (section: string, name: string) => string | undefined) => Outcome;

const RULES: Readonly<Record<string, Rule>> = {
  'HappyAccidents.gallery_url': baseUrl,
  'HappyAccidents.gallery_pagesize': whole('happy-accidents.page-size', 1, LARGEST_PAGE),
  'HappyAccidents.gallery_startpage': whole('happy-accidents.start-page', 0, 1_000_000),
  'Output.download_dest': (value) =>
    value === '' ? { why: 'it is empty' } : { setting: 'local-filesystem.destination', value },
  'Output.model_metadata_dest': modelFolder,
  'Output.log_dest': left('a log is written where --log-file says'),
  'Output.resave_metadata': left(
    'not needed: documents that are missing or differ are written anew on every run, and nothing is fetched for it',
  ),
  'Output.imagekit_param': (value) => ({ setting: 'happy-accidents.tr', value }),
  'Network.max_concurrent_downloads': whole('transfers', 1, MOST_TRANSFERS),
  'Network.max_backoff': left('waits before another try grow up to 30 s by themselves; --sleep keeps requests apart'),
  'Network.min_backoff': left('waits before another try begin below a second by themselves'),
  'Network.request_timeout': left('the limits on waiting are fixed: 60 s to the first byte, 30 s without a byte'),
  'Network.gallery_request_timeout': left('a page of the gallery is waited for up to 300 s'),
  'Logging.log_level': logLevel,
};

const body: ImporterBody = { read: readSettings };

export default body;

function readSettings(files: ReadonlyMap<string, string>): ImportedSettings {
  const settings: Record<string, string> = {};
  const taken: { key: string; setting: string }[] = [];
  const left: { key: string; why: string }[] = [];
  const ini = readIni(files.get(CONFIG) ?? '');
  for (const fault of ini.faults) left.push({ key: CONFIG, why: printable(fault, 200) });
  for (const entry of ini.entries) {
    if (isToken(entry)) continue;
    const key = keyOf(entry);
    const outcome = outcomeOf(entry, ini);
    if ('why' in outcome) left.push({ key, why: outcome.why });
    else {
      settings[outcome.setting] = outcome.value;
      taken.push({ key, setting: outcome.setting });
    }
  }
  const token = readToken(iniValue(ini, TOKEN.section, TOKEN.name), files.get(TOKEN_FILE));
  taken.push(...token.taken);
  left.push(...token.left);
  return { settings, secrets: token.secret === undefined ? {} : { token: token.secret }, taken, left };
}

/** What stands in `[DEFAULT]` stands in for every section that does not say it itself. */
function outcomeOf({ section, name, value }: IniEntry, ini: IniFile): Outcome {
  const isDefault = section === 'DEFAULT';
  const [key, rule] =
    Object.entries(RULES).find(([own]) => own === `${section}.${name}` || (isDefault && own.endsWith(`.${name}`))) ??
    [];
  if (key === undefined || rule === undefined) return { why: 'the original downloader has no such key' };
  const [home] = key.split('.');
  if (isDefault && ini.entries.some((other) => other.section === home && other.name === name)) {
    return { why: `what [${home}] says goes first` };
  }
  return rule(value, (where, other) => iniValue(ini, where, other));
}

function isToken({ section, name }: IniEntry): boolean {
  return name === TOKEN.name && (section === TOKEN.section || section === 'DEFAULT');
}

/** The one in `config.ini` goes first; where it is empty, the other file is read. */
function readToken(configured: string | undefined, file: string | undefined) {
  const places = [
    { key: `${CONFIG}: [${TOKEN.section}] ${TOKEN.name}`, value: configured },
    { key: TOKEN_FILE, value: file },
  ];
  const left: { key: string; why: string }[] = [];
  const taken: { key: string; setting: string }[] = [];
  let secret: string | undefined;
  for (const { key, value } of places) {
    if (value === undefined) continue;
    if (value.trim() === '') left.push({ key, why: 'it is empty' });
    else if (secret !== undefined) left.push({ key, why: `the token of ${CONFIG} goes first` });
    else {
      const checked = checkedToken(value);
      if ('why' in checked) left.push({ key, why: checked.why });
      else {
        secret = checked.token;
        taken.push({ key, setting: 'happy-accidents.token' });
      }
    }
  }
  return { secret, taken, left };
}

function checkedToken(value: string): { readonly token: string } | { readonly why: string } {
  try {
    return { token: checkToken(value) };
  } catch (thrown) {
    if (!(thrown instanceof AlbarettoError)) throw thrown;
    return { why: `${thrown.message}: ${thrown.hint ?? ''}` };
  }
}

/** The original knows the address of the list; here it is that of the API which has the list. */
function baseUrl(value: string): Outcome {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/u.test(url.protocol)) return { why: 'it is no http or https address' };
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return { why: 'a base URL has neither a user name nor a query' };
  }
  const base = /^(.*[^/])\/+inferences\/*$/u.exec(url.href)?.[1];
  if (base === undefined) return { why: 'it does not end with /inferences, as the address of the gallery does' };
  return { setting: 'happy-accidents.baseUrl', value: base };
}

function whole(setting: string, least: number, most: number): Rule {
  return (value) => {
    const number = /^\+?\d{1,9}$/u.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return { setting, value: String(number) };
    return { why: `it is no whole number from ${least} to ${most}` };
  };
}

function left(why: string): Rule {
  return () => ({ why });
}

/** One place for both is what the original comes with. */
function modelFolder(value: string, other: Parameters<Rule>[1]): Outcome {
  const folder = (path: string) => path.replace(/[/\\]+$/u, '').replaceAll('\\', '/');
  const destination = other('Output', 'download_dest');
  const same = destination !== undefined && folder(value) === `${folder(destination)}/models`;
  if (same) return { why: 'not needed: models are kept in models/ below the destination, as it says' };
  return { why: 'models are kept in models/ below the destination; move that folder there to go on with it' };
}

function logLevel(value: string): Outcome {
  const option: Readonly<Record<string, string>> = {
    DEBUG: '--debug shows as much',
    INFO: 'this is what is shown anyway; --verbose shows more',
    WARNING: '--quiet shows as little',
    ERROR: '--quiet shows as little',
    CRITICAL: '--quiet shows as little',
  };
  return { why: option[value.toUpperCase()] ?? 'how much is shown is said by --quiet, --verbose and --debug' };
}

function keyOf({ section, name }: IniEntry): string {
  return `${CONFIG}: [${printable(section, 60)}] ${printable(name, 60)}`;
}
