/** The whole history of a server, newest first. */

import { AlbarettoError, interrupted, type ListOptions, type Task } from '../../src/plugin.js';
import { toAbsentTask, toListedTask } from './items.js';
import type { JobSummary } from './jobs.js';
import type { Parts } from './opening.js';
import type { Listed, Page } from './pages.js';
import { endless } from './words.js';

/** Pages in a row that bring nothing new: so many new jobs may push the list on meanwhile, but it must have an end. */
const MOST_STALE_PAGES = 20;

/**
 * A job's own record is asked for when its items are: a list costs one request a page. What waits or runs, and what failed
 * or ended without files, are tasks without items.
 */
export async function* listAll(parts: Parts, options: ListOptions): AsyncGenerator<Task> {
  const { signal, since } = options;
  const seen = new Set<string>();
  let stale = 0;
  for await (const page of parts.server.pages(options)) {
    const fresh = page.entries.filter(({ summary }) => !seen.has(summary.id));
    for (const { summary } of fresh) seen.add(summary.id);
    const wanted = fresh.filter(({ summary }) => isWanted(summary, options));
    if (page.unreadable > 0) parts.context.warn(`${page.unreadable} jobs of the list cannot be read and are left out`);
    for (const entry of wanted) {
      if (signal?.aborted) throw interrupted(signal.reason);
      const { summary } = entry;
      const absent = absenceOf(summary);
      const task =
        absent === undefined
          ? toListedTask(summary, () => readListed(parts, entry, signal), signal)
          : toAbsentTask(summary, absent);
      yield entry === wanted.at(-1) ? lastOf(page, task) : task;
    }
    if (since !== undefined && isWhollyBefore(page, since)) return;
    stale = fresh.length === 0 ? stale + 1 : 0;
    if (stale === MOST_STALE_PAGES) throw endless(stale);
  }
}

const NO_GOOD: ReadonlySet<string> = new Set(['E_NOT_FOUND', 'E_BAD_ANSWER']);

/** One job that is no good must not end the list of all others; an outage must, or jobs would be missed. */
async function readListed({ context, find, locator }: Parts, entry: Listed, signal: AbortSignal | undefined) {
  try {
    const job = await entry.job(signal);
    const { files } = find(job);
    locator.keep(job.id, files);
    return { job, files };
  } catch (thrown) {
    if (!(thrown instanceof AlbarettoError) || !NO_GOOD.has(thrown.code) || thrown.retryable) throw thrown;
    context.warn(`${entry.summary.id} is left out: ${thrown.message}`);
    return undefined;
  }
}

/** What a job made before it failed is there like all else; where nothing tells how much that is, it is nothing. */
function absenceOf({ state, count }: JobSummary): Task['absent'] {
  if (state === 'waiting') return 'pending';
  return count === 0 || (state === 'failed' && count === undefined) ? 'none' : undefined;
}

/** The last of a page: behind it the listing can be taken up again. */
function lastOf({ cursor }: Page, task: Task): Task {
  return { ...task, endsPage: true, ...(cursor === undefined ? {} : { cursor }) };
}

/** When a job's files were made, as its items say: one that waits has none, and some tell no time. Those are wanted always. */
function madeAt({ state, created, ended }: JobSummary): number | undefined {
  return state === 'waiting' ? undefined : (ended ?? created);
}

function isWanted(summary: JobSummary, { since, until }: ListOptions): boolean {
  const made = madeAt(summary);
  if (made === undefined) return true;
  return made >= (since?.getTime() ?? made) && made <= (until?.getTime() ?? made);
}

/** `/api/jobs` is in the order in which jobs were asked for, `/history` in that in which they ended: one old job is no end. */
function isWhollyBefore({ entries }: Page, since: Date): boolean {
  return entries.length > 0 && entries.every(({ summary }) => (madeAt(summary) ?? Infinity) < since.getTime());
}
