import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { openConfig } from '../src/config.js';
import { createCredentials } from '../src/credentials.js';
import { bundleProgram } from './support/bundle.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'albaretto-credentials-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const open = async () =>
  (await openConfig({ environment: { ALBARETTO_CONFIG_DIR: join(folder, 'config') } })).credentials;

describe('a stored secret', () => {
  test('is in credentials.json alone, and there for the next run', async () => {
    const credentials = await open();
    expect(credentials.secret('imgur', 'token')).toBeUndefined();
    await credentials.setSecret('imgur', 'token', 'hunter2hunter2');
    expect(credentials.path).toBe(join(folder, 'config', 'credentials.json'));
    expect((await open()).secret('imgur', 'token')).toBe('hunter2hunter2');
    expect((await open()).names()).toEqual(['imgur']);
  });

  test('stands beside others and displaces none', async () => {
    const credentials = await open();
    await credentials.setSecret('imgur', 'token', 'one');
    await credentials.setSecret('imgur', 'second', 'two');
    await credentials.setSecret('dalle2', 'token', 'three');
    expect(credentials.secret('imgur', 'token')).toBe('one');
    await credentials.forget('imgur');
    expect(credentials.names()).toEqual(['dalle2']);
    expect(readFileSync(credentials.path, 'utf8')).not.toMatch(/one|two/u);
  });

  test('that is no text, or empty, is none', async () => {
    const credentials = await open();
    await credentials.of('imgur').set({ token: '', other: 7 });
    expect(credentials.secret('imgur', 'token')).toBeUndefined();
    expect(credentials.secret('imgur', 'other')).toBeUndefined();
    expect(credentials.secret('imgur', 'toString')).toBeUndefined();
  });

  test('that is not there is forgotten without a trace', async () => {
    const credentials = await open();
    await credentials.forget('imgur');
    await credentials.of('imgur').delete();
    expect(existsSync(join(folder, 'config'))).toBe(false);
  });
});

describe('a plugin’s own record', () => {
  test('is read, replaced and deleted as a whole', async () => {
    const store = (await open()).of('google-drive');
    expect(await store.get()).toBeUndefined();
    await store.set({ refreshToken: 'x', scopes: ['a'] });
    await store.set({ refreshToken: 'y' });
    expect(await (await open()).of('google-drive').get()).toEqual({ refreshToken: 'y' });
    await store.delete();
    expect(await store.get()).toBeUndefined();
  });
});

describe('the lock', () => {
  test('lets one work at a time, in one process', async () => {
    const stores = [(await open()).of('google-drive'), (await open()).of('google-drive')];
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        stores[index % 2]!.locked(async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, 5));
          running -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
  });

  test('answers what the work answers, throws what it throws, and is free again', async () => {
    const store = (await open()).of('google-drive');
    expect(await store.locked(async () => 7)).toBe(7);
    await expect(store.locked(async () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(await store.locked(async () => 8)).toBe(8);
    expect(existsSync(join(folder, 'config', 'credentials.json.lock'))).toBe(false);
  });

  test('shows what another process stored while it was waited for, also for the first time', async () => {
    const [one, two] = [(await open()).of('google-drive'), (await open()).of('google-drive')];
    await one.locked(async () => one.set({ refreshToken: 'new' }));
    expect(await two.locked(() => two.get())).toEqual({ refreshToken: 'new' });
  });

  test('loses nothing between processes, from the first moment on', async () => {
    const program = await bundleProgram(
      join(import.meta.dirname, 'support', 'lock-program.ts'),
      join(folder, 'program'),
    );
    const count = () => promisify(execFile)(process.execPath, [program, join(folder, 'config'), '10']);
    await Promise.all([count(), count(), count()]);
    expect(await (await open()).of('google-drive').get()).toEqual({ count: 30 });
  });

  test('of a process that died is broken', async () => {
    const lock = join(folder, 'config', 'credentials.json.lock');
    mkdirSync(lock, { recursive: true });
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(lock, longAgo, longAgo);
    expect(await (await open()).of('google-drive').locked(async () => 'mine')).toBe('mine');
  });

  test('where nothing can be written fails with the folder’s name', async () => {
    writeFileSync(join(folder, 'config'), '');
    const store = (await open()).of('google-drive');
    await expect(store.locked(async () => 'never')).rejects.toMatchObject({ code: 'E_DESTINATION' });
  });
});

describe('the library of the lock', () => {
  test('throws nothing out of its timers, and what it refuses with is told in the program’s words', async () => {
    const lock = jest.fn(
      async (_path: string, _options: { onCompromised(error: Error): void }) => async () => undefined,
    );
    jest.unstable_mockModule('proper-lockfile', () => ({ default: { lock } }));
    jest.resetModules();
    const fresh = (await import('../src/credentials.js')).createCredentials;
    const file = {
      path: '/nowhere/credentials.json',
      get: () => undefined,
      all: () => ({}),
      set: async () => undefined,
      delete: async () => undefined,
      refresh: async () => undefined,
    };
    const store = fresh(file, () => undefined).of('google-drive');
    expect(await store.locked(async () => 'done')).toBe('done');
    expect(() => lock.mock.calls[0]![1].onCompromised(new Error('compromised'))).not.toThrow();

    const refuse = (code: string) => lock.mockRejectedValueOnce(Object.assign(new Error('raw'), { code }));
    refuse('ELOCKED');
    await expect(store.locked(async () => 'never')).rejects.toMatchObject({ code: 'E_UNAVAILABLE', retryable: true });
    refuse('EROFS');
    await expect(store.locked(async () => 'never')).rejects.toMatchObject({
      code: 'E_DESTINATION',
      message: '/nowhere/credentials.json cannot be locked (EROFS)',
    });
    expect(fresh).not.toBe(createCredentials);
  });
});
