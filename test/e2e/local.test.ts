import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openSandbox, runProgram, type Sandbox } from '../support/program.js';
import { type Services, startServices } from '../support/services.js';

let services: Services;
let sandbox: Sandbox;

beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.close());
beforeEach(() => {
  sandbox = openSandbox();
});
afterEach(() => sandbox.remove());

const run = (line: string | string[], extra: { args?: string[]; env?: Record<string, string>; input?: string } = {}) =>
  runProgram(sandbox, {
    args: ['local-filesystem', ...[line].flat().flatMap((text) => ['-c', text]), ...(extra.args ?? [])],
    env: { ...services.env, ...extra.env },
    ...(extra.input === undefined ? {} : { input: extra.input }),
  });

describe('fetch … | save … to a folder, over TLS to the real host names', () => {
  test('prints and writes what the README shows', async () => {
    const task = services.dalle2.addTask({ caption: 'a tin robot watering ferns', count: 4 });
    const result = await run(`fetch ${task.id} | save pictures`);
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    const lines = result.stdout.trimEnd().split('\n');
    const ids = task.generations.map((generation) => generation.id);
    expect(
      lines.filter((line) => line.includes('Fetched')).map((line) => line.replace(/\d+\.\d\d KiB/u, 'SIZE')),
    ).toEqual(ids.map((id) => `  ✓ Fetched ${id} (SIZE)`));
    expect(lines.filter((line) => line.includes('Saved'))).toEqual(ids.map((id) => `  ✓ Saved ${id}.webp to pictures`));
    expect(readdirSync(sandbox.path('pictures')).sort()).toEqual(
      ids.flatMap((id) => [`${id}.json`, `${id}.webp`]).sort(),
    );
    expect(services.dalle2.leaks()).toEqual([]);
    expect(services.proxy.refused).toEqual([]);
  });

  test('each picture has a record with its prompt, its digest and the service’s own record beside it', async () => {
    const task = services.dalle2.addTask({ caption: 'a lighthouse made of glass', count: 1 });
    await run(`fetch ${task.id} | save .`);
    const [generation] = task.generations;
    const bytes = readFileSync(sandbox.path(`${generation!.id}.webp`));
    const record = JSON.parse(readFileSync(sandbox.path(`${generation!.id}.json`), 'utf8'));
    expect(record).toMatchObject({
      source: 'dalle2',
      task: task.id,
      id: generation!.id,
      index: 1,
      prompt: 'a lighthouse made of glass',
      file: `${generation!.id}.webp`,
      mediaType: 'image/webp',
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      redacted: ['raw.generation.generation.image_path'],
    });
    expect(record.raw.generation.generation.image_path).toMatch(/\/image\.webp\?…$/u);
    expect(statSync(sandbox.path(`${generation!.id}.webp`)).mtime.toISOString()).toBe(record.createdAt);
    expect(Date.parse(record.createdAt) / 1000).toBeGreaterThanOrEqual(task.created);
  });

  test('the same again writes nothing and says so', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    await run(`fetch ${task.id} | save again`);
    const before = readdirSync(sandbox.path('again')).map((name) => statSync(sandbox.path('again', name)).ino);
    const result = await run(`fetch ${task.id} | save again`);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain(`  ✓ Already saved ${task.generations[0]!.id}.webp in again`);
    expect(readdirSync(sandbox.path('again')).map((name) => statSync(sandbox.path('again', name)).ino)).toEqual(before);
  });

  test('a task id works with and without its prefix, and -g picks generations', async () => {
    const task = services.dalle2.addTask({ count: 4 });
    const result = await run(`fetch ${task.id.slice('task-'.length)} -g 2 -g 4 | save two --no-metadata`);
    expect(result.code).toBe(0);
    expect(readdirSync(sandbox.path('two')).sort()).toEqual(
      [1, 3].map((n) => `${task.generations[n]!.id}.webp`).sort(),
    );
  });

  test('a generation that is not there is a usage error that says how many there are, and nothing is fetched', async () => {
    const task = services.dalle2.addTask({ count: 4 });
    const before = services.dalle2.requests.filter((request) => request.host === 'blob').length;
    const result = await run(`fetch ${task.id} -g 2 -g 7`);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`${task.id} has 4 generations; there is no 7`);
    expect(services.dalle2.requests.filter((request) => request.host === 'blob').length).toBe(before);
  });

  test.each([['-g 4-2'], ['-g 0'], ['-g x'], ['-g 2,,3']])('%s is a usage error before any request', async (option) => {
    const before = services.dalle2.requests.length;
    const result = await run(`fetch task-AAAAAAAAAAAAAAAAAAAAAAAA ${option}`);
    expect(result.code).toBe(2);
    expect(services.dalle2.requests.length).toBe(before);
  });

  test('--new makes a folder first and says so', async () => {
    const task = services.dalle2.addTask({ count: 1 });
    const result = await run(`fetch ${task.id} | save base --new 'My Robots'`);
    expect(result.stdout).toContain(`  ✓ Created a new folder 'My Robots' under base\n`);
    expect(readdirSync(sandbox.path('base', 'My Robots'))).toContain(`${task.generations[0]!.id}.webp`);
  });

  test('fetch … > folder means the same as fetch … | save folder', async () => {
    const task = services.dalle2.addTask({ count: 1 });
    const result = await run(`fetch ${task.id} > there`);
    expect(result.code).toBe(0);
    expect(readdirSync(sandbox.path('there'))).toHaveLength(2);
  });

  test('lines from a pipe are one session, in order', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    const result = await runProgram(sandbox, {
      args: ['local-filesystem'],
      env: services.env,
      input: `# a comment\nfetch ${task.id}\n\nlist\nsave out 2\nsave out\n`,
    });
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    expect(readdirSync(sandbox.path('out'))).toHaveLength(4);
  });

  test('the whole history is fetched with --all, newest first, page by page', async () => {
    const own = await startServices();
    try {
      for (let number = 0; number < 53; number += 1) own.dalle2.addTask({ count: 1 });
      const result = await runProgram(sandbox, {
        args: ['local-filesystem', '-c', 'fetch --all | save all'],
        env: own.env,
      });
      expect(result.code).toBe(0);
      expect(readdirSync(sandbox.path('all')).filter((name) => name.endsWith('.webp'))).toHaveLength(53);
      expect(own.dalle2.requests.filter((request) => request.host === 'api').map((request) => request.target)).toEqual([
        '/api/labs/tasks?page=1&limit=50',
        '/api/labs/tasks?page=2&limit=50',
      ]);
    } finally {
      await own.close();
    }
  });

  test('--dry-run says what would be fetched and written, and does neither', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    const before = services.dalle2.requests.filter((request) => request.host === 'blob').length;
    const result = await run(`fetch ${task.id} | save nowhere`, { args: ['--dry-run'] });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain(`Would fetch ${task.generations[0]!.id}`);
    expect(result.stdout).toContain(`Would save ${task.generations[0]!.id}.webp to ${sandbox.path('nowhere')}`);
    expect(readdirSync(sandbox.folder)).not.toContain('nowhere');
    expect(services.dalle2.requests.filter((request) => request.host === 'blob').length).toBe(before);
  });

  test('--json prints one event a line on stdout and nothing else there', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    const result = await run(`fetch ${task.id} | save json`, { args: ['--json'] });
    const events = result.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.every((event) => event.v === 1 && typeof event.time === 'string')).toBe(true);
    expect(events.filter((event) => event.event !== 'progress').map((event) => event.event)).toEqual(
      expect.arrayContaining(['fetched', 'fetched', 'saved', 'saved', 'summary']),
    );
  });
});

