import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openConfig, readVariable, variableName } from '../src/config.js';

let home: string;
let umask: number;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'albaretto-config-'));
  umask = process.umask(0o022);
});

afterEach(() => {
  process.umask(umask);
  rmSync(home, { recursive: true, force: true });
});

const open = (profile?: string, folder = join(home, 'config')) =>
  openConfig({ environment: { ALBARETTO_CONFIG_DIR: folder }, ...(profile === undefined ? {} : { profile }) });

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('this should have failed');
}

describe('the folder', () => {
  test('is where ALBARETTO_CONFIG_DIR says, and is not made to be looked at', async () => {
    const config = await open();
    expect(config.folder).toBe(join(home, 'config'));
    expect(config.settings.get('source')).toBeUndefined();
    expect(config.settings.all()).toEqual({});
    expect(config.credentials.names()).toEqual([]);
    expect(existsSync(config.folder)).toBe(false);
  });

  test('is that of the system otherwise', async () => {
    if (process.platform !== 'linux') return;
    const folderOf = async (environment: Record<string, string>) => (await openConfig({ environment })).folder;
    expect(await folderOf({ XDG_CONFIG_HOME: join(home, 'xdg') })).toBe(join(home, 'xdg', 'albaretto'));
    expect(await folderOf({ XDG_CONFIG_HOME: 'relative', ALBARETTO_CONFIG_DIR: '' })).toMatch(
      /\/\.config\/albaretto$/u,
    );
  });

  test('is 0700 and its files are 0600 under any umask', async () => {
    for (const mask of [0o022, 0o000]) {
      process.umask(mask);
      const config = await open(undefined, join(home, `config-${mask}`, 'deep'));
      await config.settings.set('source', 'demo');
      await config.credentials.setSecret('imgur', 'token', 'hunter2hunter2');
      await config.memory.set('google-drive.folder', 'abc');
      expect(modeOf(config.folder)).toBe('700');
      for (const name of ['config.json', 'credentials.json', 'state.json']) {
        expect(modeOf(join(config.folder, name))).toBe('600');
      }
      expect(modeOf(config.subfolder('kept'))).toBe('700');
    }
  });

  test('and its files are made private again when they were not', async () => {
    const folder = join(home, 'config');
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(join(folder, 'credentials.json'), '{"imgur":{"token":"hunter2hunter2"}}', { mode: 0o644 });
    const config = await open();
    expect(config.credentials.secret('imgur', 'token')).toBe('hunter2hunter2');
    expect(modeOf(join(folder, 'credentials.json'))).toBe('600');
    expect(modeOf(folder)).toBe('700');
  });

  test('that cannot be made is told with its path', async () => {
    writeFileSync(join(home, 'file'), '');
    const config = await open(undefined, join(home, 'file', 'config'));
    for (const work of [
      () => config.ensureFolder(),
      () => config.subfolder('kept'),
      () => config.settings.set('source', 'demo'),
      () => config.credentials.setSecret('imgur', 'token', 'x'),
    ]) {
      expect(await failureOf(work)).toMatchObject({
        code: 'E_DESTINATION',
        reach: 'run',
        message: expect.stringMatching(/file\/config(\/\w+)? cannot be written \(E\w+\)$/u),
        hint: expect.stringContaining('ALBARETTO_CONFIG_DIR'),
      });
    }
  });
});

describe('a profile', () => {
  test('has a folder of its own, private in all its parts', async () => {
    const [plain, work] = [await open(), await open('work')];
    expect(work.folder).toBe(join(plain.folder, 'profiles', 'work'));
    await work.credentials.setSecret('imgur', 'token', 'of work');
    await plain.credentials.setSecret('imgur', 'token', 'of home');
    expect((await open('work')).credentials.secret('imgur', 'token')).toBe('of work');
    expect((await open()).credentials.secret('imgur', 'token')).toBe('of home');
    for (const folder of [plain.folder, join(plain.folder, 'profiles'), work.folder])
      expect(modeOf(folder)).toBe('700');
  });

  test.each(['a', 'Work', 'work-2', 'a.b_c', '1', 'x'.repeat(64)])('may be called %s', async (name) => {
    expect((await open(name)).folder).toBe(join(home, 'config', 'profiles', name));
  });

  test.each(['', '.', '..', '../x', 'a/b', 'a\\b', '.hidden', '-x', 'a b', 'me@', 'ä', 'a\0b', 'x'.repeat(65)])(
    'may not be called %j',
    async (name) => {
      expect(await failureOf(() => open(name))).toMatchObject({ code: 'E_USAGE' });
    },
  );
});

