/** What this source tells a person: why a job is not fetched, and what of one was left out. */

import { AlbarettoError, printable, type SourceContext, usageError } from '../../src/plugin.js';
import type { OutputFiles } from './files.js';
import type { Job, JobSummary } from './jobs.js';

const PLUGIN = 'comfyui';

type Told = Pick<SourceContext, 'warn'>;

/** `is pending`, `failed`, `was cancelled`; the server's own word where it is another. */
export function stateOf({ status, state }: JobSummary): string {
  const word = printable(status, 40).replaceAll('_', ' ');
  if (state === 'waiting') return `is ${word}`;
  return word === 'failed' ? 'failed' : `was ${word}`;
}

export function failure(job: JobSummary): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TASK_FAILED',
    message: `${job.id} ${stateOf(job)}: ${printable(job.reason ?? 'the server gives no reason', 300)}`,
    hint: 'it has no files',
    plugin: PLUGIN,
  });
}

export function stillRunning(job: JobSummary, patience: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TIMEOUT',
    message: `${job.id} ${stateOf(job)} after ${Math.round(patience / 1000)} s`,
    hint: 'fetch it again later, or wait longer with --wait',
    plugin: PLUGIN,
  });
}

/** A link to a server that is not the one that is read: its files would come from a place that nobody chose. */
export function elsewhere(origin: string, baseUrl: string): AlbarettoError {
  return usageError(
    `this is on the server ${origin}, and ${baseUrl} is the one that is read`,
    `start with --base-url ${origin}`,
    PLUGIN,
  );
}

export function endless(pages: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `the list of jobs has brought nothing new for ${pages} pages, and does not end`,
    hint: 'its interface may have changed',
    plugin: PLUGIN,
  });
}

/** A job that ran through without a file is none of its faults: all of it was cached, or it only shows previews. */
export function tellLeftOut(context: Told, { id }: Job, { files, previews, others }: OutputFiles): void {
  if (others.length > 0) {
    const names = others.slice(0, 3).map((name) => printable(name, 60));
    const more = others.length > names.length ? ', …' : '';
    context.warn(`${id}: no picture, video or sound, and not fetched: ${names.join(', ')}${more}`);
  }
  if (files.length > 0) return;
  const reason = previews > 0 ? 'it has only previews; --previews fetches them' : 'it has no files: nothing to save';
  context.warn(`${id}: ${reason}`);
}
