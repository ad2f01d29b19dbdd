/**
 * The checks that every sink passes, offline, against whatever stands in for its storage.
 *
 * Bound to no test runner: a plugin's own test hands in its runner's `test` and a function that makes a fresh sink.
 *
 *     sinkContract({ test, makeSink: async () => ({ sink, destination, files, close }), capabilities: descriptor.capabilities, has: true });
 *
 * No check is skipped by hand: what a sink declares decides which promises it is held to.
 */

import type { Sink, SinkCapabilities } from '../../src/plugin.js';
import { aborts } from './sink/aborts.js';
import { brokenBytes } from './sink/broken-bytes.js';
import { concurrency } from './sink/concurrency.js';
import { declarations } from './sink/declarations.js';
import { folders } from './sink/folders.js';
import { inspection } from './sink/inspection.js';
import { names } from './sink/names.js';
import { presence } from './sink/presence.js';
import { reading } from './sink/reading.js';
import { repetition } from './sink/repetition.js';
import { replacement } from './sink/replacement.js';
import { reservations } from './sink/reservations.js';
import { Trial } from './sink/trial.js';
import { wholeFiles } from './sink/whole-files.js';

/** A file as it lies in the storage, seen without the sink. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The folder below the destination, its names joined with `/`; empty or absent for the destination itself. */
  readonly folder?: string;
  /** Where the storage keeps a modification time. */
  readonly modifiedAt?: Date;
}

/** A fresh sink with an empty destination of its own. */
export interface SinkHarness {
  readonly sink: Sink;
  /** What a person would type after `save`; `undefined` for the sink's default. */
  readonly destination: string | undefined;
  /**
   * Everything that lies in the destination and below, read without the sink: also what should not be there (temporary
   * files, halves). Without it the suite sees only what receipts say.
   */
  files?(): Promise<readonly StoredFile[]>;
  close?(): Promise<void>;
}

export interface SinkContractOptions {
  /** The runner's own `test`: registers one check. */
  test(name: string, body: () => Promise<void>): void;
  /** Called once a check. */
  makeSink(): Promise<SinkHarness>;
  /** The descriptor's. */
  readonly capabilities: SinkCapabilities;
  /** Whether stores of this sink have `has`. */
  readonly has: boolean;
  /** Whether stores of this sink have `inspect`. Default: they have not. */
  readonly inspect?: boolean;
  /** Whether stores of this sink have `read`. Default: they have not. */
  readonly read?: boolean;
  /** Milliseconds after which something counts as waiting for ever. Default: 20,000. */
  readonly patience?: number;
}

/** One promise, checked against a fresh sink. */
export type Check = (name: string, body: (trial: Trial) => Promise<void>) => void;

/** What the groups of checks are given. */
export interface SinkContract {
  readonly check: Check;
  readonly capabilities: SinkCapabilities;
  readonly has: boolean;
  readonly inspect: boolean;
  readonly read: boolean;
}

const GROUPS: readonly ((contract: SinkContract) => void)[] = [
  declarations,
  wholeFiles,
  brokenBytes,
  aborts,
  repetition,
  replacement,
  concurrency,
  names,
  folders,
  presence,
  inspection,
  reading,
  reservations,
];

/** Registers every check that the declared capabilities call for. */
export function sinkContract(options: SinkContractOptions): void {
  const { capabilities, has, inspect = false, read = false } = options;
  const check: Check = (name, body) =>
    options.test(name, async () => {
      const harness = await options.makeSink();
      try {
        await body(new Trial(harness, capabilities, options.patience));
      } finally {
        await harness.close?.();
      }
    });
  for (const group of GROUPS) group({ check, capabilities, has, inspect, read });
}
