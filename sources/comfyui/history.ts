/**
 * The history of a server that knows no `/api/jobs`: a list that begins with the oldest and tells no length. Its newest
 * page can be had at once; for those before it the length is found out first, with requests for one item each.
 */

import { AlbarettoError, type ListOptions, readableEntries } from '../../src/plugin.js';
import type { Connection } from './connection.js';
import { badAnswer, isId, type Job, readHistoryItem, readQueueItem } from './jobs.js';
import { gone, type Listed, type Page } from './pages.js';
import { fields, list } from './values.js';

/** Items of one page: each holds both of its graphs, which together have some hundred kilobytes. */
const PAGE = 25;

/** What is in the queue has not ended; what is in neither is not known. */
export async function jobFromHistory(
  connection: Connection,
  id: string,
  signal: AbortSignal | undefined,
): Promise<Job> {
  const what = `reading ${id}`;
  const answer = await connection.json({ path: `/history/${encodeURIComponent(id)}`, what, signal });
  const item = Object.entries(fields(answer) ?? {}).find(([own]) => own === id)?.[1];
  if (item !== undefined) return readHistoryItem(item, id, what);
  const queue = fields(await connection.json({ path: '/queue', what: `looking for ${id} in the queue`, signal }));
  const isIn = (name: string) => list(queue?.[name]).some((own) => readQueueItem(own).id === id);
  const status = isIn('queue_running') ? 'in_progress' : isIn('queue_pending') ? 'pending' : undefined;
  if (status === undefined) throw gone(id);
  return { id, state: 'waiting', status, outputs: {}, graph: undefined, editor: undefined, record: {} };
}

/** The oldest that is left has number 0; a number stays with its item until the history is full. */
export async function* historyPages(
  connection: Connection,
  { signal, cursor }: Pick<ListOptions, 'signal' | 'cursor'>,
): AsyncGenerator<Page> {
  const ask = async (query: Record<string, number>, what: string) =>
    readItems(await connection.json({ path: '/history', query, what, signal }), what);
  const resumed = await resumedAt(ask, cursor);
  if (resumed === undefined) {
    const newest = await ask({ max_items: PAGE }, 'reading the newest of the history');
    yield pageOf(newest, undefined);
    if (newest.count < PAGE) return;
  }
  let end = resumed ?? (await lengthOf(ask)) - PAGE;
  while (end > 0) {
    const start = Math.max(0, end - PAGE);
    const items = await ask({ offset: start, max_items: end - start }, `reading the history down to number ${start}`);
    yield pageOf(items, start);
    end = start;
  }
}

type AskItems = (query: Record<string, number>, what: string) => Promise<Items>;

interface Items {
  /** How many the server told. */
  readonly count: number;
  /** Those that can be read. */
  readonly jobs: readonly Job[];
}

/** One odd entry must not hide all others. @throws E_BAD_ANSWER where nothing can be read. */
function readItems(value: unknown, what: string): Items {
  const items = fields(value);
  if (items === undefined) throw badAnswer(what, 'no history');
  const entries = Object.entries(items);
  const { read } = readableEntries(entries, ([id, item]) => {
    if (!isId(id)) throw badAnswer(what, 'a prompt without a usable id');
    return readHistoryItem(item, id, what);
  });
  return { count: entries.length, jobs: read };
}

/** @param start The number of the first of them, where it is known. */
function pageOf({ count, jobs }: Items, start: number | undefined): Page {
  const entries: Listed[] = jobs.toReversed().map((job) => ({ summary: job, job: async () => job }));
  const oldest = jobs[0];
  const unreadable = count - jobs.length;
  // A number belongs to an item: where one was left out it is not known whose the first is.
  const isPlain = start !== undefined && oldest !== undefined && unreadable === 0;
  return { entries, unreadable, cursor: isPlain ? `history/${start}/${oldest.id}` : undefined };
}

/** Twice ten thousand is more than any server keeps: one that still answers ignores the number that it is asked from. */
const LONGEST = 65_536;

/** How many items there are, found between two numbers by halving what is left; some ten requests. */
async function lengthOf(ask: AskItems): Promise<number> {
  const what = 'counting the history';
  const reaches = async (offset: number) => (await ask({ offset, max_items: 1 }, what)).count > 0;
  let [known, end] = [PAGE, PAGE];
  while (await reaches(end)) {
    if (end >= LONGEST) throw endless();
    known = end + 1;
    end *= 2;
  }
  while (known < end) {
    const middle = Math.floor((known + end) / 2);
    if (await reaches(middle)) known = middle + 1;
    else end = middle;
  }
  return known;
}

const CURSOR = /^history\/(\d{1,9})\/(.{1,200})$/u;

/** The number that the cursor's item has, if it is still that item's; what is before it comes next. */
async function resumedAt(ask: AskItems, cursor: string | undefined): Promise<number | undefined> {
  const [, start, id] = CURSOR.exec(cursor ?? '') ?? [];
  if (start === undefined) return undefined;
  const { jobs } = await ask({ offset: Number(start), max_items: 1 }, 'looking for where the listing ended');
  const [item] = jobs;
  return item?.id === id ? Number(start) : undefined;
}

function endless(): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: 'the history of the server does not end',
    hint: 'a newer server lists its jobs by /api/jobs',
    plugin: 'comfyui',
  });
}