describe('exit codes', () => {
  test('1 when some items failed, and later lines still run', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    services.dalle2.faults.inject({
      path: new RegExp(task.generations[0]!.id),
      what: { kind: 'status', status: 404 },
      count: 99,
    });
    const result = await run([`fetch ${task.id} | save some`, 'list']);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(task.generations[0]!.id);
    expect(readdirSync(sandbox.path('some'))).toHaveLength(2);
  });

  test.each([
    ['fetsch x'],
    ['save nowhere'],
    ['fetch --source dalle2 ../etc/passwd'],
    ['fetch'],
    ['fetch a | list'],
    ["fetch 'a"],
  ])('2 for %s', async (line) => {
    const result = await run(line);
    expect(result.code).toBe(2);
    expect(result.stderr).not.toMatch(/\n\s+at /u);
  });

  test('3 without a token, with one of the wrong kind, and with one that the service refuses', async () => {
    const task = services.dalle2.addTask({ count: 1 });
    const missing = await run(`fetch ${task.id}`, { env: { ALBARETTO_DALLE2_TOKEN: '' } });
    expect(missing.code).toBe(3);
    const wrong = await run(`fetch ${task.id}`, { env: { ALBARETTO_DALLE2_TOKEN: 'sk-abcdefgh12345678' } });
    expect([wrong.code, wrong.stderr.includes('sk-abcdefgh')]).toEqual([3, false]);
    const refused = await run(`fetch ${task.id}`, { env: { ALBARETTO_DALLE2_TOKEN: 'sess-notTheRightOne12345' } });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('Incorrect API key provided');
    expect(refused.stderr).not.toContain('notTheRightOne');
  });

  test('4 for a task that is not there', async () => {
    expect((await run('fetch task-zzzzzzzzzzzzzzzzzzzzzzzz')).code).toBe(4);
  });

  test('5 when the network is gone', async () => {
    const result = await run('fetch task-zzzzzzzzzzzzzzzzzzzzzzzz', { env: { HTTPS_PROXY: 'http://127.0.0.1:1' } });
    expect(result.code).toBe(5);
    expect(result.stderr).toContain('[dalle2]');
  }, 60_000);

  test('6 when the destination refuses', async () => {
    const task = services.dalle2.addTask({ count: 1 });
    const result = await run(`fetch ${task.id} | save /dev/null/x`);
    expect(result.code).toBe(6);
  });

  test.each(['nobody writes to', 'somebody keeps open in silence'])(
    'Ctrl-C while references are read from a pipe that %s ends the program at once',
    async (state) => {
      const pipe = sandbox.path('links');
      execFileSync('mkfifo', [pipe]);
      const writer = state.startsWith('nobody') ? undefined : spawn('sh', ['-c', 'exec sleep 60 > "$0"', pipe]);
      const result = await runProgram(sandbox, {
        args: ['local-filesystem', '-c', 'fetch --from-file links | save out'],
        onStart: (child) => setTimeout(() => child.kill('SIGINT'), 1_500),
      });
      writer?.kill();
      expect(result).toMatchObject({ code: 130, stderr: expect.stringContaining('interrupted') });
    },
  );

  test('130 after Ctrl-C, and what was fetched before is saved or said', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    services.dalle2.faults.inject({
      path: new RegExp(task.generations[1]!.id),
      what: { kind: 'stall', when: 'before' },
      count: 99,
    });
    let child: { kill(signal: NodeJS.Signals): void } | undefined;
    const result = await runProgram(sandbox, {
      args: ['local-filesystem', '-c', `fetch ${task.id}`],
      env: services.env,
      onStart: (running) => {
        child = running;
      },
      onOutput: () => child?.kill('SIGINT'),
    });
    expect(result.code).toBe(130);
    expect(result.stderr).toContain('interrupted');
  });
});
