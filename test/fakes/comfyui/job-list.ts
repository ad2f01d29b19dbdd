/** The query of `/api/jobs`: statuses, sorting and paging by offset. */

import type { FakeRequest } from '../service/answer.js';
import { type JobStatus, jobStatus } from './job-records.js';
import type { FakePrompt } from './prompts.js';

/** What differs between a server of one's own and the cloud. */
export interface JobListRules {
  readonly knowsCancelled: boolean;
  /** The names of the two orders: by creation, by duration. */
  readonly orders: readonly [created: string, duration: string];
  /** Undefined: everything. */
  readonly defaultLimit: number | undefined;
  readonly longestLimit: number;
}

export interface JobPage {
  readonly prompts: readonly FakePrompt[];
  readonly pagination: { readonly offset: number; readonly limit: number | null; readonly total: number };
}

/** A page, or what is wrong with the query. */
export function pageOfJobs(
  request: FakeRequest,
  prompts: readonly FakePrompt[],
  rules: JobListRules,
): JobPage | string {
  const query = new URLSearchParams(request.query);
  const statuses = wantedStatuses(query, rules);
  if (typeof statuses === 'string') return statuses;
  const order = (query.get('sort_by') ?? rules.orders[0]).toLowerCase();
  if (!rules.orders.includes(order)) return `sort_by must be '${rules.orders[0]}' or '${rules.orders[1]}'`;
  const direction = (query.get('sort_order') ?? 'desc').toLowerCase();
  if (direction !== 'asc' && direction !== 'desc') return "sort_order must be 'asc' or 'desc'";
  const limit = wholeNumber(query.get('limit')) ?? rules.defaultLimit;
  if (Number.isNaN(limit)) return 'limit must be an integer';
  if (limit !== undefined && limit <= 0) return 'limit must be a positive integer';
  if (limit !== undefined && limit > rules.longestLimit) return `limit must be at most ${rules.longestLimit}`;
  const offset = Math.max(0, wholeNumber(query.get('offset')) ?? 0);
  if (Number.isNaN(offset)) return 'offset must be an integer';
  const workflow = query.get('workflow_id');
  const matching = prompts.filter(
    (prompt) =>
      statuses.includes(jobStatus(prompt, rules.knowsCancelled)) && (!workflow || prompt.workflowId === workflow),
  );
  const sorted = sortedPrompts(matching, order === rules.orders[0], direction === 'desc');
  const end = limit === undefined ? undefined : offset + limit;
  return {
    prompts: sorted.slice(offset, end),
    pagination: { offset, limit: limit ?? null, total: matching.length },
  };
}

function wantedStatuses(query: URLSearchParams, { knowsCancelled }: JobListRules): readonly JobStatus[] | string {
  const valid: JobStatus[] = ['pending', 'in_progress', 'completed', 'failed'];
  if (knowsCancelled) valid.push('cancelled');
  const given = query.get('status');
  if (!given) return valid;
  const wanted = given.split(',').map((status) => status.trim().toLowerCase());
  const statuses = wanted.filter((status) => status !== '');
  const wrong = statuses.filter((status) => !valid.includes(status as JobStatus));
  if (wrong.length === 0) return statuses as JobStatus[];
  return `Invalid status value(s): ${wrong.join(', ')}. Valid values: ${valid.join(', ')}`;
}

/** Equal ones keep their order in both directions, as Python's sort does. */
function sortedPrompts(prompts: readonly FakePrompt[], byCreation: boolean, descending: boolean): FakePrompt[] {
  const key = (prompt: FakePrompt) => (byCreation ? creation(prompt) : duration(prompt));
  return [...prompts].sort((one, other) => (descending ? key(other) - key(one) : key(one) - key(other)));
}

function creation(prompt: FakePrompt): number {
  return prompt.given.withoutCreateTime ? 0 : prompt.created;
}

function duration({ started, ended, given }: FakePrompt): number {
  return started === undefined || ended === undefined || given.withoutStatus ? 0 : ended - started;
}

/** As Python's `int` reads it; NaN for what is no whole number. */
export function wholeNumber(text: string | null): number | undefined {
  if (text === null) return undefined;
  return /^\s*[+-]?\d+\s*$/u.test(text) ? Number(text) : Number.NaN;
}
