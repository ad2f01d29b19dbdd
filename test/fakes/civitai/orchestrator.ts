/** The consumer's endpoints of the orchestrator. */

import { type Answer, type FakeRequest, jsonAnswer } from '../service/answer.js';
import type { Authorization } from './authorization.js';
import type { BlobStore, FakeBlob } from './blobs.js';
import type { Content } from './content.js';
import { problem } from './problems.js';
import type { SignedLinks } from './signed-links.js';
import { booleanParameter, type ListEnd, pageOfWorkflows, type WorkflowPage } from './workflow-query.js';
import { previewPath, type WorkflowRecords } from './workflow-records.js';
import { isTerminal, type WorkflowStore } from './workflows.js';

export interface OrchestratorOptions {
  readonly authorization: Authorization;
  readonly workflows: WorkflowStore;
  readonly blobs: BlobStore;
  readonly links: SignedLinks;
  readonly content: Content;
  readonly records: WorkflowRecords;
  readonly listEnd: ListEnd;
  now(): number;
}

type Handler = (service: OrchestratorOptions, request: FakeRequest, id: string, name: string) => Answer;

const BASE = '/v2/consumer';

const ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ['GET', /^\/workflows$/u, listWorkflows],
  ['GET', /^\/workflows\/([^/]+)$/u, showWorkflow],
  ['GET', /^\/workflows\/([^/]+)\/steps\/([^/]+)$/u, showStep],
  ['GET', /^\/blobs\/([^/]+)(\/preview)?$/u, showBlob],
  ['HEAD', /^\/blobs\/([^/]+)(\/preview)?$/u, showBlob],
  // What changes something exists so that a test can prove that it was left alone.
  ['POST', /^\/blobs\/([^/]+)\/refresh$/u, refreshBlob],
  ['DELETE', /^\/workflows\/([^/]+)$/u, deleteWorkflow],
  ['PUT', /^\/workflows\/([^/]+)$/u, updateWorkflow],
  ['PATCH', /^\/workflows\/([^/]+)$/u, updateWorkflow],
];

export function createOrchestrator(service: OrchestratorOptions): (request: FakeRequest) => Answer {
  return (request) => {
    const path = request.path.startsWith(`${BASE}/`) ? request.path.slice(BASE.length) : '';
    for (const [method, pattern, handler] of ROUTES) {
      const match = pattern.exec(path);
      if (match === null || method !== request.method) continue;
      const refusal = handler === showBlob ? blobRefusal(service, request) : service.authorization.refusal(request);
      return refusal ?? handler(service, request, match[1] ?? '', match[2] ?? '');
    }
    return service.authorization.refusal(request) ?? problem(404);
  };
}

function listWorkflows({ workflows, records, listEnd }: OrchestratorOptions, request: FakeRequest): Answer {
  const page = pageOfWorkflows(request, workflows.visible(), listEnd);
  if (!isPage(page)) return problem(400, { errors: page });
  const items = page.workflows.map((workflow) => records.workflow(workflow, page.hideMature));
  return jsonAnswer(200, { ...(page.next === undefined ? {} : { next: page.next }), items });
}

function isPage(page: ReturnType<typeof pageOfWorkflows>): page is WorkflowPage {
  return Array.isArray((page as WorkflowPage).workflows);
}

/** A client that waits for the end is told at once that the time is over. */
function showWorkflow({ workflows, records }: OrchestratorOptions, request: FakeRequest, id: string): Answer {
  const workflow = workflows.find(id);
  if (workflow === undefined) return notFound(id);
  const query = new URLSearchParams(request.query);
  const hideMature = booleanParameter(query, 'hideMatureContent', false);
  if (hideMature === undefined) return problem(400, { errors: { hideMatureContent: ['The value is not valid.'] } });
  workflows.poll(workflow);
  const waited = Number(query.get('wait') ?? 0) > 0 && !isTerminal(workflow.status);
  return jsonAnswer(waited ? 202 : 200, records.workflow(workflow, hideMature));
}

function showStep(service: OrchestratorOptions, _request: FakeRequest, id: string, name: string): Answer {
  const workflow = service.workflows.find(id);
  const step = workflow?.steps.find((own) => own.name === name);
  if (workflow === undefined || step === undefined) return notFound(`${id}/${name}`);
  return jsonAnswer(200, service.records.step(workflow, step, false));
}

/** Either a signature or the key opens a blob; a signature that is there must be good. */
function blobRefusal({ authorization, links }: OrchestratorOptions, request: FakeRequest): Answer | undefined {
  if (!new URLSearchParams(request.query).has('sig')) return authorization.refusal(request);
  const state = links.check(request.path, request.query);
  if (state === 'good') return undefined;
  return problem(403, { detail: state === 'expired' ? 'The signature has expired.' : 'The signature is invalid.' });
}

function showBlob(service: OrchestratorOptions, request: FakeRequest, id: string): Answer {
  const blob = service.blobs.find(id);
  const query = new URLSearchParams(request.query);
  const workflowId = query.get('workflowId');
  if (blob === undefined || (workflowId !== null && workflowId !== blob.workflowId)) return notFound(id);
  if (blob.blockedReason !== null) return problem(403, { detail: `The blob was blocked: ${blob.blockedReason}` });
  if (!service.blobs.isAvailable(blob)) return notFound(id);
  if (exceeds(blob, query.get('nsfwLevel'))) return problem(403, { detail: 'The blob exceeds the NSFW level.' });
  const preview = request.path === previewPath(id);
  const location = service.content.link({ blob, preview, disposition: dispositionOf(query) });
  const headers = { Location: location, 'Cache-Control': 'private, max-age=240' };
  // HEAD has a status of its own: nothing is there to be followed.
  return { status: request.method === 'HEAD' ? 204 : 308, headers, body: Buffer.alloc(0) };
}

const LEVELS = ['pg', 'pg13', 'r', 'x', 'xxx'];

/** A blob that nobody rated exceeds every limit. */
function exceeds({ nsfwLevel }: FakeBlob, limit: string | null): boolean {
  if (limit === null) return false;
  const level = LEVELS.indexOf(nsfwLevel ?? '');
  return level < 0 || level > LEVELS.indexOf(limit);
}

function dispositionOf(query: URLSearchParams): string | undefined {
  const filename = query.get('filename')?.replace(/^.*[/\\]|[\0-\x1f"]/gu, '');
  const attached = query.get('download') === 'true';
  if (filename === undefined && !attached) return undefined;
  return `${attached ? 'attachment' : 'inline'}${filename === undefined ? '' : `; filename="${filename}"`}`;
}

function refreshBlob(service: OrchestratorOptions, _request: FakeRequest, id: string): Answer {
  const blob = service.blobs.find(id);
  if (blob === undefined || !service.blobs.isAvailable(blob)) return notFound(id);
  service.blobs.keep(blob, service.now());
  return jsonAnswer(200, service.records.blob(blob, false));
}

function deleteWorkflow({ workflows }: OrchestratorOptions, _request: FakeRequest, id: string): Answer {
  if (workflows.find(id) === undefined) return notFound(id);
  workflows.remove(id);
  return noContent();
}

/** What was asked for stands in the record of the requests; nothing is changed. */
function updateWorkflow({ workflows }: OrchestratorOptions, _request: FakeRequest, id: string): Answer {
  return workflows.find(id) === undefined ? notFound(id) : noContent();
}

function noContent(): Answer {
  return { status: 204, headers: {}, body: Buffer.alloc(0) };
}

function notFound(what: string): Answer {
  return problem(404, { detail: `${what} was not found.` });
}
