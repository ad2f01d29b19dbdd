import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import comfyui from '../../sources/comfyui/index.js';
import dalle2 from '../../sources/dalle2/index.js';
import type { Ask } from '../../src/plugin.js';
import { storedToken } from '../../src/wiring.js';
import { closedAfterEach } from '../support/after-each.js';
import { testSink } from '../support/plugins.js';
import { openShellRig, type ShellRig, type ShellRigOptions } from '../support/shell-rig.js';
import { nobody } from '../support/sink-context.js';

const TOKEN = 'sess-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3';

const drive = testSink('drive', {
  options: [
    { name: 'scope', type: 'string', description: 'what is asked for', choices: ['file', 'all'] },
    { name: 'no-browser', type: 'boolean', description: 'print the address' },
  ],
});

let rig: ShellRig;

const open = closedAfterEach(
  (options: ShellRigOptions = {}) => openShellRig({ plugins: [dalle2, drive], ...options }),
  (other) => other.close(),
);

beforeEach(async () => {
  rig = await open();
});

const exitOf = async (line: string) => (await rig.run(line)).exit;
const settings = () => Object.fromEntries(rig.told('setting').map(({ key, value }) => [key, value]));
const file = (name: string) => join(rig.folder, name);
const read = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');

describe('config set', () => {
  test.each<[string, string, unknown]>([
    ['sink', 'drive', 'drive'],
    ['source', 'dalle2', 'dalle2'],
    ['proxy', 'http://127.0.0.1:3128', 'http://127.0.0.1:3128'],
    ['dalle2.baseUrl', 'https://labs.example.org/api', 'https://labs.example.org/api'],
    ['dalle2.wait', '60', '60'],
    ['drive.scope', 'all', 'all'],
    ['drive.no-browser', 'yes', true],
    ['limits.itemBytes', '5000000', 5_000_000],
  ])('%s %s is kept, and get and list show it', async (key, value, kept) => {
    expect(await exitOf(`config set ${key} ${value}`)).toBe(0);
    expect(await exitOf(`config get ${key}`)).toBe(0);
    expect(rig.told('setting')).toEqual([{ event: 'setting', key, value: kept }]);
    rig.events.length = 0;
    await rig.run('config list');
    expect(settings()).toEqual({ [key]: kept });
    expect(statSync(file('config.json')).mode & 0o777).toBe(0o600);
    expect(statSync(rig.folder).mode & 0o777).toBe(0o700);
  });

  test('of a setting that is not there lists those that are, and the tokens', async () => {
    await rig.run('config set nowhere.scope all');
    expect(rig.complaints()[0]).toMatch(/the settings are source, .*drive\.scope.*dalle2\.token/u);
  });

  test.each([
    'config set nowhere.scope all',
    'config set drive.scope everything',
    'config set drive.no-browser perhaps',
    'config set sink nowhere',
    'config set proxy somewhere',
    'config set limits.itemBytes -1',
    'config set drive.scope',
    'config set drive.scope all more',
    'config set',
    'config get',
    'config get drive.scope',
    'config frobnicate',
    'config',
    'config list drive',
    'config path x',
    'config unset',
  ])('%s is a usage error, and nothing is written', async (line) => {
    expect(await exitOf(line)).toBe(2);
    expect(read('config.json')).toBe('');
    expect(read('credentials.json')).toBe('');
  });

  test('what was unset is gone', async () => {
    await rig.run('config set drive.scope all');
    expect(await exitOf('config unset drive.scope')).toBe(0);
    expect(await exitOf('config get drive.scope')).toBe(2);
    rig.events.length = 0;
    await rig.run('config list');
    expect(rig.events).toEqual([]);
  });
});

describe('config set servers.<name>', () => {
  test('keeps a kind and an address, and says from when on it is a source', async () => {
    expect(await exitOf('config set servers.studio dalle2 https://studio.example/api/')).toBe(0);
    expect(rig.told('notice').map(({ text }) => text)).toEqual(['studio is a source from the next start on']);
    await rig.run('config list');
    expect(settings()).toEqual({ 'servers.studio': 'dalle2 https://studio.example/api' });
    expect(await exitOf('config unset servers.studio')).toBe(0);
    expect(await exitOf('config get servers.studio')).toBe(2);
  });

  test.each([
    'config set servers.studio',
    'config set servers.studio dalle2',
    'config set servers.studio nowhere https://studio.example',
    'config set servers.studio dalle2 https://studio.example more',
    'config set servers.dalle2 dalle2 https://studio.example',
    'config set servers. dalle2 https://studio.example',
    'config set servers.a.b dalle2 https://studio.example',
    'config set servers.__proto__ dalle2 https://studio.example',
  ])('%s is a usage error, and nothing is written', async (line) => {
    expect(await exitOf(line)).toBe(2);
    expect(read('config.json')).toBe('');
  });
});

