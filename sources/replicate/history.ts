/**
 * The list of all predictions, newest first, page by page: `GET /predictions`, 100 to a page, each with a link to the
 * next. https://replicate.com/docs/reference/http#predictions.list
 */

import { AlbarettoError, type ListOptions, type SourceContext } from '../../src/plugin.js';
import { badAnswer, type PageAnswer, type PredictionAnswer, readPage } from './answers.js';
import { explain } from './explain.js';
import { firstQuery, Position } from './position.js';

const PLUGIN = 'replicate';
const API_ORIGIN = 'https://api.replicate.com';

/** Pages in a row that bring nothing new: a list that goes on like this has no end. */
const MOST_STALE_PAGES = 20;

/** Each page as it is needed, without what was on the page before. @throws E_UNSAFE_ADDRESS, E_BAD_ANSWER. */
export async function* pagesOf(
  context: SourceContext,
  options: ListOptions,
): AsyncGenerator<readonly PredictionAnswer[]> {
  const behind = Position.from(options.cursor);
  const followed = new Set<string>();
  let query = firstQuery(options, behind);
  let before: ReadonlySet<string> = new Set();
  let stale = 0;
  for (let number = 1; ; number += 1) {
    const page = await readPageAt(context, query, number, options.signal);
    const fresh = page.predictions.filter(({ id }) => !before.has(id));
    before = new Set(page.predictions.map(({ id }) => id));
    stale = fresh.length === 0 ? stale + 1 : 0;
    const isLast = page.next === undefined || endsBefore(fresh, options.since);
    yield withinTime(behind?.rest(fresh, isLast) ?? fresh, options);
    if (page.next === undefined || isLast) return;
    followed.add(query);
    query = queryOf(page.next, context.baseUrl);
    if (followed.has(query) || stale === MOST_STALE_PAGES) throw endless(number);
  }
}

async function readPageAt(
  context: SourceContext,
  query: string,
  number: number,
  signal: AbortSignal | undefined,
): Promise<PageAnswer> {
  const what = `reading page ${number} of the predictions`;
  const page = readPage(await context.http.json({ url: `/predictions${query}`, what, signal, explain }), what);
  if (page.unreadable > 0) context.warn(`${what}: ${page.unreadable} that cannot be read are left out`);
  return page;
}

/**
 * The query of a link to the next page, as it was written. Only that is taken from it: the request goes to the API's own
 * address whatever the link says, and a link to another service is refused besides. In front of Replicate may stand a
 * proxy that passes its links on as they are.
 * @throws E_UNSAFE_ADDRESS, E_BAD_ANSWER
 */
export function queryOf(link: string, baseUrl: string): string {
  if (!URL.canParse(link)) throw badAnswer('reading the list of predictions', 'a link to the next page that is no URL');
  const { origin, search } = new URL(link);
  if (origin === new URL(baseUrl).origin || origin === API_ORIGIN) return search;
  throw new AlbarettoError({
    code: 'E_UNSAFE_ADDRESS',
    message: 'the link to the next page of the predictions leads to another service',
    hint: 'it was not followed',
    plugin: PLUGIN,
  });
}

/** What is older than anybody wants, at the end of a page, and what is newer, at the beginning of one. */
function withinTime(predictions: readonly PredictionAnswer[], { since, until }: ListOptions) {
  const [from, to] = [since?.getTime() ?? Number.NEGATIVE_INFINITY, until?.getTime() ?? Number.POSITIVE_INFINITY];
  return predictions.filter(({ created }) => created === undefined || (created >= from && created <= to));
}

/** The list is newest first: behind something older than that there is nothing newer. */
function endsBefore(predictions: readonly PredictionAnswer[], since: Date | undefined): boolean {
  const last = predictions.at(-1)?.created;
  return since !== undefined && last !== undefined && last < since.getTime();
}

function endless(pages: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `the list of predictions repeats itself, up to page ${pages}, and does not end`,
    hint: 'its interface may have changed',
    plugin: PLUGIN,
  });
}
