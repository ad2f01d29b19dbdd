/** Comfy Cloud: the routes of a server of one's own behind a key, with files that lie elsewhere. */

import { png } from '../../support/pictures.js';
import { type Answer, type FakeRequest, jsonAnswer } from '../service/answer.js';
import { type CloudAccount, cloudError } from './cloud-account.js';
import type { CloudRecords } from './cloud-records.js';
import type { Folders } from './folders.js';
import { pageOfJobs, wholeNumber } from './job-list.js';
import type { FakePrompt, PromptStore } from './prompts.js';

export interface CloudOptions {
  readonly account: CloudAccount;
  readonly prompts: PromptStore;
  readonly folders: Folders;
  readonly records: CloudRecords;
  /** A signed link to a file. */
  link(cloudName: string): string;
}

type Handler = (cloud: CloudOptions, request: FakeRequest, id: string) => Answer;

const ROUTES: readonly (readonly [path: RegExp, handler: Handler])[] = [
  [/^\/api\/jobs$/u, listJobs],
  [/^\/api\/jobs\/([^/]+)$/u, showJob],
  [/^\/api\/view$/u, view],
  [/^\/api\/history_v2$/u, listHistory],
  [/^\/api\/history_v2\/([^/]+)$/u, showHistory],
];

export function createCloud(cloud: CloudOptions): (request: FakeRequest) => Answer {
  return (request) => {
    const refusal = cloud.account.refusal(request);
    if (refusal !== undefined) return refusal;
    // Nothing that changes anything is played; a client that only reads has no use for it.
    if (request.method !== 'GET') return cloudError(405, 'METHOD_NOT_ALLOWED', 'Method not allowed');
    for (const [pattern, handler] of ROUTES) {
      const match = pattern.exec(request.path);
      if (match !== null) return handler(cloud, request, match[1] ?? '');
    }
    return cloudError(404, 'NOT_FOUND', 'Not found');
  };
}

const OUTPUT_TYPES = ['image', 'video', 'audio'];

function listJobs({ prompts, records }: CloudOptions, request: FakeRequest): Answer {
  const type = new URLSearchParams(request.query).get('output_type');
  if (type !== null && !OUTPUT_TYPES.includes(type)) return badRequest('output_type must be image, video or audio');
  const matching = type === null ? prompts.all : prompts.all.filter((prompt) => hasOutput(prompt, type));
  const page = pageOfJobs(request, matching, {
    knowsCancelled: true,
    orders: ['create_time', 'execution_time'],
    defaultLimit: 100,
    longestLimit: 1_000,
  });
  if (typeof page === 'string') return badRequest(page);
  const { offset, total } = page.pagination;
  return jsonAnswer(200, {
    jobs: page.prompts.map(records.job),
    pagination: { ...page.pagination, has_more: offset + page.prompts.length < total },
  });
}

function hasOutput({ files }: FakePrompt, type: string): boolean {
  return files.some(({ mediaType }) => mediaType.startsWith(`${type}/`));
}

function showJob({ prompts, records }: CloudOptions, _request: FakeRequest, id: string): Answer {
  const prompt = prompts.all.find((candidate) => candidate.id === id);
  return prompt === undefined
    ? cloudError(404, 'NOT_FOUND', 'Job not found')
    : jsonAnswer(200, records.jobDetail(prompt));
}

/** A file is known by its digest alone; subfolder and type are ignored. */
function view({ folders, link }: CloudOptions, request: FakeRequest): Answer {
  const query = new URLSearchParams(request.query);
  const name = query.get('filename');
  if (!name) return badRequest('filename is required');
  const file = folders.inCloud(name);
  if (file === undefined) return cloudError(404, 'NOT_FOUND', 'File not found');
  if (query.has('channel')) {
    return { status: 200, headers: { 'Content-Type': 'image/png' }, body: png(40, 40, file.bytes.length) };
  }
  const headers = { Location: link(name), 'Cache-Control': 'private, max-age=0', 'Content-Type': 'text/html' };
  return { status: 302, headers, body: Buffer.alloc(0) };
}

function listHistory({ prompts, records }: CloudOptions, request: FakeRequest): Answer {
  const query = new URLSearchParams(request.query);
  const [most = 100, offset = 0] = [query.get('max_items'), query.get('offset')].map(wholeNumber);
  if (Number.isNaN(most) || Number.isNaN(offset)) return badRequest('max_items and offset must be integers');
  const newestFirst = prompts.all.filter(({ ended }) => ended !== undefined).reverse();
  return jsonAnswer(200, { history: newestFirst.slice(offset, offset + most).map(records.history) });
}

function showHistory({ prompts, records }: CloudOptions, _request: FakeRequest, id: string): Answer {
  const prompt = prompts.all.find((candidate) => candidate.id === id);
  if (prompt === undefined) return cloudError(404, 'NOT_FOUND', 'Prompt not found');
  return jsonAnswer(200, { [id]: records.historyDetail(prompt) });
}

function badRequest(message: string): Answer {
  return cloudError(400, 'BAD_REQUEST', message);
}
