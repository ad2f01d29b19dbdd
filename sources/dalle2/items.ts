/** From the answers of the Labs API to tasks and items. */

import {
  type Companion,
  fromService,
  type Generation,
  type Item,
  interrupted,
  rawRecord,
  type Task,
} from '../../src/plugin.js';
import type { GenerationAnswer, TaskAnswer } from './answers.js';

const PLUGIN = 'dalle2';

/** @param only The one generation that is meant; all of them without it. */
export function toTask(task: TaskAnswer, signal: AbortSignal | undefined, only?: string): Task {
  const generations = task.generations ?? [];
  return {
    source: PLUGIN,
    id: task.id,
    count: only === undefined ? generations.length : 1,
    ...(task.caption === undefined ? {} : { prompt: fromService(task.caption) }),
    ...(task.created === undefined ? {} : { createdAt: new Date(task.created * 1000) }),
    raw: rawRecord(task.lossless),
    items: toItems(task, signal, only),
  };
}

async function* toItems(
  task: TaskAnswer,
  signal: AbortSignal | undefined,
  only: string | undefined,
): AsyncGenerator<Item> {
  const { generations: _listedApart, ...record } = task.lossless;
  for (const [position, generation] of (task.generations ?? []).entries()) {
    if (signal?.aborted) throw interrupted(signal.reason);
    if (only !== undefined && generation.id !== only) continue;
    yield toItem(task, generation, position + 1, record);
  }
}

function toItem(task: TaskAnswer, generation: GenerationAnswer, index: number, record: unknown): Item {
  const created = generation.created ?? task.created;
  const companions: Companion[] = pictures(task).map(({ id, role }) => ({ id, role, taskId: task.id }));
  const facts: Generation = {
    ...(task.caption === undefined ? {} : { prompt: fromService(task.caption) }),
    ...(task.taskType === undefined ? {} : { kind: fromService(task.taskType) }),
    ...(task.parent === undefined ? {} : { parent: task.parent }),
  };
  return {
    source: PLUGIN,
    taskId: task.id,
    id: generation.id,
    index,
    mediaType: 'image/webp',
    generation: facts,
    ...(created === undefined ? {} : { createdAt: new Date(created * 1000) }),
    raw: rawRecord({ task: record, generation: generation.lossless }),
    ...(companions.length === 0 ? {} : { companions }),
  };
}

/** All that can be located through a task. */
export function linksOf(task: TaskAnswer): { id: string; url: string }[] {
  const made = (task.generations ?? []).flatMap(({ id, imageUrl }) =>
    imageUrl === undefined ? [] : [{ id, url: imageUrl }],
  );
  return [...made, ...pictures(task)];
}

/** The source picture and the mask of an edit: they exist only as long as the service does. */
function pictures(task: TaskAnswer): { id: string; role: string; url: string }[] {
  const owner = task.promptId ?? task.id;
  const found: { id: string; role: string; url: string }[] = [];
  if (task.sourcePicture !== undefined) found.push({ id: `${owner}-source`, role: 'source', url: task.sourcePicture });
  if (task.mask !== undefined) found.push({ id: `${owner}-mask`, role: 'mask', url: task.mask });
  return found;
}
