/** Runs entrants turn by turn, counts what each run costs, and prints a table of it. Judges nothing. */

import { spawnSync } from 'node:child_process';
import type { Cost } from './accounting.js';

export interface Entrant {
  readonly name: string;
  readonly rounds: number;
  /** One run with its check. What it throws is told in the table, and the others go on. */
  run(): Promise<Cost>;
}

export interface Result {
  readonly name: string;
  readonly costs: readonly Cost[];
  readonly failure?: string;
}

/**
 * Turn by turn, so that a machine whose speed drifts favours nobody. Ours comes first; if it fails, which is no matter of
 * speed, the benchmark ends with 1.
 */
export async function race(entrants: readonly Entrant[]): Promise<Result[]> {
  const costs = entrants.map((): Cost[] => []);
  const failures = new Map<number, string>();
  const rounds = Math.max(...entrants.map((entrant) => entrant.rounds));
  for (let round = 0; round < rounds; round += 1) {
    for (const [position, entrant] of entrants.entries()) {
      if (round >= entrant.rounds || failures.has(position)) continue;
      // What the one before left for the disk must not be paid for by the next.
      spawnSync('sync');
      try {
        costs[position]!.push(await entrant.run());
      } catch (thrown) {
        failures.set(position, thrown instanceof Error ? thrown.message : String(thrown));
      }
    }
  }
  if (failures.has(0)) process.exitCode = 1;
  return entrants.map(({ name }, position) => {
    const failure = failures.get(position);
    return { name, costs: costs[position]!, ...(failure === undefined ? {} : { failure }) };
  });
}

/** The median of an entrant's seconds; not a number where it failed or did not run. */
export function secondsOf(results: readonly Result[], name: string): number {
  const found = results.find((result) => result.name === name);
  return found === undefined || found.failure !== undefined ? Number.NaN : middleSeconds(found);
}

export function decimal(value: number): string {
  return Number.isNaN(value) ? '?' : value.toFixed(Math.abs(value) < 100 ? 2 : 0);
}

const NAME_WIDTH = 28;
const COLUMNS = ['best s', 'median s', 'worst s', 'files/s', 'CPU s', 'peak MiB', 'ours/its'];

/**
 * The others are compared with the first one.
 * @param files How many files a run moves, for the rate.
 */
export function showTable(title: string, results: readonly Result[], files: number): void {
  const own = results[0]!.name;
  const ownSeconds = secondsOf(results, own);
  console.log(`\n${title}`);
  console.log(lineOf('', COLUMNS));
  for (const result of results) {
    if (result.failure !== undefined) console.log(`  ${result.name.padEnd(NAME_WIDTH)} failed: ${result.failure}`);
    else {
      const compared = result.name === own ? '' : decimal(ownSeconds / middleSeconds(result));
      console.log(lineOf(result.name, [...cellsOf(result, files), compared]));
    }
  }
}

function cellsOf(result: Result, files: number): string[] {
  const times = result.costs.map((cost) => cost.seconds).sort((left, right) => left - right);
  const middle = middleSeconds(result);
  const cpu = middleOf(result.costs.map((cost) => cost.cpuSeconds));
  return [
    ...[times[0]!, middle, times.at(-1)!].map(decimal),
    (files / middle).toFixed(0),
    decimal(cpu),
    mebibytes(peakOf(result)),
  ];
}

/** In bytes. */
function peakOf({ costs }: Result): number {
  return Math.max(...costs.map((cost) => cost.peakMemory));
}

export function mebibytes(bytes: number): string {
  return Number.isNaN(bytes) ? '?' : (bytes / 1_048_576).toFixed(0);
}

function middleSeconds({ costs }: Result): number {
  return middleOf(costs.map((cost) => cost.seconds));
}

/** The upper one where two are in the middle. */
function middleOf(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function lineOf(name: string, cells: readonly string[]): string {
  return `  ${name.padEnd(NAME_WIDTH)}${cells.map((cell) => cell.padStart(10)).join('')}`;
}
