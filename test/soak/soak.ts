/** A long pipe from a service that is in trouble all the time: it must end complete, and in constant memory. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FakeDalle2 } from '../fakes/dalle2/index.js';
import { checkFolder, committedFiles, committedItems, falseRows, picturesOf } from '../support/archive-check.js';
import { openSandbox, type RunResult, runProgram, type Sandbox } from '../support/program.js';
import { startServices } from '../support/services.js';

const PRELOAD = pathToFileURL(resolve('test/support/memory-report.mjs')).href;
const ITEMS_OF_A_TASK = 10;
const PICTURE_BYTES = 2_000;

export interface SoakResult {
  readonly run: RunResult;
  readonly seconds: number;
  /** How often the service was in each trouble. */
  readonly troubles: Readonly<Record<string, number>>;
  /** What is not as it should be, in words. */
  readonly faults: readonly string[];
  readonly memory: MemoryReport;
}

/** KiB. */
export interface MemoryReport {
  readonly peak: number;
  /** Four a second. */
  readonly samples: readonly number[];
}

/** @param items A multiple of ten. */
export async function soak(items: number): Promise<SoakResult> {
  const services = await startServices();
  const sandbox = openSandbox();
  try {
    for (let made = 0; made < items; made += ITEMS_OF_A_TASK) {
      services.dalle2.addTask({ count: ITEMS_OF_A_TASK, pictureBytes: PICTURE_BYTES });
    }
    makeTrouble(services.dalle2, items);
    const report = sandbox.path('memory.json');
    const began = performance.now();
    const run = await runProgram(sandbox, {
      args: ['local-filesystem', '-c', 'fetch --all | save out'],
      env: { ...services.env, NODE_OPTIONS: `--import=${PRELOAD}`, MEMORY_REPORT: report },
    });
    return {
      run,
      seconds: (performance.now() - began) / 1000,
      troubles: troublesOf(services.dalle2),
      faults: await faultsIn(sandbox, services.dalle2),
      memory: JSON.parse(readFileSync(report, 'utf8')) as MemoryReport,
    };
  } finally {
    await services.close();
    sandbox.remove();
  }
}

/** Of the pictures: 5 % reset, half of them in the middle; 2 % limited; 1 % cut. */
function makeTrouble({ faults, tasks }: FakeDalle2, items: number): void {
  // By item, because a picture that is cut twice has failed, and rightly so. First, because of two rules the first one wins.
  const ids = tasks.flatMap(({ generations }) => generations.map(({ id }) => id));
  for (let number = 7; number < ids.length; number += 100) {
    const kind = number % 200 === 7 ? 'shortened' : 'closed-early';
    faults.inject({ host: 'blob', path: new RegExp(ids[number]!, 'u'), what: { kind } });
  }
  // More requests than items: each trouble is followed by another try.
  for (let hit = 20; hit < items * 1.2; hit += 20) {
    const when = (hit / 20) % 2 === 0 ? 'before' : 'during';
    faults.inject({ host: 'blob', hit, what: { kind: 'reset', when } });
  }
  for (let hit = 33; hit < items * 1.2; hit += 50) {
    faults.inject({ host: 'blob', hit, what: { kind: 'rate-limit', retryAfter: '1' } });
  }
}

function troublesOf({ requests }: FakeDalle2): Record<string, number> {
  const counts: Record<string, number> = { requests: requests.filter(({ host }) => host === 'blob').length };
  for (const { fault } of requests) if (fault !== undefined) counts[fault] = (counts[fault] ?? 0) + 1;
  return counts;
}

async function faultsIn(sandbox: Sandbox, service: FakeDalle2): Promise<string[]> {
  const pictures = picturesOf(service);
  const folder = checkFolder(sandbox.path('out'), pictures);
  const files = await committedFiles(sandbox.config);
  const committed = committedItems(files);
  const missing = (what: string, there: ReadonlySet<string>) =>
    [...pictures.keys()].filter((id) => !there.has(id)).map((id) => `${id} has no ${what}`);
  return [
    ...folder.faults,
    ...folder.temporary.map((name) => `${name} is left over`),
    ...missing('picture', new Set(folder.pictures)),
    ...missing('record', new Set(folder.records)),
    ...missing('row in the catalog', committed),
    ...falseRows(files),
  ];
}

/** How much more memory the second half of the run took at most than the first half, in KiB. */
export function growthOf({ samples }: MemoryReport): number {
  const half = Math.ceil(samples.length / 2);
  return Math.max(...samples.slice(half)) - Math.max(...samples.slice(0, half));
}
