/**
 * A faithful copy of Civitai: the orchestrator with the workflows of one account, the store that its blobs lie in, the
 * public API of the site, and the content delivery network behind that. Where the sources tell nothing (the end of a
 * list, the look of signatures, the words of refusals, the name of the store), a likely form was chosen.
 */

import type { RequestListener } from 'node:http';
import type { FakeRequest } from '../service/answer.js';
import type { Faults } from '../service/faults.js';
import { createFakeClock, createStage, type FakeClock, type RecordedRequest, type Stage } from '../service/stage.js';
import { type Authorization, createAuthorization } from './authorization.js';
import { type BlobStore, createBlobStore, type FakeBlob } from './blobs.js';
import { createCdn } from './cdn.js';
import { createContent } from './content.js';
import { createOrchestrator } from './orchestrator.js';
import { problem } from './problems.js';
import {
  createPublicImageStore,
  type FakePublicImage,
  type NewPublicImage,
  type PublicImageStore,
} from './public-images.js';
import { createSignedLinks } from './signed-links.js';
import { createSite } from './site.js';
import type { ListEnd } from './workflow-query.js';
import { createWorkflowRecords } from './workflow-records.js';
import {
  createWorkflowStore,
  type FakeWorkflow,
  type NewWorkflow,
  type TerminalStatus,
  type WorkflowStore,
} from './workflows.js';

export type { Answer } from '../service/answer.js';
export type { Fault, FaultRule, Faults } from '../service/faults.js';
export type { FakeClock, RecordedRequest } from '../service/stage.js';
export type { FakeBlob, NewBlob, NsfwLevel } from './blobs.js';
export type { FakePublicImage, NewPublicImage } from './public-images.js';
export type { FakeStep, WorkflowKind } from './steps.js';
export type { ListEnd } from './workflow-query.js';
export type { FakeWorkflow, NewWorkflow, TerminalStatus, WorkflowStatus } from './workflows.js';

export const ORCHESTRATOR_HOST = 'orchestration.civitai.com';
export const SITE_HOST = 'civitai.com';
/** The same site with the mature half of its pictures. */
export const RED_SITE_HOST = 'civitai.red';
export const CDN_HOST = 'image.civitai.com';
export const CONTENT_HOST = 'orchestration-content.civitai.com';

type Origin = string | (() => string);

export interface FakeCivitaiOptions {
  /** The only key that is good. */
  readonly key?: string;
  /** Where signed links to blobs lead; `https://orchestration.civitai.com` unless the fake stands elsewhere. */
  readonly orchestratorOrigin?: Origin;
  /** Where blobs are redirected to; a host of its own unless the fake stands elsewhere. */
  readonly contentOrigin?: Origin;
  /** Where published pictures lie; `https://image.civitai.com` unless the fake stands elsewhere. */
  readonly cdnOrigin?: Origin;
  /** What links to the next page begin with; `https://` and the host that was asked unless said otherwise. */
  readonly siteOrigin?: Origin;
  /** How the last page of the workflows looks; `empty-next` unless said otherwise. */
  readonly listEnd?: ListEnd;
  /** How long signed links are good, in milliseconds; 5 minutes unless said otherwise. */
  readonly linkValidity?: number;
  /** Whether the site shows harmless pictures only, as it does in some countries. */
  readonly regionRestricted?: boolean;
  /** Whether workflows carry fields that no client knows. True unless said otherwise. */
  readonly extraFields?: boolean;
  /** Milliseconds since the epoch; the machine's clock unless said otherwise. */
  now?(): number;
}

export interface FakeCivitai {
  /** `orchestrator` in records and faults. */
  readonly orchestratorListener: RequestListener;
  /** The store that the orchestrator redirects to; `content`. */
  readonly contentListener: RequestListener;
  /** `site`. */
  readonly siteListener: RequestListener;
  /** `cdn`. */
  readonly cdnListener: RequestListener;
  /** The key that is good at this moment. */
  readonly key: string;
  rotateKey(): string;
  addWorkflow(workflow?: NewWorkflow): FakeWorkflow;
  /** Each a minute younger than the one before; the last was made now. */
  addWorkflows(count: number, make?: (index: number) => NewWorkflow): FakeWorkflow[];
  /** Ends a workflow that was on its way. */
  finishWorkflow(id: string, status?: TerminalStatus): void;
  removeWorkflow(id: string): void;
  /** Those that can be had at this moment, newest first. */
  workflows(): FakeWorkflow[];
  blob(id: string): FakeBlob | undefined;
  addImage(image?: NewPublicImage): FakePublicImage;
  /** Each a minute younger than the one before; the last was made now. */
  addImages(count: number, make?: (index: number) => NewPublicImage): FakePublicImage[];
  removeImage(id: number): void;
  /** The next requests to the site find it too busy. */
  overloadSite(count?: number): void;
  readonly requests: readonly RecordedRequest[];
  /** The requests that were no reading: blobs refreshed, workflows deleted or changed. */
  changes(): RecordedRequest[];
  /** The requests that carried the key to where it does not belong. */
  leaks(): RecordedRequest[];
  readonly faults: Faults;
  readonly clock: FakeClock;
}

