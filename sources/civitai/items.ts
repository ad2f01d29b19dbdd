/** From workflows to tasks and items. */

import { type Item, interrupted, rawRecord, type Task } from '../../src/plugin.js';
import { mediaTypeOf } from './blobs.js';
import { generationOf, promptOf } from './generation.js';
import type { Result } from './results.js';
import type { Workflow } from './workflows.js';

const PLUGIN = 'civitai';

/** A workflow and its files are kept so long after its end: https://developer.civitai.com/orchestration/guide/workflows */
const RETENTION = 30 * 24 * 3_600_000;

export function toTask(workflow: Workflow, results: readonly Result[], signal: AbortSignal | undefined): Task {
  return {
    ...factsOf(workflow),
    count: results.length,
    raw: rawRecord(workflow.record),
    items: toItems(workflow, results, signal),
  };
}

/** A workflow of the list that has no items. */
export function toAbsentTask(
  workflow: Workflow,
  absent: NonNullable<Task['absent']>,
  signal: AbortSignal | undefined,
): Task {
  return { ...factsOf(workflow), absent, count: 0, items: toItems(workflow, [], signal) };
}

function factsOf(workflow: Workflow) {
  const prompt = promptOf(workflow);
  return {
    source: PLUGIN,
    id: workflow.id,
    ...(prompt === undefined ? {} : { prompt }),
    ...times(workflow.created, workflow),
  };
}

async function* toItems(
  workflow: Workflow,
  results: readonly Result[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  for (const [position, result] of results.entries()) {
    if (signal?.aborted) throw interrupted(signal.reason);
    yield toItem(workflow, result, position + 1);
  }
}

function toItem(workflow: Workflow, result: Result, index: number): Item {
  const { blob, step } = result;
  const mediaType = mediaTypeOf(blob.blobId);
  return {
    source: PLUGIN,
    taskId: workflow.id,
    id: result.id,
    index,
    ...(mediaType === undefined ? {} : { mediaType }),
    generation: generationOf(workflow, result),
    ...times(workflow.completed ?? workflow.created, workflow),
    raw: rawRecord({ workflow: workflow.record, step: step.name ?? null, blob: blob.record }),
  };
}

function times(made: number | undefined, { completed }: Workflow) {
  return {
    ...(made === undefined ? {} : { createdAt: new Date(made) }),
    ...(completed === undefined ? {} : { expiresAt: new Date(Math.min(completed + RETENTION, 8.64e15)) }),
  };
}
