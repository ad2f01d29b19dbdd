/** One's own generations: a single workflow, the whole list, and the links of both. */

import { AlbarettoError, interrupted, type ListOptions, type SourceContext, type Task } from '../../src/plugin.js';
import { toAbsentTask, toTask } from './items.js';
import type { Links } from './links.js';
import type { Orchestrator } from './orchestrator.js';
import { type Results, resultsOf } from './results.js';
import { endless, failure, stillRunning, tellEmpty, tellLeftOut } from './words.js';
import type { Workflow, WorkflowPage } from './workflows.js';

export interface OwnParts {
  readonly context: SourceContext;
  readonly orchestrator: Orchestrator;
  readonly links: Links;
  /** How long a workflow that runs is waited for, in milliseconds. */
  readonly patience: number;
}

/** Milliseconds between two questions: https://developer.civitai.com/orchestration/guide/results-and-webhooks */
const POLLS = [2_000, 5_000, 10_000, 15_000];
const LAST_POLL = 30_000;

/** Waits while it runs. @throws E_TASK_FAILED, E_TIMEOUT, E_NOT_FOUND. */
export async function openWorkflow(parts: OwnParts, id: string, signal: AbortSignal | undefined): Promise<Task> {
  const { context } = parts;
  const workflow = await finished(parts, id, signal);
  const results = keep(parts, workflow);
  if (workflow.state === 'failed') {
    if (results.available.length === 0) throw failure(workflow);
    context.warn(`${failure(workflow).message}; what it had made before is fetched`);
  }
  tellLeftOut(context, workflow, results);
  if (workflow.steps.every(({ blobs }) => blobs.length === 0)) tellEmpty(context, workflow);
  return toTask(workflow, results.available, signal);
}

async function finished(parts: OwnParts, id: string, signal: AbortSignal | undefined): Promise<Workflow> {
  const { context, orchestrator, patience } = parts;
  const deadline = context.now() + patience;
  for (let poll = 0; ; poll += 1) {
    const workflow = await orchestrator.workflow(id, signal);
    if (workflow.state !== 'waiting') return workflow;
    const left = deadline - context.now();
    const wait = Math.min(POLLS[poll] ?? LAST_POLL, left);
    if (wait <= 0) throw stillRunning(workflow, patience);
    context.progress(`${id} is still being made; waiting up to ${Math.ceil(left / 1000)} s more`);
    await context.sleep(wait, signal);
  }
}

/** Remembers the links of a workflow that was just read. */
export function keep({ context, links }: OwnParts, workflow: Workflow): Results {
  const results = resultsOf(workflow);
  for (const { id, blob } of results.available) {
    if (blob.url !== undefined) links.set(workflow.id, id, blob.url, blob.urlExpiresAt, context.now());
  }
  return results;
}

/** Pages in a row that bring nothing new: so many new workflows may push the list on meanwhile, but it must have an end. */
const MOST_STALE_PAGES = 20;

/** Newest first. The end of the list is not told by the service: an empty `next`, an empty page, or the same page again. */
export async function* listWorkflows(parts: OwnParts, options: ListOptions): AsyncGenerator<Task> {
  const seen = new Set<string>();
  const cursors = new Set<string>();
  let stale = 0;
  let page = await firstPage(parts, options);
  for (;;) {
    const fresh = page.workflows.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    yield* tasksOf(parts, fresh, page, options);
    const { next } = page;
    if (next === undefined || page.workflows.length === 0 || cursors.has(next)) return;
    if (page.workflows.every((workflow) => isBefore(workflow, options.since))) return;
    cursors.add(next);
    stale = fresh.length === 0 ? stale + 1 : 0;
    if (stale === MOST_STALE_PAGES) throw endless(stale);
    page = await parts.orchestrator.page(next, options);
  }
}

/** A cursor of an earlier listing that the service does not take any more is left alone, and the list begins anew. */
async function firstPage({ orchestrator }: OwnParts, options: ListOptions): Promise<WorkflowPage> {
  const { cursor } = options;
  if (cursor === undefined) return orchestrator.page(undefined, options);
  try {
    return await orchestrator.page(cursor, options);
  } catch (thrown) {
    const isRefused =
      thrown instanceof AlbarettoError && (thrown.code === 'E_BAD_ANSWER' || thrown.code === 'E_NOT_FOUND');
    if (!isRefused || thrown.retryable) throw thrown;
    return orchestrator.page(undefined, options);
  }
}

/**
 * What still runs, and what has no media to fetch, are tasks that are absent. The list tells of nothing that its files were
 * deleted: a workflow goes with them, and one that is `expired` was never made.
 */
async function* tasksOf(
  parts: OwnParts,
  workflows: readonly Workflow[],
  page: WorkflowPage,
  { signal, since }: ListOptions,
): AsyncGenerator<Task> {
  if (page.unreadable > 0)
    parts.context.warn(`${page.unreadable} workflows of the list cannot be read and are left out`);
  const wanted = workflows.filter((workflow) => !isBefore(workflow, since));
  for (const workflow of wanted) {
    if (signal?.aborted) throw interrupted(signal.reason);
    const task = taskOf(parts, workflow, signal);
    yield workflow === wanted.at(-1) ? lastOf(page, task) : task;
  }
}

/** By when its results were made, as its items say, and not by when they were asked for. What still runs is not made yet. */
function isBefore({ state, created, completed }: Workflow, since: Date | undefined): boolean {
  const made = state === 'waiting' ? undefined : (completed ?? created);
  return since !== undefined && made !== undefined && made < since.getTime();
}

function taskOf(parts: OwnParts, workflow: Workflow, signal: AbortSignal | undefined): Task {
  if (workflow.state === 'waiting') return toAbsentTask(workflow, 'pending', signal);
  const { available, missing } = resultsIn(parts, workflow);
  // What a workflow had not made when it failed is never made any more.
  const isOver = workflow.state === 'failed' || missing.length === 0;
  if (available.length === 0 && isOver) return toAbsentTask(workflow, 'none', signal);
  // What is hidden or blocked today may be there tomorrow: also where that is all of it, it is looked at again.
  return { ...toTask(workflow, available, signal), final: missing.length === 0 };
}

function resultsIn(parts: OwnParts, workflow: Workflow): Results {
  const { context } = parts;
  const results = keep(parts, workflow);
  if (workflow.state === 'succeeded') tellLeftOut(context, workflow, results);
  if (results.available.length === 0) context.debug(`${workflow.id} has no media that can be fetched`);
  return results;
}

/** The last of a page: behind it the listing can be taken up again. */
function lastOf({ next }: WorkflowPage, task: Task): Task {
  const isPlain = next !== undefined && /^[\x21-\x7e]{1,1000}$/u.test(next);
  return { ...task, endsPage: true, ...(isPlain ? { cursor: next } : {}) };
}
