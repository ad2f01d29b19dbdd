/**
 * Reading what a server says of its jobs, by `/api/jobs` and by the older `/history`: both come to the same form here.
 * What must be there is checked, everything else is kept and not relied upon. The shapes are those of ComfyUI's own
 * `comfy_execution/jobs.py` and `execution.py`, and of Comfy Cloud's `openapi-cloud.yaml`.
 */

import { AlbarettoError } from '../../src/plugin.js';
import { compact, type Fields, fields, list, number, text } from './values.js';

const PLUGIN = 'comfyui';

export type JobState = 'waiting' | 'finished' | 'failed';

/** What a list tells of a job. */
export interface JobSummary {
  readonly id: string;
  readonly state: JobState;
  /** The server's own word for it. */
  readonly status: string;
  /** Milliseconds since the epoch, like all times here. */
  readonly created?: number;
  readonly ended?: number;
  /** Why it failed, in the server's words. */
  readonly reason?: string;
  /** How many outputs it has, previews included, where that is told. */
  readonly count?: number;
}

export interface Job extends JobSummary {
  /** What the nodes show, by node and key. */
  readonly outputs: Fields;
  /** How long it ran, in milliseconds, where both its beginning and its end are told. */
  readonly duration?: number;
  /** The graph that was executed: nodes by their ids. */
  readonly graph: unknown;
  /** The graph as the editor shows it, which can be loaded there again. */
  readonly editor: unknown;
  /** The record without loss. */
  readonly record: Fields;
}

/** All others have ended. */
const WAITING = new Set(['pending', 'in_progress', 'queued', 'running', 'waiting_to_dispatch']);
const FAILED = new Set(['failed', 'cancelled', 'canceled', 'error']);

/** The events that end a job. */
const ENDS: ReadonlySet<unknown> = new Set(['execution_success', 'execution_error', 'execution_interrupted']);

/** An entry of the list at `/api/jobs`. */
export function readSummary(value: unknown, what: string): JobSummary {
  const job = fields(value);
  const [id, status] = [text(job?.id), text(job?.status)];
  if (job === undefined || id === undefined || status === undefined || !isId(id))
    throw badAnswer(what, 'a job without a usable id or status');
  return compact<JobSummary>({ id, ...summaryOf(job, status) });
}

/** `GET /api/jobs/{id}`. */
export function readJob(value: unknown, id: string, what: string): Job {
  const job = fields(value);
  const status = text(job?.status);
  if (job === undefined || status === undefined) throw badAnswer(what, 'a job without a status');
  const workflow = fields(job.workflow);
  const graphs = graphsIn(workflow?.prompt, fields(workflow?.extra_data), workflow);
  return compact<Job>({
    id,
    ...summaryOf(job, status),
    outputs: fields(job.outputs) ?? {},
    duration: between(time(job.execution_start_time), time(job.execution_end_time)),
    ...graphs,
    record: job,
  });
}

function summaryOf(job: Fields, status: string): Omit<JobSummary, 'id'> {
  const word = status.toLowerCase();
  return compact<Omit<JobSummary, 'id'>>({
    status,
    state: WAITING.has(word) ? 'waiting' : FAILED.has(word) ? 'failed' : 'finished',
    created: time(job.create_time),
    ended: time(job.execution_end_time) ?? time(job.update_time),
    reason: reasonOf(fields(job.execution_error)),
    count: number(job.outputs_count),
  });
}

/**
 * An item of `/history`. One without a status is of an old server, which kept none: nothing tells that it failed.
 */
export function readHistoryItem(value: unknown, id: string, what: string): Job {
  const item = fields(value);
  if (item === undefined || !Array.isArray(item.prompt)) throw badAnswer(what, 'a prompt without its graph');
  const [, , graph, extra] = item.prompt as readonly unknown[];
  const status = fields(item.status);
  const messages = list(status?.messages).map(readMessage);
  const word = text(status?.status_str)?.toLowerCase();
  const failed = word === 'error';
  const interrupted = failed && messages.some(({ event }) => event === 'execution_interrupted');
  const error = messages.find(({ event }) => event === 'execution_error')?.data;
  const times = messages.flatMap(({ data }) => time(data?.timestamp) ?? []);
  const begun = messages.find(({ event }) => event === 'execution_start');
  const last = messages.findLast(({ event }) => ENDS.has(event));
  return compact<Job>({
    id,
    state: failed ? 'failed' : 'finished',
    status: interrupted ? 'cancelled' : failed ? 'failed' : 'completed',
    created: time(fields(extra)?.create_time) ?? times[0],
    ended: times.at(-1),
    reason: reasonOf(error),
    count: countIn(fields(item.outputs)),
    outputs: fields(item.outputs) ?? {},
    duration: between(time(begun?.data?.timestamp), time(last?.data?.timestamp)),
    ...graphsIn(graph, fields(extra), undefined),
    record: item,
  });
}

/** An item of `/queue`: number, id, graph, and what came with them. */
export function readQueueItem(value: unknown): { readonly id: string | undefined } {
  return { id: Array.isArray(value) ? text(value[1]) : undefined };
}

/** Of all nodes and keys. */
function countIn(outputs: Fields | undefined): number {
  const lists = Object.values(outputs ?? {}).flatMap((shown) => Object.values(fields(shown) ?? {}));
  return lists.reduce((sum: number, entries) => sum + list(entries).length, 0);
}

function readMessage(value: unknown): { readonly event: unknown; readonly data: Fields | undefined } {
  const [event, data] = list(value);
  return { event, data: fields(data) };
}

/** @param whole What Comfy Cloud may send as one of the two graphs itself. */
function graphsIn(graph: unknown, extra: Fields | undefined, whole: Fields | undefined) {
  const editor = fields(extra?.extra_pnginfo)?.workflow;
  const other = whole === undefined || graph !== undefined || extra !== undefined ? undefined : whole;
  const isEditors = Array.isArray(other?.nodes);
  return { graph: graph ?? (isEditors ? undefined : other), editor: editor ?? (isEditors ? other : undefined) };
}

function reasonOf(error: Fields | undefined): string | undefined {
  const words = text(error?.exception_message)?.trim();
  const node = text(error?.node_type);
  if (words === undefined || node === undefined) return words;
  return `${words} (${node})`;
}

function between(begun: number | undefined, ended: number | undefined): number | undefined {
  return begun !== undefined && ended !== undefined && ended >= begun ? ended - begun : undefined;
}

/** Comfy Cloud writes some times in seconds; 10^11 is the year 5138 in seconds and 1973 in milliseconds. */
function time(value: unknown): number | undefined {
  const found = number(value);
  if (found === undefined || found <= 0) return undefined;
  const milliseconds = found < 1e11 ? found * 1000 : found;
  return milliseconds < 8.64e15 ? Math.round(milliseconds) : undefined;
}

/**
 * Ids are opaque, but they become part of a path, of names and of messages: no separators, no control characters, none
 * that turn the reading direction, no halves of surrogate pairs.
 */
export function isId(id: string): boolean {
  return /^[^/\\?#%\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,200}$/u.test(id) && id !== '.' && id !== '..';
}

export function badAnswer(what: string, found: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `${what}: the server answered ${found}`,
    hint: 'its interface may have changed',
    plugin: PLUGIN,
  });
}
