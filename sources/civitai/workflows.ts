/**
 * Reading the workflows of the orchestration API. What must be there is checked, everything else is kept and not relied
 * upon. The shapes are those of its own description: https://developer.civitai.com/orchestration/reference/
 */

import { AlbarettoError, readableEntries } from '../../src/plugin.js';
import { type Blob, blobsIn } from './blobs.js';
import { amount, compact, type Fields, fields, isId, list, objects, text, time } from './values.js';

const PLUGIN = 'civitai';

export interface Step {
  /** `textToImage`, `videoGen`, `imageUpscaler`, …: some forty-five, and more to come. */
  readonly type?: string;
  readonly name?: string;
  readonly input: Fields;
  readonly blobs: readonly Blob[];
  /** How long it took, in milliseconds. */
  readonly duration?: number;
}

export type WorkflowState = 'waiting' | 'succeeded' | 'failed';

export interface Workflow {
  readonly id: string;
  readonly state: WorkflowState;
  /** The service's own word for it. */
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly created?: number;
  readonly completed?: number;
  /** How long it took, in milliseconds. */
  readonly duration?: number;
  /** In Buzz. */
  readonly cost?: number;
  /** The kinds of Buzz that may pay for it: `blue`, `yellow`, `green`. */
  readonly currencies: readonly string[];
  /** Why it failed, in the service's words. */
  readonly reason?: string;
  readonly arguments: Fields;
  /** What the site's own generator writes beside it. */
  readonly parameters: Fields;
  readonly steps: readonly Step[];
  /** The record without loss. */
  readonly record: Fields;
}

/** All others have ended; whether well is told by the word. */
const WAITING = new Set(['unassigned', 'preparing', 'scheduled', 'processing']);
const FAILED = new Set(['failed', 'expired', 'canceled', 'cancelled']);

/** @param id What was asked for; without it the record says whose it is. */
export function readWorkflow(value: unknown, what: string, id?: string): Workflow {
  const record = fields(value);
  const [own, status] = [id ?? text(record?.id), text(record?.status)];
  if (record === undefined || own === undefined || status === undefined || !isId(own))
    throw badAnswer(what, 'a workflow without a usable id or status');
  const steps = objects(record.steps);
  return compact<Workflow>({
    id: own,
    status,
    state: WAITING.has(status) ? 'waiting' : FAILED.has(status) ? 'failed' : 'succeeded',
    created: time(record.createdAt),
    completed: time(record.completedAt),
    duration: durationOf(record),
    cost: amount(fields(record.cost)?.total),
    currencies: list(record.currencies).filter(isWord),
    reason: reasonOf(steps),
    arguments: fields(record.arguments) ?? {},
    parameters: fields(fields(record.metadata)?.params) ?? {},
    steps: readSteps(steps),
    record,
  });
}

/** A later step may answer the very blob of an earlier one: it counts once, where it came first. */
function readSteps(steps: readonly Fields[]): Step[] {
  const seen = new Set<string>();
  return steps.map((step) => {
    const blobs = blobsIn(step.output).filter(({ blobId }) => !seen.has(blobId));
    for (const { blobId } of blobs) seen.add(blobId);
    const input = fields(step.input) ?? {};
    return compact<Step>({ type: text(step.$type), name: text(step.name), input, blobs, duration: durationOf(step) });
  });
}

function durationOf({ startedAt, completedAt }: Fields): number | undefined {
  const [started, completed] = [time(startedAt), time(completedAt)];
  return started !== undefined && completed !== undefined && completed >= started ? completed - started : undefined;
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z]{1,20}$/iu.test(value);
}

export interface WorkflowPage {
  readonly workflows: readonly Workflow[];
  /** How many entries besides could not be read. */
  readonly unreadable: number;
  /** Empty or missing on the last page. */
  readonly next: string | undefined;
}

/** One odd entry must not hide all others. @throws E_BAD_ANSWER where nothing on the page can be read. */
export function readPage(value: unknown, what: string): WorkflowPage {
  const page = fields(value);
  if (page === undefined || !Array.isArray(page.items)) throw badAnswer(what, 'a list without items');
  const { read, unreadable } = readableEntries(page.items, (item) => readWorkflow(item, what));
  return { workflows: read, unreadable, next: text(page.next) };
}

/** The words stand at the jobs: `blockedReason` says what moderation found, `reason` all else. */
function reasonOf(steps: readonly Fields[]): string | undefined {
  const jobs = steps.flatMap((step) => objects(step.jobs));
  const words = jobs.flatMap((job) => [text(job.reason), text(job.blockedReason)]).filter((own) => own !== undefined);
  return words.length === 0 ? undefined : [...new Set(words)].join(', ');
}

export function badAnswer(what: string, found: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `${what}: the service answered ${found}`,
    hint: 'its interface may have changed',
    plugin: PLUGIN,
  });
}
