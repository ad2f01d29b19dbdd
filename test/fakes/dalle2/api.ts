/** The endpoints of `/api/labs`, but for signing in, which no program can do since it asks for a captcha. */

import { type Answer, type FakeRequest, jsonAnswer } from '../service/answer.js';
import { apiError } from './errors.js';
import type { Records } from './records.js';
import type { FakeGeneration, NewTask, TaskStore } from './tasks.js';

export interface ApiOptions {
  readonly store: TaskStore;
  readonly records: Records;
  now(): number;
  /** How long tasks that are created over the API stay pending. */
  readonly pollsBeforeEnd: number;
}

interface Service extends ApiOptions {
  /** The default collection, in the order of saving. */
  readonly saved: Set<FakeGeneration>;
}

type Handler = (service: Service, request: FakeRequest, id: string) => Answer;

export interface Api {
  /** Whether a path is answered to everybody. */
  isPublic(path: string): boolean;
  answer(request: FakeRequest): Answer;
}

const BASE = '/api/labs';
const LONGEST_PAGE = 50;

const ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ['GET', /^\/tasks$/u, listTasks],
  ['POST', /^\/tasks$/u, createTask],
  ['GET', /^\/tasks\/([^/]+)$/u, pollTask],
  ['GET', /^\/generations\/([^/]+)$/u, showGeneration],
  ['GET', /^\/generations\/([^/]+)\/download$/u, download],
  ['POST', /^\/generations\/([^/]+)\/share$/u, share],
  ['POST', /^\/generations\/([^/]+)\/flags$/u, flag],
  ['GET', /^\/public\/generations\/([^/]+)$/u, showShared],
  ['GET', /^\/collections\/([^/]+)\/generations$/u, listSaved],
  ['POST', /^\/collections\/([^/]+)\/generations$/u, saveGenerations],
  ['GET', /^\/billing\/credit_summary$/u, showCredits],
];

export function createApi(options: ApiOptions): Api {
  const service: Service = { ...options, saved: new Set() };
  return {
    isPublic: (path) => path.startsWith(`${BASE}/public/`),
    answer(request) {
      const path = request.path.startsWith(BASE) ? request.path.slice(BASE.length) : '';
      for (const [method, pattern, handler] of ROUTES) {
        const match = pattern.exec(path);
        if (match !== null && method === request.method) return handler(service, request, match[1] ?? '');
      }
      return notFound(request.path);
    },
  };
}

function listTasks({ store, records }: Service, request: FakeRequest): Answer {
  const from = Number(new URLSearchParams(request.query).get('from_ts') ?? 0);
  const tasks = store.tasks.filter((task) => task.created >= from);
  return listAnswer(request, tasks, (task) => records.task(task));
}

function createTask({ store, records, pollsBeforeEnd }: Service, request: FakeRequest): Answer {
  const given = newTask(request.body);
  if (given === undefined) return apiError(400, 'The task is not of a known form.');
  return jsonAnswer(200, records.task(store.add({ ...given, pollsBeforeEnd })));
}

function pollTask({ store, records }: Service, _request: FakeRequest, id: string): Answer {
  const task = store.task(id);
  if (task === undefined) return notFound(id);
  task.polls += 1;
  return jsonAnswer(200, records.task(task));
}

function showGeneration({ store, records }: Service, _request: FakeRequest, id: string): Answer {
  const generation = findGeneration(store, id);
  return generation === undefined ? notFound(id) : jsonAnswer(200, records.generation(generation));
}

function download({ store }: Service, _request: FakeRequest, id: string): Answer {
  const generation = findGeneration(store, id);
  if (generation === undefined) return notFound(id);
  const headers = { 'Content-Type': 'image/png', 'Content-Disposition': `attachment; filename="${generation.id}.png"` };
  return { status: 200, headers, body: generation.watermarked };
}

function share({ store, records }: Service, _request: FakeRequest, id: string): Answer {
  const generation = findGeneration(store, id);
  if (generation === undefined) return notFound(id);
  generation.isPublic = true;
  return jsonAnswer(200, records.generation(generation));
}

