/** Starts and ends the servers of the benchmarks. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { bundleProgram } from '../support/bundle.js';
import type { HostFacts, HostOptions, RequestCounts } from './image-host.js';

/** Beside the bundled benchmark itself, so that packages are found. */
const FOLDER = 'node_modules/.cache/albaretto/hosts';

export interface HostProcess<Facts, Counts> {
  readonly facts: Facts;
  /** What was asked for since the last call. */
  takeCounts(): Promise<Counts>;
  close(): Promise<void>;
}

export interface ImageHost extends HostFacts {
  /** What was asked for since the last call. */
  takeCounts(): Promise<RequestCounts>;
  close(): Promise<void>;
}

export async function startImageHost(options: HostOptions): Promise<ImageHost> {
  const { facts, takeCounts, close } = await startHost<HostFacts, RequestCounts>('test/bench/image-host.ts', options);
  return { ...facts, takeCounts, close };
}

/**
 * Answers when the server has made its pictures and listens.
 * @param entryPoint A module that tells its facts once, and its counts whenever it is sent anything.
 */
export async function startHost<Facts, Counts>(
  entryPoint: string,
  options: unknown,
): Promise<HostProcess<Facts, Counts>> {
  const child = fork(await bundleProgram(entryPoint, FOLDER, { whole: false }), [JSON.stringify(options)], {
    execArgv: [],
    stdio: 'inherit',
  });
  const facts = (await message(child)) as Facts;
  return {
    facts,
    async takeCounts() {
      child.send('take-counts');
      return (await message(child)) as Counts;
    },
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((done, fail) => {
    const onExit = (code: number | null) => fail(new Error(`the host ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (value) => {
      child.off('exit', onExit);
      done(value);
    });
  });
}
