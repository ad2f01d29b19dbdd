import { existsSync, readdirSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cleanEnvironment, openSandbox, PROGRAM, runProgram, type Sandbox } from '../support/program.js';
import { type Services, startServices } from '../support/services.js';
import { openTerminal } from '../support/terminal.js';

let services: Services;
let sandbox: Sandbox;

beforeEach(async () => {
  services = await startServices();
  sandbox = openSandbox();
});
afterEach(async () => {
  await services.close();
  sandbox.remove();
});

const run = (line: string, args: string[] = []) =>
  runProgram(sandbox, { args: ['local-filesystem', '-c', line, ...args], env: services.env });
const downloads = () => services.dalle2.requests.filter((request) => request.host === 'blob').length;
const pages = () => services.dalle2.requests.filter((request) => request.target.includes('page=')).length;

describe('the same again', () => {
  test('downloads nothing that is still there, and says so in display order', async () => {
    const task = services.dalle2.addTask({ count: 3 });
    await run(`fetch ${task.id} | save out`);
    const before = downloads();
    const result = await run(`fetch ${task.id} | save out`);
    expect(result.code).toBe(0);
    expect(downloads()).toBe(before);
    expect(result.stdout.trimEnd().split('\n')).toEqual(
      task.generations.map(({ id }) => `  ✓ Already saved ${id}.webp in out`),
    );
  });

  test('fetches what was taken away, and only that', async () => {
    const task = services.dalle2.addTask({ count: 3 });
    await run(`fetch ${task.id} | save out`);
    rmSync(sandbox.path('out', `${task.generations[1]!.id}.webp`));
    const before = downloads();
    const result = await run(`fetch ${task.id} | save out`);
    expect(result.code).toBe(0);
    expect(downloads()).toBe(before + 1);
    expect(existsSync(sandbox.path('out', `${task.generations[1]!.id}.webp`))).toBe(true);
    expect(readdirSync(sandbox.path('out'))).toHaveLength(6);
  });

  test('--again fetches all of it, and makes no second file', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    await run(`fetch ${task.id} | save out`);
    const before = downloads();
    await run(`fetch ${task.id} --again | save out`);
    expect(downloads()).toBe(before + 2);
    expect(readdirSync(sandbox.path('out'))).toHaveLength(4);
  });

  test('another folder is another destination', async () => {
    const task = services.dalle2.addTask({ count: 1 });
    await run(`fetch ${task.id} | save one`);
    await run(`fetch ${task.id} | save two`);
    expect(readdirSync(sandbox.path('two'))).toHaveLength(2);
  });

  test('a history with nothing new costs one page', async () => {
    for (let number = 0; number < 120; number += 1) services.dalle2.addTask({ count: 1 });
    await run('fetch --all | save all');
    expect(pages()).toBe(3);
    const before = downloads();
    const result = await run('fetch --all | save all');
    expect(result.code).toBe(0);
    expect(pages()).toBe(4);
    expect(downloads()).toBe(before);
  }, 60_000);

  test('a history that was not read to its end is walked on', async () => {
    for (let number = 0; number < 120; number += 1) services.dalle2.addTask({ count: 1 });
    const size = services.dalle2.tasks[0]!.generations[0]!.picture.length;
    const first = await run(`fetch --all | save all --max-total ${60 * size}`);
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('--max-total');
    const saved = readdirSync(sandbox.path('all')).length;
    expect(saved).toBeGreaterThanOrEqual(120);
    expect(saved).toBeLessThan(240);
    const before = downloads();
    const second = await run('fetch --all | save all');
    expect(second.code).toBe(0);
    expect(readdirSync(sandbox.path('all'))).toHaveLength(240);
    expect(downloads() - before).toBeLessThanOrEqual(120 - saved / 2);
  }, 60_000);
});

test('a second run of the same job waits for the first, or leaves', async () => {
  const task = services.dalle2.addTask({ count: 1 });
  services.dalle2.faults.inject({
    path: new RegExp(task.generations[0]!.id),
    what: { kind: 'drip', bytes: 400, everyMilliseconds: 100 },
    count: 1,
  });
  const first = run(`fetch ${task.id} | save out`);
  while (downloads() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const leaving = await run(`fetch ${task.id} | save out --if-running leave`);
  const waiting = await run(`fetch ${task.id} | save out`);
  expect((await first).code).toBe(0);
  expect(leaving.code).toBe(5);
  expect(leaving.stderr).toContain('does the same');
  expect(waiting.code).toBe(0);
  expect(waiting.stdout).toContain('Already saved');
}, 60_000);

test('what was fetched outlives a kill, and the next shell offers it', async () => {
  const task = services.dalle2.addTask({ count: 3 });
  services.dalle2.faults.inject({
    path: new RegExp(task.generations[2]!.id),
    what: { kind: 'stall', when: 'during' },
    count: 99,
  });
  let kill: (() => void) | undefined;
  let seen = '';
  const killed = await runProgram(sandbox, {
    args: ['local-filesystem', '-c', `fetch ${task.id}`],
    env: services.env,
    onStart: (child) => {
      kill = () => child.kill('SIGKILL');
    },
    onOutput: (text) => {
      seen += text;
      // Both are told as soon as they are here; a moment later both are on the disk.
      if (seen.includes(task.generations[1]!.id)) setTimeout(() => kill?.(), 300);
    },
  });
  expect(killed.code).toBe(137);
  const shell = openTerminal({
    command: process.execPath,
    args: [PROGRAM, 'local-filesystem'],
    cwd: sandbox.folder,
    env: cleanEnvironment(sandbox, services.env),
  });
  try {
    await shell.waitFor('2 items');
    shell.type('y\r');
    await shell.waitFor('[local-filesystem] >');
    shell.type('save rescued\r');
    await shell.waitFor(`Saved ${task.generations[1]!.id}.webp to rescued`);
    shell.key('ctrl-d');
    expect(await shell.exit).toBe(0);
    expect(readdirSync(sandbox.path('rescued'))).toHaveLength(4);
    expect(readdirSync(sandbox.path('config', 'unsaved'))).toEqual([]);
  } finally {
    await shell.close();
  }
}, 60_000);
