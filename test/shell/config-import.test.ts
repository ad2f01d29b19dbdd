import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ImportedSettings, SettingsImporter } from '../../src/plugin.js';
import { testCredentials, testSink, testSource } from '../support/plugins.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.c2VjcmV0';

let rig: ShellRig;
/** What the importer was given, and what it makes of it. */
let given: ReadonlyMap<string, string> | undefined;
let found: ImportedSettings;
let loads: number;

const importer: SettingsImporter = {
  files: ['config.ini', 'auth_token.txt'],
  load: async () => {
    loads += 1;
    return {
      read(files) {
        given = files;
        return found;
      },
    };
  },
};

const gallery = testSource('gallery', {
  importer,
  credentials: {
    ...testCredentials,
    check: (pasted) => {
      const token = pasted.trim().replace(/^Bearer /u, '');
      if (token.length > 8) return token;
      throw new Error('this is no token');
    },
  },
  options: [
    { name: 'page-size', type: 'string', description: 'so many at once' },
    { name: 'order', type: 'string', description: 'which first', choices: ['new', 'old'] },
  ],
});

beforeEach(async () => {
  rig = await openShellRig({ plugins: [gallery, testSink('folder'), testSource('other')] });
  given = undefined;
  loads = 0;
  found = { settings: {}, secrets: {}, taken: [], left: [] };
  mkdirSync(inside('old'));
});
afterEach(() => rig.close());

