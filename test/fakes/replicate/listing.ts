/** `GET /v1/predictions`: filters, pages and the links between them. */

import { type Answer, type FakeRequest, jsonAnswer } from '../service/answer.js';
import { type Cursor, decodeCursor, encodeCursor, FIRST_PAGE, pageAt } from './cursor.js';
import { invalidCursor, problem } from './errors.js';
import type { FakePrediction } from './prediction.js';
import { predictionRecord, type RecordOptions } from './records.js';

const WEB_DAYS = 14 * 24 * 3_600_000;

export interface ListingOptions {
  readonly predictions: readonly FakePrediction[];
  readonly records: RecordOptions;
  readonly pageSize: number;
  now(): number;
}

type Filter = (prediction: FakePrediction) => boolean;

export function listPredictions(options: ListingOptions, request: FakeRequest): Answer {
  const query = new URLSearchParams(request.query);
  const filters = filtersOf(query, options.now());
  // Nobody has said how wrong filters are refused; this is likely.
  if (typeof filters === 'string') return problem(400, 'Invalid query', filters);
  const given = query.get('cursor');
  const cursor = given === null ? FIRST_PAGE : decodeCursor(given);
  if (cursor === undefined) return invalidCursor();
  const entries = options.predictions.filter((prediction) => filters.every((fits) => fits(prediction)));
  const page = pageAt(entries, cursor, options.pageSize);
  const link = (to: Cursor | undefined) =>
    to === undefined ? null : `${options.records.apiOrigin()}${request.path}?${linkQuery(query, to)}`;
  return jsonAnswer(200, {
    previous: link(page.previous),
    next: link(page.next),
    results: page.entries.map((prediction) => predictionRecord(options.records, prediction, 'listed')),
  });
}

/** The filters stay in the link. */
function linkQuery(query: URLSearchParams, cursor: Cursor): string {
  const linked = new URLSearchParams(query);
  linked.set('cursor', encodeCursor(cursor));
  return linked.toString();
}

/** Or the words of a refusal. */
function filtersOf(query: URLSearchParams, now: number): Filter[] | string {
  const filters: Filter[] = [];
  for (const name of ['created_after', 'created_before'] as const) {
    const given = query.get(name);
    if (given === null) continue;
    const time = Date.parse(given);
    if (Number.isNaN(time)) return `${name} must be an ISO 8601 date`;
    filters.push(name === 'created_after' ? ({ created }) => created >= time : ({ created }) => created < time);
  }
  const source = query.get('source');
  if (source === null) return filters;
  if (source !== 'web') return 'source must be web';
  return [...filters, (prediction) => prediction.source === 'web' && prediction.created >= now - WEB_DAYS];
}
