/** What a process costs: time by our own clock, processor time and memory by the system's account. */

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Sandbox } from '../support/program.js';

export interface Invocation {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Cost {
  readonly seconds: number;
  /** User and system; not a number where this machine has nothing that tells. */
  readonly cpuSeconds: number;
  /** Bytes of the largest resident set; not a number where this machine has nothing that tells. */
  readonly peakMemory: number;
}

/** GNU time asks the system with wait4, which Node does not offer; what it costs itself is no millisecond. */
const GNU_TIME = '/usr/bin/time';
const FORMAT = '%U %S %M';
export const ACCOUNTS = spawnSync(GNU_TIME, ['-f', FORMAT, 'true']).status === 0;

/** The last characters of what a process says that are kept. */
const WORDS = 2_000;

/** @throws Error with the process's own last words when it fails. */
export async function runAccounted({ command, args, env }: Invocation, place: Sandbox): Promise<Cost> {
  const file = place.path('cost');
  const accounted = ACCOUNTS ? [GNU_TIME, '-o', file, '-f', FORMAT, command, ...args] : [command, ...args];
  const begun = performance.now();
  await run(accounted, env, place.folder);
  const seconds = (performance.now() - begun) / 1000;
  if (!ACCOUNTS) return { seconds, cpuSeconds: Number.NaN, peakMemory: Number.NaN };
  const [user, system, kibibytes] = readFileSync(file, 'utf8').trim().split(' ').map(Number);
  return { seconds, cpuSeconds: user! + system!, peakMemory: kibibytes! * 1024 };
}

function run([command = '', ...args]: readonly string[], env: Invocation['env'], cwd: string): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { env: { ...env }, cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = `${errors}${text}`.slice(-WORDS);
    });
    child.once('error', fail);
    child.once('close', (code) => {
      const lines = errors.trim().split('\n');
      if (code === 0) done();
      else fail(new Error(`it ended with ${code} and said: ${lines.slice(-2).join(' / ').trim()}`));
    });
  });
}
