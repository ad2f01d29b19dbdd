/** A server of one's own: every route with and without `/api`, and no key. */

import { gzipSync } from 'node:zlib';
import type { Answer, FakeRequest } from '../service/answer.js';
import type { Folders } from './folders.js';
import { historyRecord, promptTuple } from './history-records.js';
import { pageOfJobs, wholeNumber } from './job-list.js';
import { jobDetail, jobRecord } from './job-records.js';
import { comesFromAnotherSite } from './origin-check.js';
import type { FakePrompt, PromptStore } from './prompts.js';
import { bareAnswer, crash, plainAnswer, pythonAnswer } from './python-json.js';
import { viewFile } from './view.js';

export interface ServerOptions {
  readonly prompts: PromptStore;
  readonly folders: Folders;
  /** Whether the server is new enough for `/api/jobs`. */
  readonly knowsJobs: boolean;
  readonly knowsCancelled: boolean;
  /** Whether answers are compressed for clients that ask for it, which takes an option of the server. */
  readonly compresses: boolean;
  /** What a proxy in front of the server asks for. */
  readonly requiredHeaders: Readonly<Record<string, string>>;
}

type Handler = (server: ServerOptions, request: FakeRequest, id: string) => Answer;
type Route = readonly [method: string, path: RegExp, handler: Handler];

const ROUTES: readonly Route[] = [
  ['GET', /^\/history$/u, listHistory],
  ['POST', /^\/history$/u, changeHistory],
  ['GET', /^\/history\/([^/]+)$/u, showHistory],
  ['GET', /^\/queue$/u, showQueue],
  ['POST', /^\/queue$/u, changeQueue],
  ['GET', /^\/view$/u, ({ folders }, request) => viewFile(folders, request)],
  ['GET', /^\/prompt$/u, ({ prompts }) => pythonAnswer(200, { exec_info: { queue_remaining: prompts.queue.length } })],
  ['GET', /^\/system_stats$/u, showSystem],
  ['GET', /^\/features$/u, () => pythonAnswer(200, { supports_preview_metadata: true, max_upload_size: 104_857_600 })],
];

/** Written with their `/api`: without it they do not exist. */
const JOB_ROUTES: readonly Route[] = [
  ['GET', /^\/api\/jobs$/u, listJobs],
  ['GET', /^\/api\/jobs\/([^/]+)$/u, showJob],
  ['POST', /^\/api\/jobs\/([^/]+)\/cancel$/u, cancelJob],
  ['POST', /^\/api\/jobs\/cancel$/u, cancelJobs],
];

export function createServer(options: ServerOptions): (request: FakeRequest) => Answer {
  const routes = options.knowsJobs ? [...ROUTES, ...JOB_ROUTES] : ROUTES;
  return (request) => {
    const missing = Object.entries(options.requiredHeaders).some(
      ([name, value]) => request.headers[name.toLowerCase()] !== value,
    );
    if (missing)
      return plainAnswer(401, '401 Authorization Required\n', { 'WWW-Authenticate': 'Basic realm="studio"' });
    if (comesFromAnotherSite(request)) return bareAnswer(403);
    const answer = route(options, routes, request);
    return options.compresses ? compressed(request, answer) : answer;
  };
}

function route(server: ServerOptions, routes: readonly Route[], request: FakeRequest): Answer {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const paths = [request.path, request.path.replace(/^\/api(?=\/)/u, '')];
  const known = routes.filter(([, pattern]) => paths.some((path) => pattern.test(path)));
  const [, pattern, handler] = known.find(([own]) => own === method) ?? [];
  if (pattern !== undefined && handler !== undefined) {
    const match = paths.map((path) => pattern.exec(path)).find((found) => found !== null);
    return handler(server, request, decoded(match?.[1] ?? ''));
  }
  if (known.length === 0) return plainAnswer(404, '404: Not Found');
  return plainAnswer(405, '405: Method Not Allowed', { Allow: known.map(([own]) => own).join(',') });
}

/** `offset` counts from the oldest; without it the newest are answered, still the oldest of them first. */
function listHistory({ prompts }: ServerOptions, request: FakeRequest): Answer {
  const query = new URLSearchParams(request.query);
  const most = wholeNumber(query.get('max_items'));
  let offset = wholeNumber(query.get('offset')) ?? -1;
  if (Number.isNaN(most) || Number.isNaN(offset)) return crash();
  const all = [...prompts.history.values()];
  if (offset < 0 && most !== undefined) offset = all.length - most;
  const start = Math.max(0, offset);
  // The server counts after it has added an item, so that no limit is below 1.
  const page = all.slice(start, most === undefined ? undefined : start + Math.max(1, most));
  return pythonAnswer(200, Object.fromEntries(page.map((prompt) => [prompt.id, historyRecord(prompt)])));
}

