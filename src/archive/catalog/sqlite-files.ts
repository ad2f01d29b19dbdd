/**
 * The file system as the SQLite engine is given it, in place of Node's `fs`.
 *
 * The engine's own locks are left out. It locks a database by making a folder beside it, which a killed process leaves
 * behind; and it takes the folder that it made itself for another process's, so that what a killed process had half
 * written is never rolled back (tried with 0.8.60). Whoever opens a database holds a {@link ProcessLock} instead, for
 * reading too: then the engine is alone, nothing is locked, and an unfinished transaction is rolled back as it should be.
 *
 * The engine says `disk I/O error` for whatever went wrong below it. The system's own error is kept here.
 */

import * as nodeFiles from 'node:fs';

/** What the engine calls. */
export type EngineFiles = Pick<
  typeof nodeFiles,
  | 'accessSync'
  | 'closeSync'
  | 'constants'
  | 'fstatSync'
  | 'fsyncSync'
  | 'ftruncateSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readFileSync'
  | 'readSync'
  | 'rmdirSync'
  | 'unlinkSync'
  | 'writeSync'
>;

/** The calls that a test may replace. */
export type FileCalls = Pick<
  typeof nodeFiles,
  'closeSync' | 'fstatSync' | 'fsyncSync' | 'ftruncateSync' | 'openSync' | 'readSync' | 'unlinkSync' | 'writeSync'
>;

export interface WatchedFiles {
  readonly files: EngineFiles;
  /** The last error of the system since this was asked before. */
  takeFailure(): NodeJS.ErrnoException | undefined;
}

export function watchedFiles(calls: FileCalls = nodeFiles): WatchedFiles {
  let failure: NodeJS.ErrnoException | undefined;
  const noted = <A extends unknown[], R>(call: (...args: A) => R): ((...args: A) => R) => {
    return (...args) => {
      try {
        return call(...args);
      } catch (thrown) {
        failure = thrown as NodeJS.ErrnoException;
        throw thrown;
      }
    };
  };
  const files = {
    constants: nodeFiles.constants,
    readFileSync: nodeFiles.readFileSync,
    accessSync: (path: string, mode?: number) => {
      if (path.endsWith('.lock')) throw Object.assign(new Error('nobody else has the database'), { code: 'ENOENT' });
      nodeFiles.accessSync(path, mode);
    },
    mkdirSync: () => undefined,
    rmdirSync: () => undefined,
    closeSync: noted(calls.closeSync),
    fstatSync: noted(calls.fstatSync),
    fsyncSync: noted(calls.fsyncSync),
    ftruncateSync: noted(calls.ftruncateSync),
    openSync: noted(calls.openSync),
    readSync: noted(calls.readSync),
    unlinkSync: noted(calls.unlinkSync),
    writeSync: noted(wholeWrites(calls.writeSync)),
  };
  return {
    files: files as unknown as EngineFiles,
    takeFailure() {
      const last = failure;
      failure = undefined;
      return last;
    },
  };
}

/** A write that a full disk cut short says why only when the rest is tried. */
function wholeWrites(write: FileCalls['writeSync']) {
  return (file: number, bytes: Uint8Array, offset: number, length: number, position: number): number => {
    let written = 0;
    while (written < length) written += write(file, bytes, offset + written, length - written, position + written);
    return written;
  };
}
