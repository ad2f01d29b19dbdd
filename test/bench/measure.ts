/** Times whole processes from outside, turn by turn, so that a machine whose speed drifts favours nobody. */

import { spawn } from 'node:child_process';

export interface Contender {
  readonly name: string;
  /** Runs once and answers milliseconds. */
  run(): Promise<number>;
}

export interface Figure {
  readonly name: string;
  readonly best: number;
  readonly median: number;
  readonly worst: number;
}

/** Each contender once unmeasured, then in turn so many rounds. */
export async function measure(contenders: readonly Contender[], rounds: number): Promise<Figure[]> {
  const times = contenders.map((): number[] => []);
  for (const contender of contenders) await contender.run();
  for (let round = 0; round < rounds; round += 1) {
    for (const [position, contender] of contenders.entries()) times[position]!.push(await contender.run());
  }
  return contenders.map(({ name }, position) => figureOf(name, times[position]!));
}

function figureOf(name: string, times: readonly number[]): Figure {
  const sorted = [...times].sort((left, right) => left - right);
  return { name, best: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]!, worst: sorted.at(-1)! };
}

/** Milliseconds of a process from its start to its end. A failure of it is a failure of the benchmark. */
export function timeProcess(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<number> {
  return new Promise((done, fail) => {
    const begun = performance.now();
    const child = spawn(command, [...args], { env: { ...env }, cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.once('error', fail);
    child.once('exit', (code) => {
      const time = performance.now() - begun;
      if (code === 0) done(time);
      else fail(new Error(`${command} ${args.join(' ')} ended with ${code}: ${errors}`));
    });
  });
}
