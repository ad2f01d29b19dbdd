/**
 * One reference job, and every call by which it changes the file system: the program is killed right after each, and each
 * fails once with every error of {@link TROUBLES}. Whole with ALBARETTO_SWEEP=whole; otherwise each call meets one of them.
 */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pMap from 'p-map';
import {
  checkFolder,
  committedFiles,
  committedItems,
  falseRows,
  type Pictures,
  picturesOf,
  unsavedIn,
  uselessUnsaved,
} from '../support/archive-check.js';
import { openSandbox, type RunResult, runProgram, type Sandbox } from '../support/program.js';
import { type Services, startServices } from '../support/services.js';

const WHOLE = process.env.ALBARETTO_SWEEP === 'whole';
const PRELOAD = pathToFileURL(resolve('test/support/failing-calls.mjs')).href;
const TROUBLES = ['SIGKILL', 'EIO', 'ENOSPC', 'EACCES', 'EMFILE'] as const;
type Trouble = (typeof TROUBLES)[number];
/** Jobs at once: a process start is most of their time. */
const AT_ONCE = 3;

let services: Services;
let pictures: Pictures;
let calls: string[];

beforeAll(async () => {
  services = await startServices();
  services.dalle2.addTask({ count: 2 });
  pictures = picturesOf(services.dalle2);
  const sandbox = openSandbox();
  const { result, log } = await runTroubled(sandbox);
  sandbox.remove();
  expect(result).toMatchObject({ code: 0 });
  calls = log;
});
afterAll(() => services.close());

/** Memory is so scarce that the pictures wait on the disk: then the calls of the program's own folder are swept too. */
const ARGS = ['local-filesystem', '--memory', '1K', '-c', 'fetch --all | save out'];

const run = (sandbox: Sandbox, env: Readonly<Record<string, string>> = {}) =>
  runProgram(sandbox, { args: ARGS, env: { ...services.env, ...env } });

/** @param at Which call meets the trouble, from 1; none by default. */
async function runTroubled(
  sandbox: Sandbox,
  trouble: Trouble = 'EIO',
  at = 0,
): Promise<{ result: RunResult; log: string[] }> {
  const log = sandbox.path('calls');
  const result = await run(sandbox, {
    NODE_OPTIONS: `--import=${PRELOAD}`,
    FAILING_CALLS_UNDER: sandbox.folder,
    FAILING_CALLS_LOG: log,
    FAILING_CALLS_AT: String(at),
    FAILING_CALLS_WITH: trouble,
  });
  return { result, log: readFileSync(log, 'utf8').trimEnd().split('\n') };
}

/** What is wrong after the trouble, and after one more run; in words. */
async function faultsAfter(trouble: Trouble, at: number): Promise<string[]> {
  const sandbox = openSandbox();
  try {
    const { result, log } = await runTroubled(sandbox, trouble, at);
    const met = log[at - 1];
    // Several are on their way at once, so that a run may make a call more or less than another.
    if (met === undefined) return at > calls.length - 5 ? [] : [`there was no call ${at}`];
    const first = [...endFaults(trouble, result), ...(await instantFaults(sandbox))];
    const second = await run(sandbox);
    return [
      ...first,
      ...(second.code === 0 ? [] : [`the next run ended with ${second.code}: ${second.stderr}`]),
      ...(await instantFaults(sandbox)),
      ...(await completionFaults(sandbox)),
      ...leftovers(trouble, sandbox).map((name) => `unsaved/${name} is left over`),
    ].map((fault) => `${trouble} at ${met.replaceAll(/[0-9a-f-]{30,}/gu, '…')}: ${fault}`);
  } finally {
    sandbox.remove();
  }
}

/** A kill is a kill; a failure is told in words, or was overcome. */
function endFaults(trouble: Trouble, { code, stderr, stdout }: RunResult): string[] {
  if (trouble === 'SIGKILL') return code === 137 ? [] : [`it was not killed: ${code}`];
  const found: string[] = [];
  if (/\n\s+at |made to fail/u.test(stdout + stderr)) found.push(`a raw error is told: ${stderr}`);
  if (![0, 1, 6].includes(code)) found.push(`it ended with ${code}: ${stderr}`);
  if (code !== 0 && !stderr.includes(trouble)) found.push(`it ended with ${code} and does not say why: ${stderr}`);
  return found;
}

async function instantFaults(sandbox: Sandbox): Promise<string[]> {
  return [...checkFolder(sandbox.path('out'), pictures).faults, ...falseRows(await committedFiles(sandbox.config))];
}

async function completionFaults(sandbox: Sandbox): Promise<string[]> {
  const folder = checkFolder(sandbox.path('out'), pictures);
  const committed = committedItems(await committedFiles(sandbox.config));
  return [
    ...[...pictures.keys()].flatMap((id) => [
      ...(folder.pictures.includes(id) ? [] : [`${id} has no picture`]),
      ...(folder.records.includes(id) ? [] : [`${id} has no record`]),
      ...(committed.has(id) ? [] : [`the catalog does not have ${id}`]),
    ]),
    ...folder.temporary.map((name) => `${name} is left over`),
  ];
}

/** What was fetched and could not be saved stays for the next shell; a killed pipe leaves nothing of use. */
function leftovers(trouble: Trouble, { config }: Sandbox): string[] {
  return trouble === 'SIGKILL' ? unsavedIn(config) : uselessUnsaved(config, pictures);
}

test('the reference job changes the file system in every way that is swept', () => {
  const names = new Set(calls.map((line) => line.split(' ')[1]));
  expect([...names].sort()).toEqual(
    ['close', 'datasync', 'link', 'mkdir', 'open', 'rm', 'rmdir', 'sync', 'unlink', 'utimes', 'write'].sort(),
  );
});

describe.each(TROUBLES)('%s', (trouble) => {
  test('at no call breaks a file, and one more run completes', async () => {
    const share = TROUBLES.indexOf(trouble);
    const swept = calls.map((_, index) => index + 1).filter((at) => WHOLE || at % TROUBLES.length === share);
    const faults = await pMap(swept, (at) => faultsAfter(trouble, at), { concurrency: AT_ONCE });
    expect(swept.length).toBeGreaterThan(5);
    expect(faults.flat()).toEqual([]);
  }, 600_000);
});
