/** How a prompt looks in `/api/jobs`: a summary for the list, everything for one job. */

import { errorRecord, statusRecord } from './history-records.js';
import type { FakePrompt } from './prompts.js';

export type JobStatus = 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled';

const STATUSES = {
  pending: 'pending',
  running: 'in_progress',
  success: 'completed',
  error: 'failed',
  interrupted: 'cancelled',
} as const;

/** Servers that knew no `cancelled` called such a job failed. */
export function jobStatus({ outcome, given }: FakePrompt, knowsCancelled: boolean): JobStatus {
  // Nothing tells how an item without a status ended.
  if (given.withoutStatus && outcome !== 'pending' && outcome !== 'running') return 'completed';
  const status = STATUSES[outcome];
  return status === 'cancelled' && !knowsCancelled ? 'failed' : status;
}

export function jobRecord(prompt: FakePrompt, knowsCancelled: boolean): Record<string, unknown> {
  const facts = {
    id: prompt.id,
    status: jobStatus(prompt, knowsCancelled),
    priority: prompt.number,
    create_time: prompt.given.withoutCreateTime ? null : prompt.created,
  };
  const { count, previewable, preview } = summary(prompt.outputs);
  const counts = { outputs_count: count, previewable_outputs_count: previewable };
  if (prompt.ended === undefined) return pruned({ ...facts, ...counts, workflow_id: prompt.workflowId });
  const known = prompt.given.withoutStatus !== true;
  const failed = known && prompt.outcome === 'error';
  return pruned({
    ...facts,
    // The times come out of the status' messages.
    execution_start_time: known ? prompt.started : null,
    execution_end_time: known ? prompt.ended : null,
    execution_error: failed ? executionError(prompt) : null,
    completion_status: known ? (prompt.outcome === 'success' ? 'success' : 'error') : null,
    has_errors: known ? prompt.outcome !== 'success' : null,
    execution_error_count: known ? Number(failed) : null,
    ...counts,
    preview_output: preview,
    workflow_id: prompt.workflowId,
  });
}

export function jobDetail(prompt: FakePrompt, knowsCancelled: boolean): Record<string, unknown> {
  const workflow = { prompt: prompt.graph, extra_data: prompt.extraData };
  const record = jobRecord(prompt, knowsCancelled);
  if (prompt.ended === undefined) return { ...record, workflow };
  const failed = prompt.outcome === 'error' && prompt.given.withoutStatus !== true;
  return {
    ...record,
    outputs: normalised(prompt.outputs),
    execution_status: prompt.given.withoutStatus ? null : statusRecord(prompt),
    execution_errors: failed ? [executionError(prompt)] : [],
    workflow,
  };
}

function executionError(prompt: FakePrompt): object {
  return { prompt_id: prompt.id, timestamp: prompt.ended, ...errorRecord(prompt) };
}

const MODEL_ENDING = /\.(?:obj|fbx|gltf|glb|usdz)$/iu;
const TEXT_ENDING = /\.(?:txt|md|json)$/iu;
const PREVIEWABLE_KEYS = new Set(['images', 'video', 'audio', '3d', 'text']);

type Entry = Readonly<Record<string, unknown>>;

/** Models that were named by a bare string become entries, and what is null is left out. */
function normalised(outputs: Readonly<Record<string, unknown>>): object {
  const nodes = Object.entries(outputs).map(([node, shown]) => {
    const keys = Object.entries(Object(shown) as object).map(([key, items]) => {
      if (key === 'animated' || !Array.isArray(items)) return [key, items];
      return [key, items.filter((item) => item !== null).map((item) => modelEntry(item) ?? item)];
    });
    return [node, Object.fromEntries(keys)];
  });
  return Object.fromEntries(nodes);
}

function modelEntry(item: unknown): Entry | undefined {
  if (typeof item !== 'string' || !MODEL_ENDING.test(item)) return undefined;
  return { filename: item, type: 'output', subfolder: '', mediaType: '3d' };
}

interface Summary {
  readonly count: number;
  readonly previewable: number;
  readonly preview: object | null;
}

function summary(outputs: Readonly<Record<string, unknown>>): Summary {
  let count = 0;
  const previews: { readonly rank: number; readonly entry: object }[] = [];
  for (const [nodeId, shown] of Object.entries(outputs)) {
    for (const [key, items] of Object.entries(Object(shown) as object)) {
      if (key === 'animated' || !Array.isArray(items)) continue;
      for (const item of items as unknown[]) {
        const entry = typeof item === 'object' && item !== null ? (item as Entry) : modelEntry(item);
        if (entry === undefined) {
          if (key === 'text') previews.push({ rank: 3, entry: { content: String(item), nodeId, mediaType: key } });
          continue;
        }
        count += 1;
        if (isPreviewable(key, entry)) {
          previews.push({ rank: rankOf(key, entry), entry: { ...entry, nodeId, mediaType: entry.mediaType ?? key } });
        }
      }
    }
  }
  previews.sort((one, other) => one.rank - other.rank);
  return { count, previewable: previews.filter(({ rank }) => rank < 3).length, preview: previews[0]?.entry ?? null };
}

function isPreviewable(key: string, { format, filename }: Entry): boolean {
  if (PREVIEWABLE_KEYS.has(key) || /^(?:video|audio)\//u.test(String(format ?? ''))) return true;
  return MODEL_ENDING.test(String(filename)) || TEXT_ENDING.test(String(filename));
}

/** Saved media come first, then other media, saved texts and bare texts. */
function rankOf(key: string, { type, filename }: Entry): number {
  if (key === 'text' || TEXT_ENDING.test(String(filename))) return 2;
  return type === 'output' ? 0 : 1;
}

function pruned(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null && value !== undefined));
}
