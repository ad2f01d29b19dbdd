/** The query of the list of workflows, and its pages. */

import type { FakeRequest } from '../service/answer.js';
import type { FakeWorkflow } from './workflows.js';

/** How the last page looks; the service tells only that `next` is a string that is always there. */
export type ListEnd =
  | 'empty-next'
  | 'null-next'
  | 'without-next'
  /** A cursor that leads to a page without items. */
  | 'empty-page'
  /** The cursor that led here, once more. */
  | 'same-next';

export interface WorkflowPage {
  readonly workflows: readonly FakeWorkflow[];
  /** As it stands in the answer; undefined where it is missing. */
  readonly next: string | null | undefined;
  readonly hideMature: boolean;
}

/** What is wrong, by the name of the parameter. */
export type QueryErrors = Readonly<Record<string, readonly string[]>>;

const DEFAULT_TAKE = 100;
const FAILED = new Set(['failed', 'expired', 'canceled']);

export function pageOfWorkflows(
  request: FakeRequest,
  newestFirst: readonly FakeWorkflow[],
  listEnd: ListEnd,
): WorkflowPage | QueryErrors {
  const query = new URLSearchParams(request.query);
  const cursor = query.get('cursor') ?? '';
  const take = Number(query.get('take') ?? DEFAULT_TAKE);
  const ascending = booleanParameter(query, 'ascending', false);
  const hideMature = booleanParameter(query, 'hideMatureContent', true);
  const start = cursor === '' ? undefined : readCursor(cursor);
  const errors = {
    ...(Number.isInteger(take) && take > 0 ? {} : { take: [`The value '${query.get('take')}' is not valid.`] }),
    ...(cursor !== '' && start === undefined ? { cursor: ['The cursor is not valid.'] } : {}),
    ...(ascending === undefined ? { ascending: ['The value is not valid.'] } : {}),
    ...(hideMature === undefined ? { hideMatureContent: ['The value is not valid.'] } : {}),
  };
  if (Object.keys(errors).length > 0) return errors;
  const matching = newestFirst.filter((workflow) => matches(workflow, query));
  const ordered = ascending ? matching.reverse() : matching;
  const rest = start === undefined ? ordered : behind(ordered, start, ascending === true);
  const workflows = rest.slice(0, take);
  const last = workflows.at(-1);
  const next = last !== undefined && rest.length > take ? writeCursor(last) : endOfList(listEnd, cursor, last);
  return { workflows, next, hideMature: hideMature === true };
}

function endOfList(listEnd: ListEnd, cursor: string, last: FakeWorkflow | undefined): string | null | undefined {
  if (listEnd === 'without-next') return undefined;
  if (listEnd === 'null-next') return null;
  if (listEnd === 'same-next') return cursor === '' && last !== undefined ? writeCursor(last) : cursor;
  return listEnd === 'empty-page' && last !== undefined ? writeCursor(last) : '';
}

function matches(workflow: FakeWorkflow, query: URLSearchParams): boolean {
  const tags = workflow.given.tags ?? ['civitai', 'gen', 'img'];
  const text = query.get('query')?.toLowerCase() ?? '';
  const metadata = JSON.stringify(workflow.given.metadata ?? { prompt: workflow.prompt }).toLowerCase();
  const [from, to] = [query.get('fromDate'), query.get('toDate')];
  return (
    query.getAll('tags').every((tag) => tags.includes(tag)) &&
    !query.getAll('excludeTags').some((tag) => tags.includes(tag)) &&
    metadata.includes(text) &&
    (from === null || workflow.created >= Date.parse(from)) &&
    (to === null || workflow.created <= Date.parse(to)) &&
    !(booleanParameter(query, 'excludeFailed', false) && FAILED.has(workflow.status))
  );
}

/** A cursor names the last one of a page, so that a workflow which is new does not move the pages. */
type Place = readonly [created: number, id: string];

function writeCursor({ created, id }: FakeWorkflow): string {
  return Buffer.from(`${created}/${id}`).toString('base64url');
}

function readCursor(cursor: string): Place | undefined {
  const [, created, id] = /^(\d+)\/(.+)$/u.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  return id === undefined ? undefined : [Number(created), id];
}

function behind(workflows: readonly FakeWorkflow[], [created, id]: Place, ascending: boolean): FakeWorkflow[] {
  return workflows.filter((workflow) => {
    const later = workflow.created - created || (workflow.id < id ? -1 : Number(workflow.id > id));
    return ascending ? later > 0 : later < 0;
  });
}

/** Undefined for what is neither true nor false. */
export function booleanParameter(query: URLSearchParams, name: string, otherwise: boolean): boolean | undefined {
  const given = query.get(name)?.toLowerCase();
  if (given === undefined) return otherwise;
  return given === 'true' ? true : given === 'false' ? false : undefined;
}
