/** Starts and ends the server of the transfer benchmarks. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { build } from 'esbuild';
import type { HostFacts, HostOptions, RequestCounts } from './image-host.js';

export interface ImageHost extends HostFacts {
  /** What was asked for since the last call. */
  takeCounts(): Promise<RequestCounts>;
  close(): Promise<void>;
}

/** Answers when the server has made its pictures and listens. */
export async function startImageHost(options: HostOptions): Promise<ImageHost> {
  const child = fork(await bundled(), [JSON.stringify(options)], { execArgv: [], stdio: 'inherit' });
  const facts = (await message(child)) as HostFacts;
  return {
    ...facts,
    async takeCounts() {
      child.send('take-counts');
      return (await message(child)) as RequestCounts;
    },
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** Beside the bundled benchmark itself, so that packages are found. */
async function bundled(): Promise<string> {
  const outfile = 'node_modules/.cache/albaretto/image-host.mjs';
  const options = { bundle: true, platform: 'node', target: 'node20', format: 'esm', packages: 'external' } as const;
  await build({ ...options, entryPoints: ['test/bench/image-host.ts'], outfile, logLevel: 'warning' });
  return outfile;
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((done, fail) => {
    const onExit = (code: number | null) => fail(new Error(`the image host ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (value) => {
      child.off('exit', onExit);
      done(value);
    });
  });
}
