import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cleanEnvironment, openSandbox, PROGRAM, type Sandbox } from '../support/program.js';
import { type Services, startServices } from '../support/services.js';
import { openTerminal, type Terminal, type TerminalOptions } from '../support/terminal.js';

let services: Services;
let sandbox: Sandbox;
let terminal: Terminal | undefined;

const LOCAL = '[albaretto] [local-filesystem] > ';
const DRIVE = '[albaretto] [google-drive] > ';

beforeEach(async () => {
  services = await startServices();
  sandbox = openSandbox();
});
afterEach(async () => {
  await terminal?.close();
  await services.close();
  sandbox.remove();
});

function open(args: string[], options: Partial<TerminalOptions> = {}, env: Record<string, string> = {}): Terminal {
  terminal = openTerminal({
    command: process.execPath,
    args: [PROGRAM, ...args],
    cwd: sandbox.folder,
    env: cleanEnvironment(sandbox, { ...services.env, ...env }),
    ...options,
  });
  return terminal;
}

/** Waits for an empty prompt in the last row that is not blank. */
const promptAgain = (prompt: string) => (screen: readonly string[]) =>
  screen.filter((row) => row !== '').at(-1) === prompt.trimEnd();

async function enter(shell: Terminal, line: string, prompt: string): Promise<void> {
  shell.type(line);
  await shell.waitFor((screen) => screen.join('').includes(line)); // it may wrap
  shell.key('enter');
  await shell.waitFor(promptAgain(prompt));
}

describe.each([
  ['80 columns', 80, 24],
  ['200 columns', 200, 50],
])('the README’s session for a folder in a real terminal of %s', (_name, cols, rows) => {
  test('terms, fetch, list, save, exit', async () => {
    const task = services.dalle2.addTask({ caption: 'a tin robot watering ferns', count: 2 });
    const shell = open(['local-filesystem'], { cols, rows });
    await shell.waitFor(promptAgain(LOCAL));
    expect(shell.everything().join('')).toContain('https://openai.com/policies/terms-of-use');
    await enter(shell, `fetch ${task.id}`, LOCAL);
    for (const { id } of task.generations)
      expect(shell.everything().join('\n')).toMatch(new RegExp(`  ✓ Fetched ${id} \\(\\d+\\.\\d\\d KiB\\)`, 'u'));
    await enter(shell, 'list', LOCAL);
    expect(shell.everything().join('')).toContain('a tin robot watering ferns');
    await enter(shell, 'save ~/pictures', LOCAL);
    expect(shell.everything().join('\n')).toContain(`  ✓ Saved ${task.generations[1]!.id}.webp to ~/pictures`);
    expect(readdirSync(sandbox.path('pictures'))).toHaveLength(4);
    shell.type('exit\r');
    expect(await shell.exit).toBe(0);
  });
});

test('the README’s session for Google Drive in a real terminal', async () => {
  services.google.addUser();
  const { installed } = services.google.addClient();
  writeFileSync(sandbox.path('credentials.json'), JSON.stringify({ installed }));
  const task = services.dalle2.addTask({ count: 2 });
  const shell = open(
    [services.dalle2.token, 'google-drive', 'credentials.json'],
    {},
    { BROWSER: services.browser, ALBARETTO_DALLE2_TOKEN: '' },
  );
  await shell.waitFor(promptAgain(DRIVE), 20_000);
  await enter(shell, `fetch ${task.id}`, DRIVE);
  await enter(shell, 'save --new "Robots"', DRIVE);
  expect(shell.everything().join('\n')).toContain("  ✓ Created a new folder 'Robots' under My Drive/albaretto");
  expect(services.google.files().filter((file) => file.mimeType === 'image/webp')).toHaveLength(2);
  shell.key('ctrl-d');
  expect(await shell.exit).toBe(0);
});

test('with a source other than the default the prompt names it', async () => {
  const shell = open(['local-filesystem', '--source', 'demo']);
  await shell.waitFor(promptAgain('[albaretto] [demo] [local-filesystem] > '));
  await enter(shell, 'use dalle2', LOCAL);
});

test('Tab completes commands, options and ids of the buffer', async () => {
  const shell = open(['local-filesystem', '--source', 'demo']);
  const prompt = '[albaretto] [demo] [local-filesystem] > ';
  await shell.waitFor(promptAgain(prompt));
  shell.type('fet\t');
  await shell.waitFor(`${prompt}fetch`);
  shell.type('demo\r');
  await shell.waitFor(promptAgain(prompt));
  shell.type('drop demo-la\t');
  await shell.waitFor('drop demo-lantern');
  shell.type('\r');
  await shell.waitFor(promptAgain(prompt));
  shell.type('save out --ne\t');
  await shell.waitFor('save out --new');
  shell.key('ctrl-c');
  await shell.waitFor(promptAgain(prompt));
});

test('Ctrl-C in mid-fetch returns to the prompt at once, what was fetched stays, and leaving asks first', async () => {
  const task = services.dalle2.addTask({ count: 2 });
  services.dalle2.faults.inject({
    path: new RegExp(task.generations[1]!.id),
    what: { kind: 'stall', when: 'during' },
    count: 99,
  });
  const shell = open(['local-filesystem']);
  await shell.waitFor(promptAgain(LOCAL));
  shell.type(`fetch ${task.id}\r`);
  await shell.waitFor(`Fetched ${task.generations[0]!.id}`);
  shell.key('ctrl-c');
  await shell.waitFor('interrupted; 1 item is in the buffer', 5000);
  await shell.waitFor(promptAgain(LOCAL), 5000);
  shell.key('ctrl-d');
  await shell.waitFor('1 item is not saved yet and kept for seven days. Leave?');
  shell.type('n\r');
  await shell.waitFor(promptAgain(LOCAL));
  await enter(shell, 'save out', LOCAL);
  expect(readdirSync(sandbox.path('out'))).toHaveLength(2);
  shell.key('ctrl-c');
  expect(await shell.exit).toBe(0);
});

test('the history lasts across sessions and holds no secret', async () => {
  const first = open(['local-filesystem', '--source', 'demo']);
  const prompt = '[albaretto] [demo] [local-filesystem] > ';
  await first.waitFor(promptAgain(prompt));
  await enter(first, 'help drop', prompt);
  await enter(first, 'config set dalle2.token sess-0123456789abcdef', prompt);
  first.key('ctrl-d');
  await first.exit;
  await first.close();
  const second = open(['local-filesystem', '--source', 'demo']);
  await second.waitFor(promptAgain(prompt));
  second.key('up');
  await second.waitFor(`${prompt}help drop`);
  expect(readFileSync(sandbox.path('config', 'history'), 'utf8')).not.toContain('sess-');
});

test('a token is asked for without showing it when none is there', async () => {
  const task = services.dalle2.addTask({ count: 1 });
  const shell = open(['local-filesystem'], {}, { ALBARETTO_DALLE2_TOKEN: '' });
  await shell.waitFor(promptAgain(LOCAL));
  shell.type(`fetch ${task.id}\r`);
  await shell.waitFor('DALL·E 2 session token:');
  shell.type(`${services.dalle2.token}\r`);
  await shell.waitFor(`Fetched ${task.generations[0]!.id}`);
  expect(shell.raw()).not.toContain(services.dalle2.token);
});
