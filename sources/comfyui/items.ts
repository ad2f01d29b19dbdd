/** From jobs and their files to tasks and items. */

import { type Document, fromService, type Item, interrupted, rawRecord, type Task } from '../../src/plugin.js';
import { idOfPlace, mediaTypeOf, type OutputFile } from './files.js';
import { readGraph } from './graph.js';
import type { Job, JobSummary } from './jobs.js';
import type { FilePlace } from './reference.js';
import { generationsOf } from './sampling.js';
import type { Viewed } from './view.js';

const PLUGIN = 'comfyui';

/** A job of which everything is known. */
export function toTask(job: Job, files: readonly OutputFile[], signal: AbortSignal | undefined): Task {
  const items = toItems(job, files);
  const prompt = items[0]?.generation.prompt;
  return {
    ...taskFacts(job),
    count: items.length,
    ...(prompt === undefined ? {} : { prompt }),
    raw: rawRecord(job.record),
    items: oneByOne(items, signal),
  };
}

/** A job of a list, whose items are found out when they are needed. */
export function toListedTask(
  summary: JobSummary,
  items: () => Promise<readonly Item[]>,
  signal: AbortSignal | undefined,
): Task {
  async function* asked(): AsyncGenerator<Item> {
    yield* oneByOne(await items(), signal);
  }
  return { ...taskFacts(summary), items: asked() };
}

function taskFacts({ id, created }: JobSummary) {
  return { source: PLUGIN, id, ...(created === undefined ? {} : { createdAt: new Date(created) }) };
}

async function* oneByOne(items: readonly Item[], signal: AbortSignal | undefined): AsyncGenerator<Item> {
  for (const item of items) {
    if (signal?.aborted) throw interrupted(signal.reason);
    yield item;
  }
}

/** The server numbers nothing: the order is that of the nodes, and within a node that of its files. */
export function toItems(job: Job, files: readonly OutputFile[]): Item[] {
  const generations = generationsOf(readGraph(job.graph));
  const documents = workflowOf(job);
  const made = job.ended ?? job.created;
  return files.map((file, position) => ({
    source: PLUGIN,
    taskId: job.id,
    id: file.id,
    index: position + 1,
    title: fromService(file.filename),
    ...(file.mediaType === undefined ? {} : { mediaType: file.mediaType }),
    generation: generations(file.node),
    ...(made === undefined ? {} : { createdAt: new Date(made) }),
    raw: rawRecord({ job: job.record, node: file.node, key: file.key, index: file.index, output: file.entry }),
    ...(documents === undefined ? {} : { documents }),
  }));
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
  return { source: PLUGIN, id, count: 1, title: fromService(place.filename), items: oneByOne([item], signal) };
}