function flag({ store, now }: Service, request: FakeRequest, id: string): Answer {
  const generation = findGeneration(store, id);
  if (generation === undefined) return notFound(id);
  const { description } = parsed(request.body) as { description?: unknown };
  const flagId = generation.id.replace('generation-', 'user_flag-');
  const facts = { object: 'user_flag', id: flagId, created: Math.floor(now() / 1000) };
  return jsonAnswer(200, { ...facts, generation_id: generation.id, description });
}

function showShared({ store, records }: Service, _request: FakeRequest, id: string): Answer {
  const generation = findGeneration(store, id);
  return generation?.isPublic ? jsonAnswer(200, records.publicGeneration(generation)) : notFound(id);
}

function listSaved({ saved, records }: Service, request: FakeRequest): Answer {
  return listAnswer(request, [...saved].reverse(), (generation) => records.generation(generation));
}

function saveGenerations({ saved, store }: Service, request: FakeRequest): Answer {
  const { generation_ids: ids } = parsed(request.body) as { generation_ids?: unknown };
  const found = Array.isArray(ids) ? ids.map((id) => findGeneration(store, String(id))) : [];
  if (found.length === 0 || found.includes(undefined)) return notFound('generation');
  for (const generation of found) saved.add(generation!);
  const collection = { object: 'collection', id: 'collection-Wd3kZq70BvRm9XtLs2HnCy5u', created: 1_650_000_000 };
  return jsonAnswer(200, { ...collection, name: 'Favorites', description: '', is_public: false, alias: 'private' });
}

function showCredits({ now }: Service): Answer {
  const breakdown = { free: 11, paid_dalle_15_115: 30 };
  const next = Math.floor(now() / 1000) + 864_000;
  return jsonAnswer(200, { aggregate_credits: 41, next_grant_ts: next, breakdown, object: 'credit_summary' });
}

/** A picture that is there already. */
function findGeneration(store: TaskStore, id: string): FakeGeneration | undefined {
  const generation = store.generation(id);
  return generation?.task.status === 'succeeded' ? generation : undefined;
}

/** The envelope of every list. Pages are counted from 1 and hold at most 50 entries. */
function listAnswer<T>(request: FakeRequest, entries: readonly T[], record: (entry: T) => object): Answer {
  const parameters = new URLSearchParams(request.query);
  const page = Number(parameters.get('page') ?? 1);
  const limit = Math.min(Number(parameters.get('limit') ?? LONGEST_PAGE), LONGEST_PAGE);
  if (!Number.isInteger(page) || page < 1) return apiError(400, 'There is no such page: the first is page 1.');
  if (!Number.isInteger(limit) || limit < 1) return apiError(400, 'The limit must be a number from 1 to 50.');
  const offset = (page - 1) * limit;
  const data = entries.slice(offset, offset + limit);
  return jsonAnswer(200, {
    object: 'list',
    data: data.map(record),
    offset,
    limit,
    page,
    total_models: entries.length,
    total_pages: Math.ceil(entries.length / limit),
    start: data.length === 0 ? 0 : offset + 1,
    end: offset + data.length,
  });
}

function newTask(body: Buffer): NewTask | undefined {
  const { task_type: kind, prompt } = parsed(body) as { task_type?: unknown; prompt?: Record<string, unknown> };
  if (kind !== 'text2im' && kind !== 'variations' && kind !== 'inpainting') return undefined;
  const { caption, batch_size: count, parent_generation_id: parent } = prompt ?? {};
  if (kind !== 'variations' && typeof caption !== 'string') return undefined;
  return {
    kind,
    ...(typeof caption === 'string' ? { caption } : {}),
    ...(typeof count === 'number' ? { count } : {}),
    ...(typeof parent === 'string' ? { parentGenerationId: parent } : {}),
  };
}

function parsed(body: Buffer): object {
  try {
    return Object(JSON.parse(body.toString('utf8'))) as object;
  } catch {
    return {};
  }
}

function notFound(what: string): Answer {
  return apiError(404, `No such thing: ${what}`, 'not_found');
}
