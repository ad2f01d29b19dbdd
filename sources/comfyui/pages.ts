/** The history of a server as it is listed, whichever way the server tells of it. */

import { AlbarettoError } from '../../src/plugin.js';
import type { Job, JobSummary } from './jobs.js';

/** An entry of the history, with its record where the list held it already. */
export interface Listed {
  readonly summary: JobSummary;
  job(signal: AbortSignal | undefined): Promise<Job>;
}

/** Newest first. */
export interface Page {
  readonly entries: readonly Listed[];
  /** How many entries besides could not be read. */
  readonly unreadable: number;
  /** Where the listing goes on behind this page. */
  readonly cursor: string | undefined;
}

export function gone(id: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `${id}: the server knows it no more`,
    hint: 'its history is in its memory and ends with a restart; its files stay, and a link to /view?filename=… fetches one',
    plugin: 'comfyui',
  });
}
