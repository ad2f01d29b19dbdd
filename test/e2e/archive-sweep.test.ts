/**
 * The same sweep as of the reference job, over archives with folders, merged documents and a log that grows: the program is
 * killed after, or meets an error at, its calls of the file system. Whole with ALBARETTO_SWEEP=whole; otherwise a sample.
 */

import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pMap from 'p-map';
import { type ArchiveServices, startArchiveServices } from '../support/archive-services.js';
import { filesBelow, GOLDEN, GOLDEN_ALBUMS, loadGoldenAlbums, loadGoldenGallery } from '../support/golden.js';
import { openSandbox, type RunResult, runProgram, type Sandbox } from '../support/program.js';

const WHOLE = process.env.ALBARETTO_SWEEP === 'whole';
const PRELOAD = pathToFileURL(resolve('test/support/failing-calls.mjs')).href;
const TROUBLES = ['SIGKILL', 'EIO', 'ENOSPC', 'EACCES', 'EMFILE'] as const;
type Trouble = (typeof TROUBLES)[number];
/** So many points of each job in a sample, for all troubles together. */
const SAMPLE = 12;
const AT_ONCE = 3;

interface Job {
  readonly name: string;
  readonly args: readonly string[];
  /** The tree that must be there in the end. */
  readonly golden: string;
  /** What is there before the job begins: the original program's half of it. */
  prepare(out: string): void;
}

const JOBS: readonly Job[] = [
  {
    name: 'two albums of Imgur',
    args: ['-c', `fetch ${GOLDEN_ALBUMS.map((id) => `imgur:a/${id}`).join(' ')} | save out`],
    golden: join(GOLDEN, 'imgur/expected'),
    prepare(out) {
      cpSync(join(GOLDEN, 'imgur/expected', GOLDEN_ALBUMS[0]), join(out, GOLDEN_ALBUMS[0]), { recursive: true });
      rmSync(join(out, GOLDEN_ALBUMS[0], `script_${GOLDEN_ALBUMS[0]}.json`));
    },
  },
  {
    name: 'a gallery of Happy Accidents',
    args: ['--source', 'happy-accidents', '-c', 'fetch --all --limit 3 | save out', '-c', 'fetch --all | save out'],
    golden: join(GOLDEN, 'happy-accidents/expected'),
    prepare: () => undefined,
  },
];

let services: ArchiveServices;

beforeAll(async () => {
  services = await startArchiveServices();
  loadGoldenAlbums(services.imgur);
  loadGoldenGallery(services.happyAccidents);
});
afterAll(() => services.close());

const run = (sandbox: Sandbox, { args }: Job, env: Readonly<Record<string, string>> = {}) =>
  runProgram(sandbox, { args: ['local-filesystem', ...args], env: { ...services.env, ...env } });

async function runTroubled(sandbox: Sandbox, job: Job, trouble: Trouble = 'EIO', at = 0) {
  const log = sandbox.path('calls');
  job.prepare(sandbox.path('out'));
  const result = await run(sandbox, job, {
    NODE_OPTIONS: `--import=${PRELOAD}`,
    FAILING_CALLS_UNDER: sandbox.path('out'),
    FAILING_CALLS_LOG: log,
    FAILING_CALLS_AT: String(at),
    FAILING_CALLS_WITH: trouble,
  });
  return { result, calls: existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [] };
}

/** Files that are not what the original wrote: media to the byte, documents by their value; a log may lack its last line. */
function differences(out: string, golden: string, whole: boolean): string[] {
  const there = existsSync(out) ? filesBelow(out) : [];
  const wanted = filesBelow(golden).filter((name) => name !== 'links.txt');
  const strange = there.filter((name) => !wanted.includes(name) && !(name.endsWith('.part') && !whole));
  const missing = whole ? wanted.filter((name) => !there.includes(name)) : [];
  const wrong = wanted
    .filter((name) => there.includes(name))
    .filter((name) => {
      const [own, original] = [readFileSync(join(out, name)), readFileSync(join(golden, name))];
      if (!name.endsWith('.json')) return !own.equals(original);
      // Its lines stand in the order in which the albums were complete.
      if (name === 'scraping_logs.json') return !isLogOf(`${own}`, `${original}`, whole);
      return JSON.stringify(sorted(JSON.parse(`${own}`))) !== JSON.stringify(sorted(JSON.parse(`${original}`)));
    });
  return [
    ...strange.map((name) => `${name} is strange`),
    ...missing.map((name) => `${name} is missing`),
    ...wrong.map((name) => `${name} is wrong`),
  ];
}

function isLogOf(own: string, original: string, whole: boolean): boolean {
  const [lines, wanted] = [own, original].map((text) => text.split('\n').sort());
  return whole ? `${lines}` === `${wanted}` : lines!.every((line) => wanted!.includes(line));
}

/** With the keys of objects in one order: the original's varies. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, sorted(entry)]));
}

async function faultsAfter(job: Job, trouble: Trouble, at: number): Promise<string[]> {
  const sandbox = openSandbox();
  const out = sandbox.path('out');
  try {
    const { result, calls } = await runTroubled(sandbox, job, trouble, at);
    const met = calls[at - 1];
    if (met === undefined) return [];
    const first = [...endFaults(trouble, result), ...differences(out, job.golden, false)];
    const second = await run(sandbox, job);
    const then = second.code === 0 ? [] : [`the next run ended with ${second.code}: ${second.stderr}`];
    return [...first, ...then, ...differences(out, job.golden, true)].map((fault) => `${trouble} at ${met}: ${fault}`);
  } finally {
    sandbox.remove();
  }
}

function endFaults(trouble: Trouble, { code, stderr, stdout }: RunResult): string[] {
  if (trouble === 'SIGKILL') return code === 137 ? [] : [`it was not killed: ${code}`];
  const raw = /\n\s+at |made to fail/u.test(stdout + stderr) ? [`a raw error is told: ${stderr}`] : [];
  return [0, 1, 6].includes(code) ? raw : [...raw, `it ended with ${code}: ${stderr}`];
}

describe.each(JOBS)('$name', (job) => {
  let count = 0;

  beforeAll(async () => {
    const sandbox = openSandbox();
    const { result, calls } = await runTroubled(sandbox, job);
    expect(result).toMatchObject({ code: 0 });
    expect(differences(sandbox.path('out'), job.golden, true)).toEqual([]);
    sandbox.remove();
    count = calls.length;
  });

  test.each(TROUBLES)(
    'meets %s and is completed by one more run',
    async (trouble) => {
      expect(count).toBeGreaterThan(50);
      const share = TROUBLES.indexOf(trouble);
      const all = Array.from({ length: count }, (_, index) => index + 1);
      // Points far apart, other ones for each trouble.
      const step = Math.max(1, Math.floor(count / SAMPLE));
      const swept = all.filter((at) => WHOLE || at % (step * TROUBLES.length) === share * step);
      const faults = await pMap(swept, (at) => faultsAfter(job, trouble, at), { concurrency: AT_ONCE });
      expect(swept.length).toBeGreaterThan(1);
      expect(faults.flat()).toEqual([]);
    },
    600_000,
  );
});