function showHistory({ prompts }: ServerOptions, _request: FakeRequest, id: string): Answer {
  const prompt = prompts.history.get(id);
  return pythonAnswer(200, prompt === undefined ? {} : { [id]: historyRecord(prompt) });
}

function changeHistory({ prompts }: ServerOptions, request: FakeRequest): Answer {
  const { clear, delete: ids } = parsed(request.body);
  if (clear) prompts.history.clear();
  for (const id of Array.isArray(ids) ? ids : []) prompts.history.delete(String(id));
  return bareAnswer(200);
}

function showQueue({ prompts }: ServerOptions): Answer {
  const tuples = (outcome: string) => prompts.queue.filter((prompt) => prompt.outcome === outcome).map(promptTuple);
  return pythonAnswer(200, { queue_running: tuples('running'), queue_pending: tuples('pending') });
}

function changeQueue({ prompts }: ServerOptions, request: FakeRequest): Answer {
  const { clear, delete: ids } = parsed(request.body);
  const waiting = prompts.queue.filter(({ outcome }) => outcome === 'pending').map(({ id }) => id);
  for (const id of clear ? waiting : Array.isArray(ids) ? ids : []) prompts.dequeue(String(id));
  return bareAnswer(200);
}

function showSystem(): Answer {
  const system = { os: 'posix', comfyui_version: '0.33.1', python_version: '3.12.3 (main)', pytorch_version: '2.8.0' };
  const device = { name: 'cuda:0 made up', type: 'cuda', index: 0, vram_total: 25_757_220_864 };
  return pythonAnswer(200, { system: { ...system, embedded_python: false }, devices: [device] });
}

/** The queue comes first, then what has ended. */
function knownPrompts({ prompts }: ServerOptions): FakePrompt[] {
  const queue = (outcome: string) => prompts.queue.filter((prompt) => prompt.outcome === outcome);
  return [...queue('running'), ...queue('pending'), ...prompts.history.values()];
}

function listJobs(server: ServerOptions, request: FakeRequest): Answer {
  const page = pageOfJobs(request, knownPrompts(server), {
    knowsCancelled: server.knowsCancelled,
    orders: ['created_at', 'execution_duration'],
    defaultLimit: undefined,
    longestLimit: Number.POSITIVE_INFINITY,
  });
  if (typeof page === 'string') return pythonAnswer(400, { error: page });
  const { offset, total } = page.pagination;
  return pythonAnswer(200, {
    jobs: page.prompts.map((prompt) => jobRecord(prompt, server.knowsCancelled)),
    pagination: { ...page.pagination, has_more: offset + page.prompts.length < total },
  });
}

function showJob(server: ServerOptions, _request: FakeRequest, id: string): Answer {
  const prompt = knownPrompts(server).find((candidate) => candidate.id === id);
  if (prompt === undefined) return pythonAnswer(404, { error: 'Job not found' });
  return pythonAnswer(200, jobDetail(prompt, server.knowsCancelled));
}

function cancelJob({ prompts }: ServerOptions, _request: FakeRequest, id: string): Answer {
  return pythonAnswer(200, { cancelled: prompts.dequeue(id) });
}

function cancelJobs({ prompts }: ServerOptions, request: FakeRequest): Answer {
  const { job_ids: ids } = parsed(request.body);
  if (!Array.isArray(ids)) return pythonAnswer(400, { error: 'job_ids must be a list' });
  const cancelled = ids.map((id) => prompts.dequeue(String(id)));
  return pythonAnswer(200, { cancelled: cancelled.includes(true) });
}

function compressed(request: FakeRequest, answer: Answer): Answer {
  const text = /^(?:application\/json|text\/plain)/u.test(answer.headers['Content-Type'] ?? '');
  if (!text || !String(request.headers['accept-encoding'] ?? '').includes('gzip')) return answer;
  const headers = { ...answer.headers, 'Content-Encoding': 'gzip' };
  return { ...answer, headers, body: gzipSync(answer.body) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    return Object(JSON.parse(body.toString('utf8'))) as Record<string, unknown>;
  } catch {
    return {};
  }
}
