import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSandbox, runProgram, type Sandbox } from '../support/program.js';
import { type Services, startServices } from '../support/services.js';

let services: Services;
let sandbox: Sandbox;

beforeAll(async () => {
  services = await startServices();
  sandbox = openSandbox();
});
afterAll(async () => {
  await services.close();
  sandbox.remove();
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/** Every secret that this run could have met, in clear and as it stands in a URL. */
function secretsOf(clientSecret: string): string[] {
  const stored = JSON.parse(readFileSync(sandbox.path('config', 'credentials.json'), 'utf8'));
  const tokens = JSON.stringify(stored).match(/(?:ya29\.|1\/\/)[\w.~/-]+/gu) ?? [];
  const codes = services.google.requests
    .flatMap((request) => [...new URLSearchParams(request.search).entries()])
    .filter(([name]) => ['code', 'upload_id'].includes(name))
    .map(([, value]) => value);
  const signatures = services.proxy.requests.flatMap((request) => /[?&]sig=([^&]+)/u.exec(request.path)?.[1] ?? []);
  expect(tokens.length).toBeGreaterThan(0);
  expect(signatures.length).toBeGreaterThan(0);
  return [
    services.dalle2.token,
    clientSecret,
    ...tokens,
    ...codes,
    ...signatures,
    ...signatures.map(decodeURIComponent),
  ];
}

test('no secret appears in any output, log, record, configuration or history', async () => {
  const user = services.google.addUser();
  expect(user).toBeDefined();
  const { installed } = services.google.addClient();
  writeFileSync(sandbox.path('credentials.json'), JSON.stringify({ installed }));
  const task = services.dalle2.addTask({ count: 2 });
  const failing = services.dalle2.addTask({ count: 1 });
  services.dalle2.faults.inject({
    path: new RegExp(failing.generations[0]!.id),
    count: 99,
    what: { kind: 'status', status: 403 },
  });
  services.google.faults.inject({ method: 'POST', path: /\/upload\//u, hit: 2, count: 1, status: 503 });
  const env = { ...services.env, BROWSER: services.browser };
  const outputs: string[] = [];
  for (const args of [
    [
      'google-drive',
      'credentials.json',
      '--debug',
      '--log-file',
      'run.log',
      '-c',
      `fetch ${task.id} | save`,
      '-c',
      `fetch ${failing.id}`,
    ],
    ['google-drive', '--json', '--debug', '--log-file', 'run.log', '-c', `fetch ${task.id} | save`],
    ['local-filesystem', '--debug', '-c', `fetch ${task.id} | save out`, '-c', 'config list'],
    [services.dalle2.token, 'local-filesystem', '--debug', '-c', `fetch ${task.id} | save out2`],
  ]) {
    const result = await runProgram(sandbox, {
      args,
      env: args[0] === services.dalle2.token ? { ...env, ALBARETTO_DALLE2_TOKEN: '' } : env,
    });
    outputs.push(result.stdout, result.stderr);
  }
  const secrets = secretsOf(installed.client_secret);
  const written = filesBelow(sandbox.folder)
    .filter((path) => !path.endsWith('credentials.json'))
    .map((path) => [relative(sandbox.folder, path), readFileSync(path, 'latin1')] as const);
  for (const secret of secrets) {
    for (const output of outputs) expect(output.includes(secret)).toBe(false);
    for (const [name, text] of written) expect([name, text.includes(secret)]).toEqual([name, false]);
  }
}, 60_000);

test('what the program keeps is readable by its owner alone', () => {
  expect(statSync(sandbox.config).mode & 0o777).toBe(0o700);
  for (const path of filesBelow(sandbox.config)) expect([path, statSync(path).mode & 0o777]).toEqual([path, 0o600]);
});

test('a token on the command line works, is told once to be visible, and is not stored', async () => {
  const own = openSandbox();
  try {
    const task = services.dalle2.addTask({ count: 1 });
    const result = await runProgram(own, {
      args: [services.dalle2.token, 'local-filesystem', '-c', `fetch ${task.id}`, '-c', `fetch ${task.id} | save out`],
      env: { ...services.env, ALBARETTO_DALLE2_TOKEN: '' },
    });
    expect(result.code).toBe(0);
    expect(result.stderr.match(/others on this machine can see/gu)).toHaveLength(1);
    expect(filesBelow(own.folder).some((path) => readFileSync(path, 'latin1').includes(services.dalle2.token))).toBe(
      false,
    );
  } finally {
    own.remove();
  }
});
