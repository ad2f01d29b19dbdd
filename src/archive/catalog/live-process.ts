/** Processes as the catalog remembers them, with what they run and claim. */

import { type ProcessIdentity, stateOf } from '../../process-identity.js';
import type { Column } from './sql.js';

/** The columns that the tables `runs` and `claims` share. */
export interface ProcessColumns {
  readonly host: Column;
  readonly pid: Column;
  readonly process_start: Column;
}

/** Milliseconds for which a process of another machine, whose end cannot be seen, is believed after its last sign. */
const BELIEVED = 15 * 60_000;

/** Whether a process still runs. `lastSign`: when it wrote to the catalog last; both in milliseconds since the epoch. */
export async function isLive(row: ProcessColumns, lastSign: number, now: number): Promise<boolean> {
  const state = await stateOf(identityIn(row));
  return state === 'unknown' ? now - lastSign < BELIEVED : state === 'runs';
}

export function identityIn(row: ProcessColumns): ProcessIdentity {
  return { host: row.host as string, pid: row.pid as number, start: row.process_start as string };
}

export function identityColumns({ host, pid, start }: ProcessIdentity): [string, number, string] {
  return [host, pid, start];
}
