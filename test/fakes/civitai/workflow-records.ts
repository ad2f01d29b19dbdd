/** How workflows, steps and blobs look in the orchestrator's JSON, with fresh signed links in every answer. */

import { LosslessNumber } from 'lossless-json';
import type { BlobStore, FakeBlob } from './blobs.js';
import { isoTime, type SignedLink } from './signed-links.js';
import type { FakeStep } from './steps.js';
import { type FakeWorkflow, isTerminal } from './workflows.js';

export interface RecordOptions {
  readonly blobs: BlobStore;
  /** Where links to blobs lead: the orchestrator itself, which redirects. */
  origin(): string;
  sign(path: string): SignedLink;
  /** Whether records carry fields that no client knows, with numbers that JavaScript cannot hold. */
  readonly extraFields: boolean;
}

export interface WorkflowRecords {
  workflow(workflow: FakeWorkflow, hideMature: boolean): object;
  step(workflow: FakeWorkflow, step: FakeStep, hideMature: boolean): object;
  blob(blob: FakeBlob, hideMature: boolean): object;
}

export function blobPath(id: string): string {
  return `/v2/consumer/blobs/${id}`;
}

/** Where a blob's preview lies is told nowhere. */
export function previewPath(id: string): string {
  return `${blobPath(id)}/preview`;
}

const MATURE = new Set(['r', 'x', 'xxx']);

export function isMature({ nsfwLevel }: FakeBlob): boolean {
  return MATURE.has(nsfwLevel ?? '');
}

export function createWorkflowRecords(options: RecordOptions): WorkflowRecords {
  const blob = (own: FakeBlob, hideMature: boolean) => blobRecord(options, own, hideMature);
  const step = (workflow: FakeWorkflow, own: FakeStep, hideMature: boolean) =>
    stepRecord(workflow, own, (inside) => blob(inside, hideMature));
  return {
    blob,
    step,
    workflow: (workflow, hideMature) => ({
      ...workflowFacts(workflow),
      steps: workflow.steps.map((own) => step(workflow, own, hideMature)),
      ...(options.extraFields ? EXTRA_FIELDS : {}),
      ...workflow.given.extra,
    }),
  };
}

const EXTRA_FIELDS = {
  externalId: null,
  queueTicket: new LosslessNumber('9007199254740993'),
  experiment: { arm: null, weight: new LosslessNumber('1E+2') },
};

const COST = { base: 4, factors: null, tips: { civitai: 0, creators: 0 }, total: 4 };

function workflowFacts(workflow: FakeWorkflow): object {
  const { given } = workflow;
  return {
    id: workflow.id,
    createdAt: isoTime(workflow.created),
    ...times(workflow),
    status: workflow.status,
    metadata: given.metadata ?? generatorMetadata(workflow),
    tags: given.tags ?? ['civitai', 'gen', 'img'],
    arguments: given.promptByReference ? { prompt: workflow.prompt } : {},
    callbacks: [],
    cost: COST,
    transactions: { list: [] },
    tips: { civitai: 0, creators: 0 },
    nsfwLevel: given.nsfwLevel ?? 'pg',
    experimental: null,
    allowMatureContent: null,
    upgradeMode: 'manual',
    currencies: ['blue'],
    forceRefunded: false,
    ephemeral: given.ephemeral ?? null,
  };
}

function times(workflow: FakeWorkflow): object {
  const waits = workflow.status === 'unassigned';
  return {
    startedAt: waits ? null : isoTime(workflow.created + 2_000),
    completedAt: workflow.completed === undefined ? null : isoTime(workflow.completed),
  };
}

/** What the site's own generator writes beside its workflows. */
function generatorMetadata({ prompt, seed }: FakeWorkflow): object {
  const params = { prompt, negativePrompt: 'blurry', seed: new LosslessNumber(seed), steps: 25, cfgScale: 5 };
  return { params, resources: [{ id: 128_713, strength: 1 }] };
}

function stepRecord(workflow: FakeWorkflow, step: FakeStep, record: (blob: FakeBlob) => object): object {
  const { failure, kind } = workflow.given;
  const failed = isTerminal(workflow.status) && workflow.status !== 'succeeded';
  const job = { id: step.jobId, status: workflow.status, cost: 4 };
  const reasons = { reason: failure?.reason ?? 'no_provider_available', blockedReason: failure?.blockedReason ?? null };
  return {
    $type: step.type,
    name: step.name,
    priority: 'normal',
    status: workflow.status,
    ...times(workflow),
    metadata: kind === 'repeated' ? { images: {} } : { output: {} },
    input: step.input,
    ...(workflow.status === 'succeeded' ? { output: step.output(record) } : {}),
    jobs: [failed ? { ...job, ...reasons } : job],
    estimatedProgressRate: workflow.status === 'processing' ? new LosslessNumber('0.50') : null,
  };
}

function blobRecord({ blobs, origin, sign }: RecordOptions, blob: FakeBlob, hideMature: boolean): object {
  const available = blobs.isAvailable(blob) && !(hideMature && isMature(blob));
  const link = (path: string) => {
    const { target, expiry } = sign(path);
    return [`${origin()}${target}`, isoTime(expiry)] as const;
  };
  const [url, urlExpiresAt] = available ? link(blobPath(blob.id)) : [null, null];
  const [previewUrl, previewUrlExpiresAt] = available ? link(previewPath(blob.id)) : [null, null];
  return {
    type: blob.type,
    id: blob.id,
    available,
    url,
    urlExpiresAt,
    jobId: blob.jobId,
    nsfwLevel: blob.nsfwLevel,
    blockedReason: blob.blockedReason,
    tier: null,
    ...(blob.type === 'image' ? { width: 1024, height: 1024, previewUrl, previewUrlExpiresAt } : {}),
    ...(blob.type === 'video' ? { width: 768, height: 512 } : {}),
  };
}