test('the value of an option that is a secret is masked, and kept out of what is printed', async () => {
  rig = await open({ plugins: [comfyui] });
  expect(await exitOf("config set comfyui.header 'X-Api: s3cr3tvalue99'")).toBe(0);
  await rig.run('config list');
  await rig.run('config get comfyui.header');
  expect(rig.told('setting').map(({ value }) => value)).toEqual(['********', '********']);
  expect(rig.session.runtime.redactor.finds('X-Api: s3cr3tvalue99')).toBe(true);
});

test('a sign-in is not unset but ended', async () => {
  await rig.session.runtime.config.credentials.setSecret('google-drive', 'refreshToken', 'x');
  expect(await exitOf('config unset google-drive.login')).toBe(2);
  expect(rig.told('error').at(-1)!.message).toContain('logout google-drive');
});

describe('config set <source>.token', () => {
  test('writes the credential store, and no other file', async () => {
    expect(await exitOf(`config set dalle2.token ${TOKEN}`)).toBe(0);
    expect(JSON.parse(read('credentials.json'))).toMatchObject({ dalle2: { token: TOKEN } });
    expect(statSync(file('credentials.json')).mode & 0o777).toBe(0o600);
    expect(read('config.json')).not.toContain('sess-');
    expect(read('state.json')).not.toContain('sess-');
  });

  test('is used from then on, also where another one was typed before', async () => {
    rig.session.tokens.set('dalle2', 'sess-typedBeforeThisOne');
    await rig.run(`config set dalle2.token ${TOKEN}`);
    expect(rig.session.tokens.has('dalle2')).toBe(false);
    expect(storedToken(dalle2, rig.session.runtime, rig.session.started)).toBe(TOKEN);
  });

  test('is masked by get and list', async () => {
    await rig.run(`config set dalle2.token ${TOKEN}`);
    await rig.run('config get dalle2.token');
    await rig.run('config list');
    expect(settings()).toEqual({ 'dalle2.token': '********' });
    expect(JSON.stringify(rig.events)).not.toContain(TOKEN);
  });

  test('cleans what was pasted, and keeps it out of all that is printed', async () => {
    await rig.run(`config set dalle2.token 'Bearer ${TOKEN}'`);
    expect(JSON.parse(read('credentials.json'))).toMatchObject({ dalle2: { token: TOKEN } });
    expect(rig.session.runtime.redactor.clean(`it is ${TOKEN}.`)).not.toContain(TOKEN);
  });

  test('of a wrong form is refused, and not kept', async () => {
    expect(await exitOf('config set dalle2.token sk-abcdefghijklmnop')).toBe(3);
    expect(read('credentials.json')).toBe('');
    expect(rig.complaints().join()).not.toContain('sk-abcdefghijklmnop');
  });

  test('without a value asks for it, hidden', async () => {
    const asked: string[] = [];
    const ask: Ask = {
      ...nobody(),
      interactive: true,
      secret: async (question) => {
        asked.push(question);
        return TOKEN;
      },
    };
    rig = await open({ ask });
    expect(await exitOf('config set dalle2.token')).toBe(0);
    expect(asked).toEqual(['DALL·E 2 session token: ']);
    expect(JSON.parse(read('credentials.json'))).toMatchObject({ dalle2: { token: TOKEN } });
  });

  test('without a value and with nobody there is exit 3', async () => {
    expect(await exitOf('config set dalle2.token')).toBe(3);
  });

  test('is forgotten by unset', async () => {
    await rig.run(`config set dalle2.token ${TOKEN}`);
    expect(await exitOf('config unset dalle2.token')).toBe(0);
    expect(read('credentials.json')).not.toContain('sess-');
    expect(await exitOf('config get dalle2.token')).toBe(2);
  });

  test('of a source that has none is no setting', async () => {
    expect(await exitOf('config set memory.token abcdefgh')).toBe(2);
  });
});

test('a token that somebody wrote into the configuration by hand is masked too', async () => {
  await rig.session.runtime.config.settings.set('dalle2.token', TOKEN);
  await rig.run('config list');
  await rig.run('config get dalle2.token');
  expect(settings()).toEqual({ 'dalle2.token': '********' });
});

test('the sign-in of a sink is listed, and not shown', async () => {
  await rig.session.runtime.config.credentials.of('drive').set({ refresh_token: '1//0gabcdefghijklmnop' });
  await rig.run('config list');
  expect(settings()).toEqual({ 'drive.login': '********' });
});

test('config path says where it all is', async () => {
  await rig.run('config path');
  expect(rig.told('text')).toEqual([{ event: 'text', text: rig.folder }]);
});
