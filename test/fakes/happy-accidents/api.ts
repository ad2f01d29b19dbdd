/** The endpoints below `/v1` that tell what an account has made and with which models. */

import { type Answer, type FakeRequest, jsonAnswer } from '../service/answer.js';
import { API_HOST, BASE_PATH } from './addresses.js';
import type { Authorization } from './authorization.js';
import { refused, unprocessable } from './errors.js';
import type { InferenceStore } from './inferences.js';
import { listModels } from './model-list.js';
import type { ModelStore } from './models.js';
import type { PageEvents } from './page-events.js';
import { type MetadataOptions, pageMetadata, readPage, readTruth } from './paging.js';

/** Which form of `/inferences` is served; the other one is redirected to it, as FastAPI does. */
export type Slashes = 'both' | 'with' | 'without';

export interface ApiOptions {
  readonly store: InferenceStore;
  readonly models: ModelStore;
  readonly authorization: Authorization;
  readonly events: PageEvents;
  readonly metadata: MetadataOptions;
  readonly slashes: Slashes;
  readonly longestPage: number;
}

type Handler = (options: ApiOptions, request: FakeRequest, id: string) => Answer | Promise<Answer>;

interface Route {
  readonly path: RegExp;
  readonly needsToken: boolean;
  readonly handler: Handler;
}

const ROUTES: readonly Route[] = [
  { path: /^\/inferences$/u, needsToken: true, handler: listInferences },
  { path: /^\/inferences\/count$/u, needsToken: true, handler: countInferences },
  { path: /^\/inferences\/([^/]+)$/u, needsToken: false, handler: showInference },
  { path: /^\/images\/([^/]+)$/u, needsToken: false, handler: showOwner },
  {
    path: /^\/models\/metadata-items$/u,
    needsToken: false,
    handler: (options, request) => listModels(options, request),
  },
  { path: /^\/models\/metadata-items\/([^/]+)$/u, needsToken: false, handler: showModel },
];

export function createApi(options: ApiOptions): (request: FakeRequest) => Answer | Promise<Answer> {
  return (request) => {
    const given = request.path.startsWith(`${BASE_PATH}/`) ? request.path.slice(BASE_PATH.length) : '';
    const path = given.replace(/\/$/u, '');
    for (const route of ROUTES) {
      const match = route.path.exec(path);
      if (match === null) continue;
      // The path is looked at before the token is: a redirect tells a stranger nothing.
      const right = servedForm(path, options.slashes);
      if (options.slashes !== 'both' && given !== right) return redirect(request, right);
      if (request.method !== 'GET') return refused(405, 'Method Not Allowed', { Allow: 'GET' });
      const refusal = route.needsToken ? options.authorization.refusal(request) : undefined;
      return refusal ?? route.handler(options, request, match[1] ?? '');
    }
    return refused(404, 'Not Found');
  };
}

function servedForm(path: string, slashes: Slashes): string {
  return path === '/inferences' && slashes === 'with' ? `${path}/` : path;
}

/** The whole address stands in it, with the host that the client named. */
function redirect(request: FakeRequest, path: string): Answer {
  const host = request.headers.host ?? API_HOST;
  const scheme = host === API_HOST ? 'https' : 'http';
  const query = request.query === '' ? '' : `?${request.query}`;
  return {
    status: 307,
    headers: { Location: `${scheme}://${host}${BASE_PATH}${path}${query}` },
    body: Buffer.alloc(0),
  };
}

async function listInferences(options: ApiOptions, request: FakeRequest): Promise<Answer> {
  const { store, events, metadata, longestPage } = options;
  const page = readPage(request, { number: 'current_page', size: 'page_size', first: 0, longest: longestPage });
  const hasImages = readTruth(request, 'has_images');
  if ('loc' in page) return unprocessable(page);
  if (typeof hasImages !== 'boolean') return unprocessable(hasImages);
  await events.asked();
  const listed = hasImages ? store.inferences.filter(({ images }) => images.length > 0) : store.inferences;
  const inferences = listed.slice(page.start, page.start + page.size);
  const answer = jsonAnswer(200, {
    items: inferences.map(({ record }) => record),
    paginationMetadata: pageMetadata(page, listed.length, metadata),
  });
  events.answered(inferences.reduce((sum, { images }) => sum + images.length, 0));
  return answer;
}

function countInferences({ store }: ApiOptions): Answer {
  return jsonAnswer(200, store.inferences.length);
}

function showInference({ store }: ApiOptions, _request: FakeRequest, id: string): Answer {
  const inference = store.inference(id);
  return inference === undefined ? refused(404, 'Inference not found') : jsonAnswer(200, inference.record);
}

/** An image has no record of its own: the inference that it belongs to is answered, with all its images. */
function showOwner({ store }: ApiOptions, _request: FakeRequest, id: string): Answer {
  const image = store.image(id);
  return image === undefined ? refused(404, 'Image not found') : jsonAnswer(200, image.inference.record);
}

function showModel({ models }: ApiOptions, _request: FakeRequest, id: string): Answer {
  const model = models.model(id);
  return model === undefined ? refused(404, 'Model not found') : jsonAnswer(200, model.record);
}
