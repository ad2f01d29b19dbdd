/** The query of `/api/v1/images`, with the words that refuse what does not fit. */

import type { FakeRequest } from '../service/answer.js';

export interface ImageQuery {
  readonly limit: number;
  readonly page: number | undefined;
  readonly cursor: string | undefined;
  /** Of these a picture must have the same. */
  readonly ids: Readonly<Partial<Record<IdName, number>>>;
  readonly username: string | undefined;
  readonly type: string | undefined;
  readonly period: Period;
  readonly sort: Sort;
  /** The bits that may be shown. */
  readonly browsingLevel: number;
  readonly tags: readonly number[];
  readonly withMeta: boolean;
  readonly flatMeta: boolean | undefined;
  readonly requiringMeta: boolean;
  readonly withTags: boolean;
}

export interface QueryFault {
  readonly parameter: string;
  readonly message: string;
}

const ID_NAMES = ['postId', 'modelId', 'modelVersionId', 'imageId', 'userId'] as const;
const PERIODS = ['AllTime', 'Year', 'Month', 'Week', 'Day'] as const;
const SORTS = ['Most Reactions', 'Most Comments', 'Most Collected', 'Newest', 'Oldest', 'Random'] as const;
const TYPES = ['image', 'video', 'audio'] as const;

export type IdName = (typeof ID_NAMES)[number];
export type Period = (typeof PERIODS)[number];
export type Sort = (typeof SORTS)[number];

const DEFAULT_LIMIT = 100;
const LONGEST_LIMIT = 200;

/** `true` asks for the mature pictures alone; without any of the two parameters only PG is shown. */
const NSFW_LEVELS: Readonly<Record<string, number>> = {
  None: 1,
  Soft: 3,
  Mature: 7,
  X: 31,
  Blocked: 32,
  true: 60,
  false: 1,
};

export function readImageQuery(request: FakeRequest): ImageQuery | QueryFault {
  const query = new URLSearchParams(request.query);
  try {
    const limit = number(query, 'limit') ?? DEFAULT_LIMIT;
    if (limit < 0 || limit > LONGEST_LIMIT) fail('limit', `expected a number from 0 to ${LONGEST_LIMIT}`);
    const nsfw = oneOf(query, 'nsfw', Object.keys(NSFW_LEVELS));
    const ids = ID_NAMES.map((name) => [name, number(query, name)]);
    return {
      limit,
      page: number(query, 'page'),
      cursor: query.get('cursor') ?? undefined,
      ids: Object.fromEntries(ids.filter(([, id]) => id !== undefined)),
      username: query.get('username') ?? undefined,
      type: oneOf(query, 'type', TYPES),
      period: oneOf(query, 'period', PERIODS) ?? 'AllTime',
      sort: oneOf(query, 'sort', SORTS) ?? 'Most Reactions',
      browsingLevel: number(query, 'browsingLevel') ?? NSFW_LEVELS[nsfw ?? 'None']!,
      tags: (query.get('tags') ?? '').split(',').filter(Boolean).map(Number),
      withMeta: truth(query, 'withMeta') ?? false,
      flatMeta: truth(query, 'flatMeta'),
      requiringMeta: truth(query, 'requiringMeta') ?? false,
      withTags: truth(query, 'withTags') ?? false,
    };
  } catch (error) {
    if (error instanceof Misfit) return error;
    throw error;
  }
}

class Misfit extends Error implements QueryFault {
  constructor(
    readonly parameter: string,
    message: string,
  ) {
    super(message);
  }
}

function fail(parameter: string, message: string): never {
  throw new Misfit(parameter, `Invalid input: ${message}`);
}

function number(query: URLSearchParams, name: string): number | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  return /^-?\d+$/u.test(given) ? Number(given) : fail(name, 'expected number, received NaN');
}

function oneOf<T extends string>(query: URLSearchParams, name: string, values: readonly T[]): T | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  return values.find((value) => value === given) ?? fail(name, `expected one of ${values.join('|')}`);
}

function truth(query: URLSearchParams, name: string): boolean | undefined {
  const given = query.get(name);
  return given === null ? undefined : given === 'true';
}
