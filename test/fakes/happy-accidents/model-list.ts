/** The search in the catalogue of models. Unlike the listing of inferences it counts pages from 1 and writes camelCase. */

import { type Answer, type FakeRequest, jsonAnswer } from '../service/answer.js';
import { unprocessable } from './errors.js';
import type { ModelStore } from './models.js';
import { type MetadataOptions, pageMetadata, readPage } from './paging.js';

export interface ModelListOptions {
  readonly models: ModelStore;
  readonly metadata: MetadataOptions;
  readonly longestPage: number;
}

/** Filters by `search` and `modelType`; the order and the other filters are the service's own affair. */
export function listModels({ models, metadata, longestPage }: ModelListOptions, request: FakeRequest): Answer {
  const page = readPage(request, { number: 'currentPage', size: 'pageSize', first: 1, longest: longestPage });
  if ('loc' in page) return unprocessable(page);
  const given = new URLSearchParams(request.query);
  const search = given.get('search')?.toLowerCase() ?? '';
  const kinds = [...given.getAll('modelType'), ...given.getAll('modelType[]')];
  const found = models.models.filter(
    ({ name, kind }) => name.toLowerCase().includes(search) && (kinds.length === 0 || kinds.includes(kind)),
  );
  return jsonAnswer(200, {
    items: found.slice(page.start, page.start + page.size).map(({ record }) => record),
    paginationMetadata: pageMetadata(page, found.length, metadata),
  });
}