/** In the folder that relative paths begin in. */
const inside = (...parts: string[]) => join(dirname(rig.folder), ...parts);
const leave = (name: string, text: string) => writeFileSync(inside('old', name), text);
const exitOf = async (line: string) => (await rig.run(line)).exit;
const notices = () => rig.told('notice').map(({ text }) => text);
const read = (name: string) => {
  const path = join(rig.folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};
const get = (key: string) => rig.session.runtime.config.settings.get(key);

describe('config import', () => {
  test('takes settings and secrets over, and names each key that it took and each that it could not', async () => {
    leave('config.ini', '[x]\n');
    leave('auth_token.txt', TOKEN);
    found = {
      settings: { 'gallery.page-size': '50', transfers: '4', 'gallery.baseUrl': 'https://api.example.org/v1' },
      secrets: { token: `Bearer ${TOKEN}` },
      taken: [
        { key: 'config.ini: page_size', setting: 'gallery.page-size' },
        { key: 'config.ini: at_once', setting: 'transfers' },
        { key: 'config.ini: url', setting: 'gallery.baseUrl' },
        { key: 'auth_token.txt', setting: 'gallery.token' },
      ],
      left: [{ key: 'config.ini: log', why: 'a log is written where --log-file says' }],
    };
    expect(await exitOf('config import old')).toBe(0);
    expect([...given!]).toEqual([
      ['config.ini', '[x]\n'],
      ['auth_token.txt', TOKEN],
    ]);
    expect(notices()).toEqual([
      '[gallery] config.ini: page_size is now gallery.page-size',
      '[gallery] config.ini: at_once is now transfers',
      '[gallery] config.ini: url is now gallery.baseUrl',
      '[gallery] auth_token.txt is now gallery.token',
      '[gallery] config.ini: log was not taken: a log is written where --log-file says',
    ]);
    expect([get('gallery.page-size'), get('transfers'), get('gallery.baseUrl')]).toEqual([
      '50',
      4,
      'https://api.example.org/v1',
    ]);
    expect(JSON.parse(read('credentials.json'))).toMatchObject({ gallery: { token: TOKEN } });
    expect(statSync(join(rig.folder, 'credentials.json')).mode & 0o777).toBe(0o600);
  });

  test('names keys that config knows, also for a secret that a source has beside its token', async () => {
    leave('auth_token.txt', '');
    found = {
      ...found,
      secrets: { token: TOKEN, refresh_token: 'r3fr3sh' },
      taken: [
        { key: 'access', setting: 'gallery.token' },
        { key: 'refresh', setting: 'gallery.refresh_token' },
      ],
    };
    await rig.run('config import old');
    expect(notices()).toEqual([
      '[gallery] access is now gallery.token',
      '[gallery] refresh is now kept with gallery.token',
    ]);
    await rig.run('config list');
    expect(rig.told('setting').map(({ key }) => key)).toEqual(['gallery.token']);
  });

  test('shows no secret, and keeps it out of every line from then on', async () => {
    leave('auth_token.txt', TOKEN);
    found = {
      ...found,
      secrets: { token: `Bearer ${TOKEN}` },
      taken: [{ key: 'auth_token.txt', setting: 'gallery.token' }],
    };
    await rig.run('config import old');
    expect(JSON.stringify(rig.events)).not.toContain(TOKEN);
    expect(read('config.json')).not.toContain(TOKEN);
    expect(rig.session.runtime.redactor.clean(`it is ${TOKEN}.`)).not.toContain(TOKEN);
  });

  test.each([
    [{ 'gallery.order': 'sideways' }, 'gallery.order', 'gallery.order is one of new, old'],
    [{ transfers: '9000' }, 'transfers', 'transfers is a whole number from 1'],
    [{ 'gallery.colour': 'red' }, 'gallery.colour', 'there is no such setting'],
    [{ 'gallery.baseUrl': 'ftp://x' }, 'gallery.baseUrl', 'the value is not an http or https URL'],
  ])('%j is not taken, and says why; the rest is', async (settings, setting, why) => {
    leave('config.ini', '');
    found = {
      ...found,
      settings: { 'gallery.page-size': '50', ...settings },
      taken: [
        { key: 'odd', setting },
        { key: 'size', setting: 'gallery.page-size' },
      ],
    };
    expect(await exitOf('config import old')).toBe(0);
    expect(notices()[0]).toMatch(`[gallery] odd was not taken: ${why}`);
    expect(notices()[1]).toBe('[gallery] size is now gallery.page-size');
    expect([get(setting), get('gallery.page-size')]).toEqual([undefined, '50']);
  });

  test('a secret of a wrong form is not taken, and what was typed in this session stays', async () => {
    leave('auth_token.txt', 'x');
    rig.session.tokens.set('gallery', 'typed-before');
    found = { ...found, secrets: { token: 'x' }, taken: [{ key: 'auth_token.txt', setting: 'gallery.token' }] };
    expect(await exitOf('config import old')).toBe(2);
    expect(notices()).toEqual(['[gallery] auth_token.txt was not taken: this is no token']);
    expect(read('credentials.json')).toBe('');
    expect(rig.session.tokens.get('gallery')).toBe('typed-before');
  });

  test('a token of this session is meant no more once another one was taken, and stays where none was', async () => {
    leave('config.ini', '');
    rig.session.tokens.set('gallery', 'typed-before');
    await rig.run('config import old');
    expect(rig.session.tokens.get('gallery')).toBe('typed-before');
    found = { ...found, secrets: { token: TOKEN } };
    await rig.run('config import old');
    expect(rig.session.tokens.has('gallery')).toBe(false);
  });

  test('a destination is meant from the folder of the other program', async () => {
    leave('config.ini', '');
    found = { ...found, settings: { 'folder.destination': './downloads' } };
    await rig.run('config import old');
    expect(get('folder.destination')).toBe(inside('old', 'downloads'));
    found = { ...found, settings: { 'folder.destination': '/pictures' } };
    await rig.run('config import old');
    expect(get('folder.destination')).toBe('/pictures');
  });

  test('reads the files that a source knows and no others, and a link to one too', async () => {
    leave('config.ini.bak', 'x');
    leave('secrets.txt', TOKEN);
    writeFileSync(inside('elsewhere.ini'), 'from elsewhere');
    symlinkSync(inside('elsewhere.ini'), inside('old', 'config.ini'));
    expect(await exitOf('config import old')).toBe(0);
    expect([...given!]).toEqual([['config.ini', 'from elsewhere']]);
  });

  test.each<[string, () => void]>([
    ['holds none of them', () => leave('other.ini', '')],
    ['is not there', () => undefined],
    ['is a file', () => writeFileSync(inside('gone'), '')],
  ])('of a folder that %s is a usage error that names the files', async (_name, prepare) => {
    prepare();
    for (const folder of ['old', 'gone']) expect(await exitOf(`config import ${folder}`)).toBe(2);
    expect(rig.told('error')[0]!.message).toMatch(
      /holds no settings that are known: they are in config\.ini, auth_token\.txt/u,
    );
    expect(rig.told('error')[1]!.message).toMatch(/gone is no folder/u);
    expect(loads).toBe(0);
  });

  test.each<[string, () => void]>([
    ['a folder', () => mkdirSync(inside('old', 'config.ini'))],
    ['too large', () => leave('config.ini', 'x'.repeat(1_048_577))],
  ])('of a file that is %s is a usage error', async (_name, prepare) => {
    prepare();
    expect(await exitOf('config import old')).toBe(2);
    expect(rig.told('error')[0]!.message).toContain('config.ini cannot be read (no file of settings)');
    expect(read('config.json')).toBe('');
  });

  test.each(['config import', 'config import old more'])(
    '%s is a usage error: nothing is read unasked',
    async (line) => {
      writeFileSync(inside('config.ini'), '');
      expect(await exitOf(line)).toBe(2);
      expect(loads).toBe(0);
    },
  );

  test('is the only command that reads them', async () => {
    writeFileSync(inside('config.ini'), '');
    writeFileSync(inside('auth_token.txt'), TOKEN);
    rig.service.add({ count: 1 });
    for (const line of ['config list', 'sources', 'fetch --all', 'save there', 'list']) await rig.run(line);
    expect(loads).toBe(0);
  });

  test('lets nothing of a file drive the terminal', async () => {
    leave('config.ini', '');
    found = { ...found, left: [{ key: 'x\u001b]0;y\u0007', why: '\u001b[2J' }] };
    await rig.run('config import old');
    expect(notices().join()).not.toMatch(/\u001b|\u0007/u);
  });
});
