/** The workflows of one account: how they proceed, and how long they are kept. */

import { createHash } from 'node:crypto';
import { type BlobStore, type NewBlob, type NsfwLevel, RETENTION } from './blobs.js';
import { createSteps, type FakeStep, type WorkflowKind } from './steps.js';

export const USER_ID = 1_234_567;

export type WorkflowStatus =
  | 'unassigned'
  | 'preparing'
  | 'scheduled'
  | 'processing'
  | 'succeeded'
  | 'failed'
  | 'expired'
  | 'canceled';

export interface NewWorkflow {
  /** The account's number and the time unless said otherwise; `wf_…` and `0-…` occur, too. */
  readonly id?: string;
  readonly kind?: WorkflowKind;
  readonly prompt?: string;
  readonly negative?: string;
  readonly seed?: string;
  /** Whether the step's prompt is a reference to the workflow's arguments. */
  readonly promptByReference?: boolean;
  /** What the first step made; as many as its kind makes unless said otherwise. */
  readonly blobs?: readonly NewBlob[];
  readonly status?: WorkflowStatus;
  /** How many times the workflow itself must be asked for before it shows its end. */
  readonly pollsBeforeEnd?: number;
  /** Milliseconds since the epoch. */
  readonly created?: number;
  /** How long it took; 28 seconds unless said otherwise. */
  readonly duration?: number;
  readonly tags?: readonly string[];
  /** In place of the metadata that the site's generator writes. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Whether nothing is kept of it once it has ended. */
  readonly ephemeral?: boolean;
  readonly nsfwLevel?: NsfwLevel;
  /** What the job of a workflow that failed says. */
  readonly failure?: { readonly reason: string; readonly blockedReason?: string };
  /** Further fields of the workflow's own record. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface FakeWorkflow {
  readonly id: string;
  readonly given: NewWorkflow;
  readonly prompt: string;
  readonly seed: string;
  readonly created: number;
  readonly steps: readonly FakeStep[];
  readonly status: WorkflowStatus;
  /** When it ended. */
  readonly completed: number | undefined;
  /** How often the workflow itself was asked for. */
  polls: number;
}

export interface WorkflowStore {
  add(workflow?: NewWorkflow): FakeWorkflow;
  finish(id: string, status?: TerminalStatus): void;
  remove(id: string): void;
  /** What can be had at this moment; newest first. */
  visible(): FakeWorkflow[];
  find(id: string): FakeWorkflow | undefined;
  /** Counts one look at a workflow, which may be the one that shows its end. */
  poll(workflow: FakeWorkflow): void;
}

export type TerminalStatus = 'succeeded' | 'failed' | 'expired' | 'canceled';
type MutableWorkflow = { -readonly [Key in keyof FakeWorkflow]: FakeWorkflow[Key] };

const ON_THE_WAY: readonly WorkflowStatus[] = ['unassigned', 'preparing', 'scheduled', 'processing'];
const DURATION = 28_000;

export function createWorkflowStore(blobs: BlobStore, now: () => number): WorkflowStore {
  const workflows = new Map<string, MutableWorkflow>();
  let sorted: FakeWorkflow[] | undefined;
  let count = 0;
  const isKept = ({ completed, given }: FakeWorkflow) =>
    completed === undefined || (given.ephemeral !== true && now() < completed + RETENTION);
  const find = (id: string) => {
    const workflow = workflows.get(id);
    return workflow !== undefined && isKept(workflow) ? workflow : undefined;
  };
  return {
    add(given = {}) {
      count += 1;
      const workflow = createWorkflow(given, count, blobs, now(), (id) => workflows.has(id));
      const status = given.status ?? 'succeeded';
      workflows.set(workflow.id, workflow);
      sorted = undefined;
      if (isTerminal(workflow.status)) end(workflow, status, workflow.created + (given.duration ?? DURATION), blobs);
      return workflow;
    },
    finish: (id, status = 'succeeded') => end(workflows.get(id)!, status, now(), blobs),
    remove(id) {
      workflows.delete(id);
      sorted = undefined;
    },
    visible() {
      sorted ??= [...workflows.values()].sort((one, other) => other.created - one.created || order(one, other));
      return sorted.filter(isKept);
    },
    find,
    poll: (workflow) => proceed(workflow as MutableWorkflow, now(), blobs),
  };
}

function proceed(workflow: MutableWorkflow, now: number, blobs: BlobStore): void {
  workflow.polls += 1;
  const { pollsBeforeEnd = 0, status = 'succeeded' } = workflow.given;
  if (pollsBeforeEnd === 0 || isTerminal(workflow.status)) return;
  if (workflow.polls > pollsBeforeEnd) end(workflow, status, now, blobs);
  else workflow.status = ON_THE_WAY[Math.min(workflow.polls, ON_THE_WAY.length - 1)]!;
}

export function isTerminal(status: WorkflowStatus): boolean {
  return !ON_THE_WAY.includes(status);
}

function order(one: FakeWorkflow, other: FakeWorkflow): number {
  return one.id < other.id ? 1 : -1;
}

function createWorkflow(
  given: NewWorkflow,
  number: number,
  blobs: BlobStore,
  now: number,
  isTaken: (id: string) => boolean,
): MutableWorkflow {
  const created = given.created ?? now;
  const id = given.id ?? inventId(created, isTaken);
  const prompt = given.prompt ?? `a tin robot watering ferns, number ${number}`;
  const seed = given.seed ?? String(4_000_000_000 + number);
  const jobId = (step: number) => inventUuid(`${id} ${step}`);
  const steps = createSteps({
    kind: given.kind ?? 'textToImage',
    prompt: given.promptByReference ? { $ref: '$arguments', path: 'prompt' } : prompt,
    negative: given.negative ?? 'blurry',
    seed,
    blobs: given.blobs,
    jobId,
    makeBlob: (blob, format, step) => blobs.add(blob, format, id, jobId(step)),
  });
  const status = given.pollsBeforeEnd === undefined ? (given.status ?? 'succeeded') : 'unassigned';
  return { id, given, prompt, seed, created, steps, status, completed: undefined, polls: 0 };
}

function end(workflow: MutableWorkflow, status: WorkflowStatus, at: number, blobs: BlobStore): void {
  workflow.status = status;
  workflow.completed = at;
  if (status !== 'succeeded') return;
  for (const blob of workflow.steps.flatMap((step) => step.blobs)) blobs.keep(blob, at);
}

/** `1234567-20261120093012345`; two of one millisecond do not occur. */
function inventId(created: number, isTaken: (id: string) => boolean): string {
  for (let time = created; ; time += 1) {
    const id = `${USER_ID}-${new Date(time).toISOString().replace(/\D/gu, '')}`;
    if (!isTaken(id)) return id;
  }
}

function inventUuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