describe('settings', () => {
  test('are kept for the next run, by dotted key', async () => {
    const { settings } = await open();
    await settings.set('source', 'demo');
    await settings.set('google-drive.scope', 'drive');
    await settings.set('limits.itemBytes', 5);
    expect(settings.get('google-drive.scope')).toBe('drive');
    const again = (await open()).settings;
    expect(again.all()).toEqual({ source: 'demo', 'google-drive': { scope: 'drive' }, limits: { itemBytes: 5 } });
    await again.delete('google-drive.scope');
    await again.delete('never.there');
    expect((await open()).settings.get('google-drive.scope')).toBeUndefined();
    expect(again.get('limits.itemBytes')).toBe(5);
  });

  test('that another process has written are seen and kept', async () => {
    const [one, two] = [await open(), await open()];
    await one.settings.set('source', 'demo');
    await two.settings.set('sink', 'google-drive');
    expect(one.settings.all()).toEqual({ source: 'demo', sink: 'google-drive' });
  });

  test('that another process has written for the first time are seen when asked for anew', async () => {
    const [one, two] = [await open(), await open()];
    await one.settings.set('source', 'demo');
    expect(two.settings.get('source')).toBeUndefined();
    await two.settings.refresh();
    expect(two.settings.get('source')).toBe('demo');
  });

  test('reach no prototype', async () => {
    const { settings } = await open();
    await settings.set('__proto__.polluted', true).catch(() => undefined);
    await settings.set('constructor.prototype.polluted', true).catch(() => undefined);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test.each(['', '{', '{"source":', 'source = demo'])(
    'in a file that holds %j are not guessed, and not written over',
    async (text) => {
      const folder = join(home, 'config');
      mkdirSync(folder);
      const path = join(folder, 'config.json');
      writeFileSync(path, text);
      expect(await failureOf(() => open())).toMatchObject({
        code: 'E_USAGE',
        reach: 'run',
        message: `${path} cannot be read as JSON`,
        hint: 'mend it or move it away',
      });
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  test('that break while the program runs are told, and not written over', async () => {
    const { settings } = await open();
    await settings.set('source', 'demo');
    writeFileSync(settings.path, '{"source":');
    for (const work of [
      () => settings.get('source'),
      () => settings.all(),
      () => settings.set('sink', 'x'),
      () => settings.delete('x'),
    ]) {
      expect(await failureOf(work)).toMatchObject({ code: 'E_USAGE' });
    }
    expect(readFileSync(settings.path, 'utf8')).toBe('{"source":');
  });

  test('in what is no file are told with their path', async () => {
    mkdirSync(join(home, 'config', 'config.json'), { recursive: true });
    expect(await failureOf(() => open())).toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining('EISDIR'),
    });
  });
});

describe('a variable of the environment', () => {
  test.each([
    ['dalle2', 'token', 'ALBARETTO_DALLE2_TOKEN'],
    ['happy-accidents', 'token', 'ALBARETTO_HAPPY_ACCIDENTS_TOKEN'],
    ['happy-accidents', 'baseUrl', 'ALBARETTO_HAPPY_ACCIDENTS_BASE_URL'],
    ['google-drive', 'no-browser', 'ALBARETTO_GOOGLE_DRIVE_NO_BROWSER'],
  ])('of %s for %s is %s', (plugin, name, variable) => {
    expect(variableName(plugin, name)).toBe(variable);
  });

  test('that is empty is not set', () => {
    expect(readVariable({ A: 'x' }, 'A')).toBe('x');
    expect(readVariable({ A: '' }, 'A')).toBeUndefined();
    expect(readVariable({}, 'A')).toBeUndefined();
  });
});
