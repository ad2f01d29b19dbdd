/** The endpoints of `/v1` that read; nothing can be generated here. */

import { type Answer, type FakeRequest, jsonAnswer } from '../service/answer.js';
import { notFound } from './errors.js';
import { listPredictions } from './listing.js';
import type { PredictionStore } from './predictions.js';
import { predictionRecord, type RecordOptions } from './records.js';
import type { Uploads } from './uploads.js';

export interface ApiOptions {
  readonly store: PredictionStore;
  readonly uploads: Uploads;
  readonly records: RecordOptions;
  readonly pageSize: number;
  now(): number;
}

type Handler = (options: ApiOptions, request: FakeRequest, ...parts: string[]) => Answer;

const ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ['GET', /^\/v1\/predictions$/u, list],
  ['GET', /^\/v1\/predictions\/([^/]+)$/u, show],
  ['POST', /^\/v1\/predictions\/([^/]+)\/cancel$/u, cancel],
  ['GET', /^\/v1\/account$/u, showAccount],
  ['GET', /^\/v1\/models\/([^/]+)\/([^/]+)\/versions\/([^/]+)$/u, showVersion],
  ['GET', /^\/v1\/files$/u, ({ uploads }) => jsonAnswer(200, uploads.list())],
  ['GET', /^\/v1\/files\/([^/]+)$/u, ({ uploads }, _, id = '') => found(uploads.find(id))],
];

export function createApi(options: ApiOptions): (request: FakeRequest) => Answer {
  return (request) => {
    for (const [method, pattern, handler] of ROUTES) {
      const match = pattern.exec(request.path);
      if (match !== null && method === request.method) return handler(options, request, ...match.slice(1));
    }
    return notFound();
  };
}

function list({ store, records, pageSize, now }: ApiOptions, request: FakeRequest): Answer {
  return listPredictions({ predictions: store.predictions, records, pageSize, now }, request);
}

function show({ store, records }: ApiOptions, _request: FakeRequest, id = ''): Answer {
  const prediction = store.find(id);
  if (prediction === undefined) return notFound();
  prediction.poll();
  return jsonAnswer(200, predictionRecord(records, prediction, 'whole'));
}

function cancel({ store, records }: ApiOptions, _request: FakeRequest, id = ''): Answer {
  const prediction = store.find(id);
  if (prediction === undefined) return notFound();
  prediction.cancel();
  return jsonAnswer(200, predictionRecord(records, prediction, 'whole'));
}

function showAccount(): Answer {
  const links = { github_url: 'https://github.com/acme', avatar_url: 'https://github.com/acme.png' };
  return jsonAnswer(200, { type: 'organization', username: 'acme', name: 'Acme Corp, Inc.', ...links });
}

/** Any version is known whose id has the right form. */
function showVersion({ now }: ApiOptions, _request: FakeRequest, _owner = '', _name = '', id = ''): Answer {
  if (!/^[0-9a-f]{64}$/u.test(id)) return notFound();
  const properties = { prompt: { type: 'string', title: 'Prompt' } };
  return jsonAnswer(200, {
    id,
    created_at: new Date(now() - 86_400_000).toISOString(),
    cog_version: '0.9.4',
    openapi_schema: { openapi: '3.0.2', components: { schemas: { Input: { type: 'object', properties } } } },
  });
}

function found(record: object | undefined): Answer {
  return record === undefined ? notFound() : jsonAnswer(200, record);
}
