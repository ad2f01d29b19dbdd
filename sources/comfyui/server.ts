/**
 * One ComfyUI server, whichever way it tells of its jobs: by `/api/jobs`, or by `/history` and `/queue` where it is older
 * than that (before version 0.6.0). Which of the two is found out once, by asking.
 */

import { type ListOptions, readableEntries } from '../../src/plugin.js';
import type { Connection } from './connection.js';
import { historyPages, jobFromHistory } from './history.js';
import { badAnswer, type Job, type JobSummary, readJob, readSummary } from './jobs.js';
import type { Page } from './pages.js';
import { isMissingRoute } from './refusals.js';
import { fields, number } from './values.js';

/** Jobs of one page. Comfy Cloud gives so many unless it is asked for others. */
const PAGE = 100;

export interface Server {
  /** @throws E_NOT_FOUND, also for what a restarted server has forgotten. */
  job(id: string, signal: AbortSignal | undefined): Promise<Job>;
  /** The whole history, page by page; no page is asked for before it is needed. */
  pages(options: Pick<ListOptions, 'signal' | 'cursor'>): AsyncGenerator<Page>;
}

/** Asks one of the routes of `/api/jobs`; answers `undefined` where there is none. */
type AskJobs = (
  path: string,
  query: Readonly<Record<string, number>>,
  what: string,
  signal: AbortSignal | undefined,
) => Promise<unknown>;

export function openServer(connection: Connection): Server {
  const ask = createAsk(connection);
  const job = async (id: string, signal: AbortSignal | undefined): Promise<Job> => {
    const what = `reading ${id}`;
    const answer = await ask(`/${encodeURIComponent(id)}`, {}, what, signal);
    return answer === undefined ? jobFromHistory(connection, id, signal) : readJob(answer, id, what);
  };
  return {
    job,
    async *pages({ signal, cursor }) {
      let offset = await resumedAt(ask, cursor, signal);
      for (;;) {
        const what = `reading the jobs from number ${offset + 1} on`;
        const answer = await ask('', { limit: PAGE, offset }, what, signal);
        if (answer === undefined) {
          yield* historyPages(connection, { signal, cursor });
          return;
        }
        const { count, summaries, hasMore } = readPage(answer, what);
        offset += count;
        const last = summaries.at(-1);
        yield {
          entries: summaries.map(({ summary }) => ({ summary, job: (own) => job(summary.id, own) })),
          unreadable: count - summaries.length,
          cursor: last === undefined ? undefined : `jobs/${offset - count + last.place + 1}/${last.summary.id}`,
        };
        if (!hasMore) return;
      }
    },
  };
}

function createAsk(connection: Connection): AskJobs {
  let isThere: boolean | undefined = connection.isCloud || undefined;
  return async (path, query, what, signal) => {
    if (isThere === false) return undefined;
    let isMissing = false;
    try {
      const answer = await connection.json({
        path: `/api/jobs${path}`,
        query,
        what,
        signal,
        onRefusal: (refusal, json) => {
          isMissing = isMissingRoute(refusal, json);
        },
      });
      isThere = true;
      return answer;
    } catch (thrown) {
      if (isThere || !isMissing) throw thrown;
      isThere = false;
      return undefined;
    }
  };
}

interface JobPage {
  /** How many jobs are on it. */
  readonly count: number;
  /** Those that can be read, and their place on the page. */
  readonly summaries: readonly { readonly place: number; readonly summary: JobSummary }[];
  readonly hasMore: boolean;
}

/** One odd entry must not hide all others. @throws E_BAD_ANSWER where nothing on the page can be read. */
function readPage(value: unknown, what: string): JobPage {
  const page = fields(value);
  if (!Array.isArray(page?.jobs)) throw badAnswer(what, 'a list without jobs');
  const jobs: readonly unknown[] = page.jobs;
  const { read } = readableEntries(jobs, (job, place) => ({ place, summary: readSummary(job, what) }));
  const pagination = fields(page.pagination);
  const more = pagination?.has_more ?? (number(pagination?.total) === undefined && jobs.length >= PAGE);
  return { count: jobs.length, summaries: read, hasMore: jobs.length > 0 && more === true };
}

const CURSOR = /^jobs\/([1-9]\d{0,14})\/(.{1,200})$/u;

/**
 * Behind the job that the cursor names, if it is where it was, or a little later because others were made since; else at
 * the beginning: the server has begun a new history.
 */
async function resumedAt(ask: AskJobs, cursor: string | undefined, signal: AbortSignal | undefined): Promise<number> {
  const [, end, id] = CURSOR.exec(cursor ?? '') ?? [];
  if (end === undefined) return 0;
  const offset = Number(end) - 1;
  const what = 'looking for where the listing ended';
  const answer = await ask('', { limit: PAGE, offset }, what, signal);
  if (answer === undefined) return 0;
  const found = readPage(answer, what).summaries.find(({ summary }) => summary.id === id);
  return found === undefined ? 0 : offset + found.place + 1;
}
