/** What one reference names: a job, waited for while it runs, or a single file. */

import { AlbarettoError, isSameServer, type SourceContext, type Task, usageError } from '../../src/plugin.js';
import type { Connection } from './connection.js';
import type { OutputFiles } from './files.js';
import { toFileTask, toTask } from './items.js';
import type { Job } from './jobs.js';
import type { Locator } from './locating.js';
import { type FilePlace, readReference } from './reference.js';
import type { Server } from './server.js';
import { cloudLocation, lookAt } from './view.js';
import { elsewhere, failure, stateOf, stillRunning, tellLeftOut } from './words.js';

/** What the doors of this source share. */
export interface Parts {
  readonly context: SourceContext;
  readonly connection: Connection;
  readonly server: Server;
  readonly locator: Locator;
  /** How long a job that runs is waited for, in milliseconds. */
  readonly patience: number;
  find(job: Job): OutputFiles;
}

const POLL_INTERVAL = 2000;

/** @throws E_USAGE for a link to another server, E_NOT_FOUND, E_TASK_FAILED, E_TIMEOUT. */
export async function* open(parts: Parts, reference: string, signal: AbortSignal | undefined): AsyncGenerator<Task> {
  const named = readReference(reference);
  if (named === undefined) throw usageError('this is no reference of ComfyUI', undefined, 'comfyui');
  const { baseUrl } = parts.context;
  if (named.origin !== undefined && !isSameServer(new URL(named.origin), new URL(baseUrl)))
    throw elsewhere(named.origin, baseUrl);
  yield named.kind === 'job' ? await openAny(parts, named.id, signal) : await openFile(parts, named.file, signal);
}

/**
 * The ids that servers make have small letters. Old servers took whatever a client gave a job, and find it by the very same
 * letters alone: only what they do not have is asked for in small ones.
 */
async function openAny(parts: Parts, id: string, signal: AbortSignal | undefined): Promise<Task> {
  const usual = id.toLowerCase();
  if (id === usual || parts.connection.isCloud) return openJob(parts, usual, signal);
  try {
    return await openJob(parts, id, signal);
  } catch (thrown) {
    if (!(thrown instanceof AlbarettoError) || thrown.code !== 'E_NOT_FOUND') throw thrown;
    return openJob(parts, usual, signal);
  }
}

/** What a job made before it failed lies on the server's disk like all else, and is fetched with a word. */
async function openJob(parts: Parts, id: string, signal: AbortSignal | undefined): Promise<Task> {
  const { context, locator } = parts;
  const job = await finished(parts, id, signal);
  const found = parts.find(job);
  if (job.state === 'failed') {
    if (found.files.length === 0) throw failure(job);
    context.warn(`${failure(job).message}; what it had made before is fetched`);
  }
  tellLeftOut(context, job, found);
  locator.keep(id, found.files);
  return toTask(job, found.files, signal);
}

async function finished(parts: Parts, id: string, signal: AbortSignal | undefined): Promise<Job> {
  const { context, server, patience } = parts;
  const deadline = context.now() + patience;
  for (;;) {
    const job = await server.job(id, signal);
    if (job.state !== 'waiting') return job;
    if (context.now() + POLL_INTERVAL > deadline) throw stillRunning(job, patience);
    const left = Math.ceil((deadline - context.now()) / 1000);
    context.progress(`${id} ${stateOf(job)}; waiting up to ${left} s more`);
    await context.sleep(POLL_INTERVAL, signal);
  }
}

/** Asked for before it is listed: a file that is not there is no task. */
async function openFile({ connection }: Parts, place: FilePlace, signal: AbortSignal | undefined): Promise<Task> {
  if (!connection.isCloud) return toFileTask(place, await lookAt(connection, place, signal), signal);
  await cloudLocation(connection, place, signal);
  return toFileTask(place, {}, signal);
}
