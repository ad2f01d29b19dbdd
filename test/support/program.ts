/** Runs the built program as a person or a script would: a process of its own, a private folder, real pipes. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What `npm run build` makes; the tests never build it themselves. */
export const PROGRAM = resolve('dist/cli.js');

export interface RunOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Written to stdin, which is then closed. Default: nothing. */
  readonly input?: string;
  readonly cwd?: string;
  /** Told of the process as soon as it runs. */
  onStart?(child: RunningProgram): void;
  /** Told of everything that comes on stdout, as it comes. */
  onOutput?(text: string): void;
}

export interface RunningProgram {
  kill(signal: NodeJS.Signals): void;
}

export interface RunResult {
  /** 128 plus the signal's number when one ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder for one test, gone with `remove`. */
export interface Sandbox {
  readonly folder: string;
  readonly config: string;
  path(...parts: string[]): string;
  remove(): void;
}

export function openSandbox(): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'albaretto-test-'));
  return {
    folder,
    config: join(folder, 'config'),
    path: (...parts) => join(folder, ...parts),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The environment of a machine with nothing set: no proxy, no token, no colour, a home of its own. */
export function cleanEnvironment(
  sandbox: Sandbox,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: sandbox.folder,
    TMPDIR: sandbox.folder,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    ALBARETTO_CONFIG_DIR: sandbox.config,
    BROWSER: 'none',
    ...extra,
  };
}

export function runProgram(sandbox: Sandbox, options: RunOptions): Promise<RunResult> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [PROGRAM, ...options.args], {
      cwd: options.cwd ?? sandbox.folder,
      env: cleanEnvironment(sandbox, options.env),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onOutput?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', fail);
    child.once('close', (code, signal) => done({ code: code ?? (signal === 'SIGKILL' ? 137 : 130), stdout, stderr }));
    child.stdin.on('error', () => undefined); // it may leave before it has read everything
    child.stdin.end(options.input ?? '');
    options.onStart?.({ kill: (name) => void child.kill(name) });
  });
}
