import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StoredFile } from '../fakes/google/index.js';
import { openSandbox, type RunResult, runProgram, type Sandbox } from '../support/program.js';
import { type Services, startServices } from '../support/services.js';

let services: Services;
let sandbox: Sandbox;

beforeEach(async () => {
  services = await startServices();
  sandbox = openSandbox();
  services.google.addUser();
  const { installed } = services.google.addClient();
  writeFileSync(sandbox.path('credentials.json'), JSON.stringify({ installed }));
});
afterEach(async () => {
  expect(services.proxy.refused).toEqual([]);
  await services.close();
  sandbox.remove();
});

function run(
  lines: string | string[],
  options: { args?: string[]; env?: Record<string, string>; credentials?: boolean; input?: string } = {},
): Promise<RunResult> {
  return runProgram(sandbox, {
    args: [
      'google-drive',
      ...(options.credentials === false ? [] : ['credentials.json']),
      ...[lines].flat().flatMap((line) => ['-c', line]),
      ...(options.args ?? []),
    ],
    env: { ...services.env, BROWSER: services.browser, ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
  });
}

const isFolder = (file: StoredFile) => file.mimeType === 'application/vnd.google-apps.folder';
const pictures = () => services.google.files().filter((file) => file.mimeType === 'image/webp');
const folderNamed = (name: string) => services.google.files().find((file) => isFolder(file) && file.name === name);

describe('saving to Google Drive, over TLS to the real host names', () => {
  test('signs in through the browser and saves pictures with their records, bytes, times and prompts', async () => {
    const task = services.dalle2.addTask({ caption: 'a tin robot watering ferns', count: 3 });
    const result = await run(`fetch ${task.id} | save`);
    expect(result.code).toBe(0);
    const folder = folderNamed('albaretto')!;
    expect(services.google.children(folder.id)).toHaveLength(6);
    for (const generation of task.generations) {
      const stored = pictures().find((file) => file.name === `${generation.id}.webp`)!;
      expect(stored.content?.equals(generation.picture)).toBe(true);
      expect(stored.description).toBe('a tin robot watering ferns');
      expect(result.stdout).toContain(`  ✓ Saved ${generation.id}.webp to My Drive/albaretto\n`);
      const record = services.google.files().find((file) => file.name === `${generation.id}.json`)!;
      expect(new Date(stored.createdTime).toISOString()).toBe(JSON.parse(record.content!.toString()).createdAt);
    }
    expect(statSync(sandbox.path('config', 'credentials.json')).mode & 0o777).toBe(0o600);
  });

  test('later runs need no credentials file and no sign-in, and make no second file', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    await run(`fetch ${task.id} | save`);
    const stored = services.google.files().length;
    const signIns = services.google.requestsTo('POST', /\/token/u).length;
    const result = await run(`fetch ${task.id} | save`, { credentials: false, env: { BROWSER: 'none' } });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('Already saved');
    expect(services.google.files()).toHaveLength(stored);
    expect(services.google.requestsTo('POST', /\/token/u)).toHaveLength(signIns);
  });

  test('--new makes a folder, says so and shows its link at the end', async () => {
    const task = services.dalle2.addTask({ count: 1 });
    const result = await run(`fetch ${task.id} | save --new "Robots"`);
    const folder = folderNamed('Robots')!;
    expect(result.stdout).toContain(`  ✓ Created a new folder 'Robots' under My Drive/albaretto\n`);
    expect(result.stdout.trimEnd().split('\n').at(-1)).toContain(folder.id);
    expect(services.google.children(folder.id)).toHaveLength(2);
  });

  test('a folder that the person made is granted through the Picker once, and the same save goes on', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    const mine = services.google.addFolder({ name: 'Mine' });
    await run('fetch demo | save', { args: ['--source', 'demo'] });
    services.google.consent = { pick: [mine.id] };
    const result = await run(`fetch ${task.id} | save ${mine.id}`);
    expect(result.stderr).not.toContain('✗');
    expect(result.code).toBe(0);
    expect(services.google.children(mine.id)).toHaveLength(4);
    const again = await run(`fetch ${task.id} | save https://drive.google.com/drive/folders/${mine.id}`, {
      env: { BROWSER: 'none' },
    });
    expect(again.code).toBe(0);
    expect(services.google.children(mine.id)).toHaveLength(4);
  });

  test('a folder that is not granted ends with 6 and the remedy, and nothing was uploaded', async () => {
    const task = services.dalle2.addTask({ count: 1 });
    const mine = services.google.addFolder({ name: 'Mine' });
    const result = await run(`fetch ${task.id} | save ${mine.id}`);
    expect(result.code).toBe(6);
    expect(result.stderr).toContain('--scope drive');
    expect(pictures()).toHaveLength(0);
  });

  test('an answer that is lost after the file was made leads to no second file', async () => {
    const task = services.dalle2.addTask({ count: 3 });
    services.google.faults.inject({
      method: 'POST',
      path: /\/upload\/drive\/v3\/files/u,
      hit: 1,
      count: 2,
      reset: 'after',
    });
    const result = await run(`fetch ${task.id} | save`);
    expect(result.code).toBe(0);
    expect(
      pictures()
        .map((file) => file.name)
        .sort(),
    ).toEqual(task.generations.map((generation) => `${generation.id}.webp`).sort());
  }, 60_000);

  test('a kill between the create and its answer leads to no second file in the next run', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    await run('list');
    services.google.faults.inject({
      method: 'POST',
      path: /\/upload\/drive\/v3\/files/u,
      hit: 1,
      count: 1,
      stall: 'after',
    });
    await runProgram(sandbox, {
      args: ['google-drive', 'credentials.json', '-c', `fetch ${task.id} | save`],
      env: { ...services.env, BROWSER: services.browser },
      onStart: (child) => {
        const timer = setInterval(() => {
          if (pictures().length === 0) return;
          clearInterval(timer);
          child.kill('SIGKILL');
        }, 20);
      },
    });
    services.google.faults.clear();
    const result = await run(`fetch ${task.id} | save`);
    expect(result.code).toBe(0);
    const names = services.google
      .files()
      .filter((file) => !isFolder(file))
      .map((file) => file.name);
    expect(names.sort()).toEqual([...new Set(names)].sort());
    expect(names).toHaveLength(4);
  }, 60_000);

  test('a kill while the folder of --new is made leads to no second folder, however late that arrives', async () => {
    const task = services.dalle2.addTask({ count: 1 });
    await run('login google-drive');
    const folders = () => services.google.requestsTo('POST', /^\/drive\/v3\/files/u).length;
    const late = 4000;
    services.google.faults.inject({ method: 'POST', path: /^\/drive\/v3\/files/u, hit: 2, delay: late });
    await runProgram(sandbox, {
      args: ['google-drive', '-c', `fetch ${task.id} | save --new Robots`],
      env: { ...services.env, BROWSER: 'none' },
      onStart: (child) => {
        const timer = setInterval(() => {
          if (folders() < 2) return;
          clearInterval(timer);
          child.kill('SIGKILL');
        }, 20);
      },
    });
    const arrives = Date.now() + late;
    const result = await run(`fetch ${task.id} | save --new Robots`, { credentials: false });
    expect(result.code).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, arrives - Date.now() + 200));
    expect(services.google.files().filter(({ name }) => name === 'Robots')).toHaveLength(1);
  }, 60_000);

  test('a full Drive stops the run once with 6, and says what to do', async () => {
    const task = services.dalle2.addTask({ count: 4 });
    services.google.faults.inject({
      method: 'POST',
      path: /\/upload\//u,
      count: 99,
      status: 403,
      reason: 'storageQuotaExceeded',
    });
    const result = await run(`fetch ${task.id} | save`);
    expect(result.code).toBe(6);
    expect(result.stderr.match(/✗/gu)!.length).toBeLessThanOrEqual(4); // those that were on their way together
  });

  test('a revoked sign-in ends with 3', async () => {
    await run('fetch demo | save', { args: ['--source', 'demo'] });
    services.google.faults.inject({ path: /\/token/u, count: 99, status: 400, reason: 'invalid_grant' });
    services.google.clock.advance(7_200_000);
    const result = await run('fetch demo | save', { args: ['--source', 'demo'], env: { BROWSER: 'none' } });
    expect(result.code).toBe(3);
    expect(result.stderr).not.toMatch(/1\/\/|ya29/u);
  });

  test.each([
    ['has ended', true],
    ['has not', false],
  ])(
    'before a script an access token whose time is over is renewed: a sign-in that %s is known then',
    async (_how, isEnded) => {
      await run('login google-drive');
      const path = sandbox.path('config', 'credentials.json');
      const stored = JSON.parse(readFileSync(path, 'utf8'));
      stored['google-drive'].signIn.expiresAt = 0;
      writeFileSync(path, JSON.stringify(stored));
      if (isEnded) services.google.settings.refuseRefresh = { description: 'Token has been expired or revoked.' };
      const task = services.dalle2.addTask({ count: 1 });
      const result = await run([`fetch ${task.id}`, 'save'], { credentials: false, env: { BROWSER: 'none' } });
      expect(result.code).toBe(isEnded ? 3 : 0);
      expect(services.dalle2.requests.length > 0).toBe(!isEnded);
    },
  );

  test('where nobody can answer, the sign-in prints its address and ends with 3 at the end of the input', async () => {
    const result = await run('fetch demo | save', { args: ['--source', 'demo'], env: { BROWSER: 'none' } });
    expect(result.code).toBe(3);
    expect(result.stderr + result.stdout).toContain('https://accounts.google.com/o/oauth2/v2/auth');
    const piped = await runProgram(sandbox, {
      args: ['google-drive', 'credentials.json'],
      env: { ...services.env, BROWSER: 'none' },
      input: 'fetch x\nsave\n',
    });
    expect(piped.code).toBe(3);
  });

  test("an opener of the system that finds no browser is noticed: the sign-in's address is shown at once", async () => {
    if (process.platform !== 'linux') return;
    mkdirSync(sandbox.path('bin'));
    writeFileSync(sandbox.path('bin', 'xdg-open'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    const result = await run('fetch demo | save', {
      args: ['--source', 'demo'],
      env: { BROWSER: '', DISPLAY: ':0', PATH: `${sandbox.path('bin')}:${process.env.PATH}` },
    });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('https://accounts.google.com/o/oauth2/v2/auth');
    expect(result.stderr).not.toContain('waiting for you to sign in');
  }, 20_000);

  test('--dry-run needs no sign-in and writes nothing', async () => {
    const result = await run('fetch demo | save', {
      args: ['--source', 'demo', '--dry-run'],
      env: { BROWSER: 'none' },
    });
    expect(result.code).toBe(0);
    expect(services.google.requests).toHaveLength(0);
  });

  test('logout --revoke ends the grant at Google and forgets the tokens', async () => {
    await run('fetch demo | save', { args: ['--source', 'demo'] });
    const result = await run('logout google-drive --revoke', { credentials: false });
    expect(result.code).toBe(0);
    expect(services.google.requestsTo('POST', /\/revoke/u)).toHaveLength(1);
    expect(readFileSync(sandbox.path('config', 'credentials.json'), 'utf8')).not.toMatch(/refresh/iu);
  });
});
