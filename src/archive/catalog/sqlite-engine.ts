/**
 * Loads the SQLite engine (node-sqlite3-wasm: SQLite as WebAssembly, no native code) with a file system of our own.
 *
 * It is a CommonJS file that asks for `node:fs` by `require`. Its text is compiled here with a `require` that answers
 * {@link EngineFiles}; the same way from source, in a test and in the bundle, which has the files beside it. Costs about
 * 10 ms and nothing before the first call.
 */

import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire as requireFrom } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { compileFunction } from 'node:vm';
import type { Database } from 'node-sqlite3-wasm';
import { AlbarettoError } from '../../errors.js';
import type { EngineFiles } from './sqlite-files.js';

/** Put in by the build: where the engine's files are, seen from the bundle. */
declare const ALBARETTO_SQLITE: string | undefined;

export interface SqliteEngine {
  readonly Database: typeof Database;
}

/** Each call loads an engine of its own, with memory of its own. Throws E_INTERNAL when its files are not there. */
export function loadSqliteEngine(files: EngineFiles): SqliteEngine {
  try {
    return compileEngine(files);
  } catch (cause) {
    throw new AlbarettoError({
      code: 'E_INTERNAL',
      message: 'the SQLite engine cannot be loaded',
      hint: 'install albaretto again',
      reach: 'run',
      cause,
    });
  }
}

function compileEngine(files: EngineFiles): SqliteEngine {
  useBaselineCompiler();
  const folder = engineFolder();
  const path = join(folder, 'node-sqlite3-wasm.js');
  const modules: Readonly<Record<string, unknown>> = {
    'node:fs': files,
    'node:path': { dirname, resolve },
    'node:crypto': { randomFillSync },
  };
  const surroundings = {
    module: { exports: {} },
    require: (name: string) => modules[name],
    __dirname: folder,
    // It would print to the terminal, read our command line and set our exit code.
    console: { log: ignore, error: ignore },
    process: { argv: [], platform: process.platform },
  };
  const define = compileFunction(readFileSync(path, 'utf8'), Object.keys(surroundings), { filename: path });
  define(...Object.values(surroundings));
  return surroundings.module.exports as SqliteEngine;
}

/**
 * V8 would compile the engine's long functions a second time, optimized, on other threads. For statements that take
 * microseconds beside a disk that takes milliseconds that gains nothing, and it costs 40 MiB and a part of each core
 * (10,000 files recorded: 1.0 s with it, 0.8 s without). Such flags are the whole process's, which has no other WebAssembly
 * that works hard; V8 reads them when a module is compiled.
 */
function useBaselineCompiler(): void {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
}

function ignore(): void {}

function engineFolder(): string {
  if (typeof ALBARETTO_SQLITE === 'string') return fileURLToPath(new URL(ALBARETTO_SQLITE, import.meta.url));
  return dirname(requireFrom(import.meta.url).resolve('node-sqlite3-wasm'));
}