const DEFAULT_KEY = '7b1f0c2e94d84a6fb3e5a9d6c8127f40';
const MINUTE = 60_000;

export function createFakeCivitai(options: FakeCivitaiOptions = {}): FakeCivitai {
  const clock = createFakeClock(options.now);
  const authorization = createAuthorization(options.key ?? DEFAULT_KEY);
  const blobs = createBlobStore(clock.now);
  const workflows = createWorkflowStore(blobs, clock.now);
  const images = createPublicImageStore(clock.now);
  const stage = createStage({
    clock,
    isLeakedBy: authorization.isLeakedBy,
    secretsBelongTo: ['orchestrator', 'site'],
    refusals: { failure: (status) => problem(status), rateLimit: tooManyRequests },
  });
  return {
    ...listeners(options, { authorization, blobs, workflows, images, clock, stage }),
    ...workflowActions(workflows, clock),
    ...imageActions(images, clock),
    get key() {
      return authorization.key;
    },
    rotateKey: () => authorization.rotate(),
    blob: (id) => blobs.find(id),
    overloadSite: (count = 1) => stage.faults.inject({ host: 'site', count, what: OVERLOAD }),
    requests: stage.requests,
    changes: () => stage.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD'),
    leaks: stage.leaks,
    faults: stage.faults,
    clock,
  };
}

const OVERLOAD = {
  kind: 'status',
  status: 503,
  body: '{"error":"Image search is temporarily overloaded — please retry."}',
  headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store', 'Retry-After': '2' },
} as const;

interface Parts {
  readonly authorization: Authorization;
  readonly blobs: BlobStore;
  readonly workflows: WorkflowStore;
  readonly images: PublicImageStore;
  readonly clock: FakeClock;
  readonly stage: Stage;
}

function listeners(options: FakeCivitaiOptions, { authorization, blobs, workflows, images, clock, stage }: Parts) {
  const { now } = clock;
  const { linkValidity = 5 * MINUTE, siteOrigin } = options;
  const links = createSignedLinks('orchestrator', now, linkValidity);
  const stored = createSignedLinks('content', now, linkValidity);
  const content = createContent({ blobs, links: stored, origin: originOf(options.contentOrigin, CONTENT_HOST) });
  const origin = originOf(options.orchestratorOrigin, ORCHESTRATOR_HOST);
  const records = createWorkflowRecords({ blobs, origin, sign: links.sign, extraFields: options.extraFields ?? true });
  const listEnd = options.listEnd ?? 'empty-next';
  const orchestrator = { authorization, workflows, blobs, links, content, records, listEnd, now };
  const site = createSite({
    authorization,
    images,
    now,
    cdnOrigin: originOf(options.cdnOrigin, CDN_HOST),
    origin: ({ headers }: FakeRequest) => originOf(siteOrigin, headers.host ?? SITE_HOST)(),
    regionRestricted: options.regionRestricted ?? false,
  });
  return {
    orchestratorListener: stage.listener('orchestrator', createOrchestrator(orchestrator)),
    contentListener: stage.listener('content', content.answer),
    siteListener: stage.listener('site', site),
    cdnListener: stage.listener('cdn', createCdn(images)),
  };
}

function originOf(given: Origin | undefined, host: string): () => string {
  return () => (typeof given === 'function' ? given() : (given ?? `https://${host}`));
}

function workflowActions(workflows: WorkflowStore, clock: FakeClock) {
  return {
    addWorkflow: (workflow?: NewWorkflow) => workflows.add(workflow),
    addWorkflows: (count: number, make: (index: number) => NewWorkflow = () => ({})) =>
      ages(count, clock).map((created, index) => workflows.add({ created, ...make(index) })),
    finishWorkflow: (id: string, status?: TerminalStatus) => workflows.finish(id, status),
    removeWorkflow: (id: string) => workflows.remove(id),
    workflows: () => workflows.visible(),
  };
}

function imageActions(images: PublicImageStore, clock: FakeClock) {
  return {
    addImage: (image?: NewPublicImage) => images.add(image),
    addImages: (count: number, make: (index: number) => NewPublicImage = () => ({})) =>
      ages(count, clock).map((created, index) => images.add({ created, ...make(index) })),
    removeImage: (id: number) => images.remove(id),
  };
}

/** A minute between each two, and the last one now. */
function ages(count: number, clock: FakeClock): number[] {
  return Array.from({ length: count }, (_, index) => clock.now() - (count - 1 - index) * MINUTE);
}

function tooManyRequests(retryAfter: string) {
  const refusal = problem(429);
  return { ...refusal, headers: { ...refusal.headers, 'Retry-After': retryAfter } };
}
