/** The whole history, newest first, page by page; and where it is taken up again. */

import { AlbarettoError, type Task } from '../../src/plugin.js';
import type { PageAnswer, TaskAnswer } from './answers.js';

const PLUGIN = 'dalle2';

/**
 * Pages in a row that bring nothing new, whatever number of pages the service tells: a thousand new tasks may have pushed
 * the history on meanwhile, but a list that goes on like this has no end.
 */
const MOST_STALE_PAGES = 20;

export interface HistoryPage extends PageAnswer {
  /** When it was answered, in milliseconds since the epoch. */
  readonly answered: number;
}

type ReadPage = (number: number) => Promise<HistoryPage>;

/**
 * @param read Asks for one page; the first is 1.
 * @param cursor `Task.cursor` of an earlier listing.
 * @param toTask The task as it is fetched; `undefined` for one that is passed over.
 */
export async function* listHistory(
  read: ReadPage,
  cursor: string | undefined,
  toTask: (task: TaskAnswer, answered: number) => Promise<Task | undefined>,
): AsyncGenerator<Task> {
  const seen = new Set<string>();
  let stale = 0;
  const start = await startOf(read, cursor);
  let page: HistoryPage | undefined = start.page;
  for (let number = start.number; ; number += 1) {
    page ??= await read(number);
    // New tasks push older ones to the next page while the history is being read.
    const unseen = page.tasks.filter((task) => !seen.has(task.id));
    const fresh = number === start.number ? unseen.slice(start.skip) : unseen;
    for (const task of fresh) {
      seen.add(task.id);
      const fetchable = await toTask(task, page.answered);
      if (fetchable === undefined) continue;
      const ends = task === fresh.at(-1);
      yield ends ? { ...fetchable, endsPage: true, cursor: `${number} ${task.id}` } : fetchable;
    }
    if (isLast(page, number, unseen.length)) return;
    stale = unseen.length === 0 ? stale + 1 : 0;
    if (stale === MOST_STALE_PAGES) throw endless(number);
    page = undefined;
  }
}

interface Start {
  readonly number: number;
  /** The page, where it was read to find the place. */
  readonly page?: HistoryPage;
  /** Tasks at its beginning that lie before the place. */
  readonly skip: number;
}

/**
 * Behind the task that the cursor names: on its page, or the next one when new tasks have pushed it there. Where it is on
 * neither, tasks were deleted, and those behind it may be anywhere: the history is walked from its beginning.
 */
async function startOf(read: ReadPage, cursor: string | undefined): Promise<Start> {
  const [, number, id] = /^(\d{1,6}) (\S+)$/u.exec(cursor ?? '') ?? [];
  if (number !== undefined && Number(number) >= 1) {
    for (const candidate of [Number(number), Number(number) + 1]) {
      const page = await read(candidate);
      const position = page.tasks.findIndex((task) => task.id === id);
      if (position >= 0) return { number: candidate, page, skip: position + 1 };
    }
  }
  return { number: 1, skip: 0 };
}

/** Where no number of pages is told, a page that brings nothing new is the end: the next would be the same again. */
function isLast(page: HistoryPage, number: number, fresh: number): boolean {
  if (page.tasks.length === 0) return true;
  return page.totalPages === undefined ? fresh === 0 : number >= page.totalPages;
}

function endless(pages: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `the history has brought nothing new for ${MOST_STALE_PAGES} pages, up to page ${pages}, and does not end`,
    hint: 'its interface may have changed',
    plugin: PLUGIN,
  });
}
