/** From jobs and their files to tasks and items. */

import { type Document, fromService, type Item, interrupted, rawRecord, type Task } from '../../src/plugin.js';
import { idOfPlace, mediaTypeOf, type OutputFile } from './files.js';
import { readGraph } from './graph.js';
import type { Job, JobSummary } from './jobs.js';
import type { FilePlace } from './reference.js';
import { type Generations, generationsOf } from './sampling.js';
import type { Viewed } from './view.js';

const PLUGIN = 'comfyui';

/** A job of which everything is known. */
export function toTask(job: Job, files: readonly OutputFile[], signal: AbortSignal | undefined): Task {
  const generations = generationsOf(readGraph(job.graph));
  const [first] = files;
  const prompt = first === undefined ? undefined : generations(first.node).prompt;
  return {
    ...taskFacts(job),
    final: true,
    count: files.length,
    ...(prompt === undefined ? {} : { prompt }),
    raw: rawRecord(job.record),
    items: toItems(job, files, generations, signal),
  };
}

/** A job of a list, which is asked for when its items are needed. */
export function toListedTask(
  summary: JobSummary,
  ask: () => Promise<{ readonly job: Job; readonly files: readonly OutputFile[] } | undefined>,
  signal: AbortSignal | undefined,
): Task {
  async function* items(): AsyncGenerator<Item> {
    const found = await ask();
    if (found === undefined) return;
    yield* toItems(found.job, found.files, generationsOf(readGraph(found.job.graph)), signal);
  }
  return { ...taskFacts(summary), final: true, items: items() };
}

/** A job of a list that has no items. */
export function toAbsentTask(summary: JobSummary, absent: NonNullable<Task['absent']>): Task {
  return { ...taskFacts(summary), absent, count: 0, items: nothing() };
}

async function* nothing(): AsyncGenerator<Item> {
  yield* [];
}

function taskFacts({ id, created }: JobSummary) {
  return { source: PLUGIN, id, ...(created === undefined ? {} : { createdAt: new Date(created) }) };
}

/** The server numbers nothing: the order is that of the nodes, and within a node that of its files. */
async function* toItems(
  job: Job,
  files: readonly OutputFile[],
  generations: Generations,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  const documents = workflowOf(job);
  const lasted = job.duration === undefined ? {} : { durationMs: job.duration };
  for (const [position, file] of files.entries()) {
    if (signal?.aborted) throw interrupted(signal.reason);
    yield toItem(job, file, {
      index: position + 1,
      generation: { ...generations(file.node), ...lasted },
      ...(documents === undefined ? {} : { documents }),
    });
  }
}

function toItem(job: Job, file: OutputFile, facts: Pick<Item, 'index' | 'generation' | 'documents'>): Item {
  const made = job.ended ?? job.created;
  return {
    source: PLUGIN,
    taskId: job.id,
    id: file.id,
    title: fromService(file.filename),
    ...facts,
    ...(file.mediaType === undefined ? {} : { mediaType: file.mediaType }),
    ...(made === undefined ? {} : { createdAt: new Date(made) }),
    raw: rawRecord({ job: job.record, node: file.node, key: file.key, index: file.index, output: file.entry }),
  };
}

/** The graph that ComfyUI's editor loads; where only the executed one is kept, that, which it loads as well. */
function workflowOf({ id, editor, graph }: Job): readonly Document[] | undefined {
  const workflow = editor ?? graph;
  return workflow === undefined ? undefined : [{ kind: 'workflow', id, json: rawRecord(workflow).json }];
}

/** A single file that a link names. Nothing is known of the job that it came from. */
export function toFileTask(place: FilePlace, { size, mediaType }: Viewed, signal: AbortSignal | undefined): Task {
  const id = idOfPlace(place);
  const type = mediaTypeOf(place.filename) ?? mediaType;
  const item: Item = {
    source: PLUGIN,
    taskId: id,
    id,
    index: 1,
    title: fromService(place.filename),
    ...(type === undefined ? {} : { mediaType: type }),
    ...(size === undefined ? {} : { size }),
    generation: {},
    raw: rawRecord({ output: place }),
  };
  async function* items(): AsyncGenerator<Item> {
    if (signal?.aborted) throw interrupted(signal.reason);
    yield item;
  }
  return { source: PLUGIN, id, count: 1, title: fromService(place.filename), items: items() };
}
