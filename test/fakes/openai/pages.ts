/** Lists of items: a cursor that is the id of the last item seen, and two orders. */

import { type Answer, jsonAnswer } from '../service/answer.js';
import { apiError } from './errors.js';
import { INCLUDABLE, type Item } from './items.js';

/** @param items In their order in time. */
export function listAnswer(
  query: URLSearchParams,
  items: readonly Item[],
  record: (item: Item, include: readonly string[]) => object,
): Answer {
  const include = includeOf(query);
  if ('status' in include) return include;
  const limit = limitOf(query);
  if (typeof limit === 'object') return limit;
  const order = query.get('order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') {
    const message = `Invalid value: '${order}'. Supported values are: 'asc' and 'desc'.`;
    return apiError(400, message, { param: 'order', code: 'invalid_value' });
  }
  const ordered = order === 'asc' ? items : items.toReversed();
  const after = query.get('after');
  const start = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  // Nobody has said what a cursor gets that is in no list; this is likely.
  if (after !== null && start === 0) return apiError(400, `Item with id '${after}' not found.`, { param: 'after' });
  const page = ordered.slice(start, start + limit);
  return jsonAnswer(200, {
    object: 'list',
    data: page.map((item) => record(item, include)),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: start + page.length < ordered.length,
  });
}

/** What `include` names, in either way of writing an array; or the refusal of a name that nobody knows. */
export function includeOf(query: URLSearchParams): readonly string[] | Answer {
  const names = [...query.getAll('include'), ...query.getAll('include[]')];
  const unknown = names.find((name) => !INCLUDABLE.includes(name));
  if (unknown === undefined) return names;
  const supported = INCLUDABLE.map((name) => `'${name}'`).join(', ');
  const message = `Invalid value: '${unknown}'. Supported values are: ${supported}.`;
  return apiError(400, message, { param: 'include', code: 'invalid_value' });
}

function limitOf(query: URLSearchParams): number | Answer {
  const given = query.get('limit') ?? '20';
  const limit = Number(given);
  const refused = (what: string, code: string) =>
    apiError(400, `Invalid 'limit': ${what}, but got ${given} instead.`, { param: 'limit', code });
  if (!Number.isInteger(limit)) return refused('expected an integer', 'invalid_type');
  if (limit > 100) return refused('integer above maximum value. Expected a value <= 100', 'integer_above_max_value');
  if (limit < 1) return refused('integer below minimum value. Expected a value >= 1', 'integer_below_min_value');
  return limit;
}
