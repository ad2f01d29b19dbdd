/** The endpoints of `/v1` that read responses and conversations; nothing can be generated here. */

import { type Answer, type FakeRequest, jsonAnswer } from '../service/answer.js';
import { apiError, notFound, unknownPath } from './errors.js';
import { type ItemOptions, itemRecord } from './items.js';
import { includeOf, listAnswer } from './pages.js';
import { conversationRecord, responseRecord } from './records.js';
import type { Store } from './store.js';

export interface ApiOptions {
  readonly store: Store;
  readonly items: ItemOptions;
}

type Handler = (options: ApiOptions, query: URLSearchParams, id: string, itemId: string) => Answer;

const ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ['GET', /^\/v1\/responses\/([^/]+)$/u, showResponse],
  ['DELETE', /^\/v1\/responses\/([^/]+)$/u, deleteResponse],
  ['GET', /^\/v1\/responses\/([^/]+)\/input_items$/u, listInputs],
  ['POST', /^\/v1\/responses\/([^/]+)\/cancel$/u, cancelResponse],
  ['GET', /^\/v1\/conversations\/([^/]+)$/u, showConversation],
  ['GET', /^\/v1\/conversations\/([^/]+)\/items$/u, listItems],
  ['GET', /^\/v1\/conversations\/([^/]+)\/items\/([^/]+)$/u, showItem],
];

export function createApi(options: ApiOptions): (request: FakeRequest) => Answer {
  return ({ method, path, query }) => {
    for (const [routeMethod, pattern, handler] of ROUTES) {
      const match = pattern.exec(path);
      if (match === null || routeMethod !== method) continue;
      return handler(options, new URLSearchParams(query), match[1] ?? '', match[2] ?? '');
    }
    return unknownPath(method, path);
  };
}

function showResponse({ store, items }: ApiOptions, query: URLSearchParams, id: string): Answer {
  const include = includeOf(query);
  if ('status' in include) return include;
  const response = store.response(id);
  if (response === undefined) return notFound('Response', id);
  response.poll();
  return jsonAnswer(200, responseRecord(items, response, include));
}

function deleteResponse({ store }: ApiOptions, _query: URLSearchParams, id: string): Answer {
  if (store.response(id) === undefined) return notFound('Response', id);
  store.remove(id);
  return jsonAnswer(200, { id, object: 'response', deleted: true });
}

function listInputs({ store, items }: ApiOptions, query: URLSearchParams, id: string): Answer {
  const response = store.response(id);
  if (response === undefined) return notFound('Response', id);
  return listAnswer(query, response.input, (item, include) => itemRecord(items, item, include));
}

function cancelResponse({ store, items }: ApiOptions, _query: URLSearchParams, id: string): Answer {
  const response = store.response(id);
  if (response === undefined) return notFound('Response', id);
  if (!response.given.background) return apiError(400, 'Cannot cancel a synchronous response.');
  response.cancel();
  return jsonAnswer(200, responseRecord(items, response, []));
}

function showConversation({ store }: ApiOptions, _query: URLSearchParams, id: string): Answer {
  const conversation = store.conversation(id);
  return conversation === undefined ? notFound('Conversation', id) : jsonAnswer(200, conversationRecord(conversation));
}

function listItems({ store, items }: ApiOptions, query: URLSearchParams, id: string): Answer {
  const conversation = store.conversation(id);
  if (conversation === undefined) return notFound('Conversation', id);
  return listAnswer(query, conversation.items, (item, include) => itemRecord(items, item, include));
}

function showItem({ store, items }: ApiOptions, query: URLSearchParams, id: string, itemId: string): Answer {
  const include = includeOf(query);
  if ('status' in include) return include;
  const conversation = store.conversation(id);
  if (conversation === undefined) return notFound('Conversation', id);
  const item = conversation.items.find((candidate) => candidate.id === itemId);
  if (item === undefined) return apiError(404, `Item with id '${itemId}' not found in conversation.`);
  return jsonAnswer(200, itemRecord(items, item, include));
}
