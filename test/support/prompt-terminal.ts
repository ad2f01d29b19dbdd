/** The program with a prompt in a terminal, for the tests of one file. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { bundleProgram } from './bundle.js';
import { openTerminal, type Terminal, type TerminalOptions } from './terminal.js';

export const PROMPT = '[albaretto] [google-drive] > ';

export interface PromptTests {
  /** Opens a terminal and waits for its prompt. Sessions of one test share their history. */
  open(options?: Partial<TerminalOptions>): Promise<Terminal>;
  /** The test's own folder: `config/history` is made in it, and it is the one for temporary files. */
  folder(): string;
}

/** Registers what a test file needs: the bundled program, a folder a test, and terminals that are closed. */
export function usePromptTerminals(): PromptTests {
  let buildFolder = '';
  let program = '';
  let folder = '';
  let opened: Terminal[] = [];

  beforeAll(async () => {
    buildFolder = await mkdtemp(join(tmpdir(), 'albaretto-prompt-build-'));
    program = await bundleProgram('test/support/prompt-program.ts', buildFolder);
  });
  afterAll(() => rm(buildFolder, { recursive: true, force: true }));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'albaretto-prompt-'));
  });
  afterEach(async () => {
    await Promise.all(opened.map((terminal) => terminal.close()));
    opened = [];
    await rm(folder, { recursive: true, force: true });
  });

  return {
    folder: () => folder,
    async open({ env, ...options } = {}) {
      const all = { TEST_HISTORY: join(folder, 'config', 'history'), TMPDIR: folder, ...env };
      const terminal = openTerminal({ command: process.execPath, args: [program], env: all, ...options });
      opened.push(terminal);
      await terminal.waitFor((screen) => isAtPrompt(screen));
      return terminal;
    },
  };
}

/** The last line on the screen, put together from so many rows. */
export function lastLine(screen: readonly string[], rows = 1): string {
  const last = screen.findLastIndex((line) => line !== '');
  return screen.slice(Math.max(0, last - rows + 1), last + 1).join('');
}

/** Whether the last line is the prompt and what is typed behind it. */
export function isAtPrompt(screen: readonly string[], typed = ''): boolean {
  return lastLine(screen) === `${PROMPT}${typed}`.trimEnd();
}

/** Types a line and waits for its answer and the next prompt. */
export async function enter(terminal: Terminal, line: string, answer: string): Promise<void> {
  terminal.type(`${line}\r`);
  await terminal.waitFor((screen) => isAtPrompt(screen) && screen.includes(answer));
}

/** The rows that a line takes, without trailing blanks. */
export function wrapped(text: string, cols: number): string[] {
  const rows: string[] = [];
  for (let at = 0; at < text.length; at += cols) rows.push(text.slice(at, at + cols).trimEnd());
  return rows;
}
