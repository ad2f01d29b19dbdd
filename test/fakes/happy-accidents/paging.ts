/** Pages of a list: the parameters that ask for one, and what an answer says about itself. */

import type { FakeRequest } from '../service/answer.js';
import type { BadParameter } from './errors.js';

/** The two lists of the service name their parameters differently and count from different numbers. */
export interface PageForm {
  readonly number: string;
  readonly size: string;
  readonly first: 0 | 1;
  readonly longest: number;
}

export interface Page {
  readonly number: number;
  readonly size: number;
  /** The position of its first entry. */
  readonly start: number;
}

export interface MetadataOptions {
  /** The service mostly sent null; what it sent was not to be trusted. */
  readonly totalItems: 'null' | 'wrong' | 'right' | 'missing';
  /** Replies of 2023 have no such field. */
  readonly hasNextPage: boolean;
}

const DEFAULT_SIZE = 30;

export function readPage(request: FakeRequest, form: PageForm): Page | BadParameter {
  const given = new URLSearchParams(request.query);
  const number = integer(given.get(form.number), form.number, form.first, form.first, Number.MAX_SAFE_INTEGER);
  const size = integer(given.get(form.size), form.size, DEFAULT_SIZE, 1, form.longest);
  if (typeof number !== 'number') return number;
  if (typeof size !== 'number') return size;
  return { number, size, start: (number - form.first) * size };
}

export function pageMetadata(page: Page, total: number, options: MetadataOptions): object {
  const totals = { null: null, wrong: Math.floor(total / 2), right: total };
  return {
    currentPage: page.number,
    pageSize: page.size,
    ...(options.totalItems === 'missing' ? {} : { totalItems: totals[options.totalItems] }),
    ...(options.hasNextPage ? { hasNextPage: page.start + page.size < total } : {}),
  };
}

/** As pydantic reads a truth value. */
export function readTruth(request: FakeRequest, name: string): boolean | BadParameter {
  const given = new URLSearchParams(request.query).get(name)?.toLowerCase() ?? 'false';
  if (['true', '1', 'yes', 'on', 't', 'y'].includes(given)) return true;
  if (['false', '0', 'no', 'off', 'f', 'n'].includes(given)) return false;
  return { loc: ['query', name], msg: 'value could not be parsed to a boolean', type: 'type_error.bool' };
}

function integer(
  given: string | null,
  name: string,
  otherwise: number,
  least: number,
  most: number,
): number | BadParameter {
  if (given === null) return otherwise;
  const loc = ['query', name] as const;
  if (!/^\s*[+-]?\d+\s*$/u.test(given)) return { loc, msg: 'value is not a valid integer', type: 'type_error.integer' };
  const value = Number(given);
  if (value < least) return outside(loc, 'greater', 'ge', least);
  return value > most ? outside(loc, 'less', 'le', most) : value;
}

function outside(loc: BadParameter['loc'], side: 'greater' | 'less', short: 'ge' | 'le', limit: number): BadParameter {
  const msg = `ensure this value is ${side} than or equal to ${limit}`;
  return { loc, msg, type: `value_error.number.not_${short}`, ctx: { limit_value: limit } };
}
