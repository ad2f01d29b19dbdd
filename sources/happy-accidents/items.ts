/** From the answers of the API to tasks and items. */

import { type Document, fromService, type Generation, type Item, interrupted, type Task } from '../../src/plugin.js';
import type { ImageAnswer, InferenceAnswer } from './answers.js';
import { compact, type Fields, fields } from './fields.js';
import type { ModelRecord, Models } from './models.js';
import { record } from './records.js';

const PLUGIN = 'happy-accidents';

export interface TaskOptions {
  readonly models: Models;
  readonly signal: AbortSignal | undefined;
  /** Whether files come as they are stored, so that their names tell their kind. */
  readonly asStored: boolean;
}

/**
 * An inference as a task. The records of its models are asked for when its first item is.
 * @param images Those that are wanted.
 * @throws E_BAD_ANSWER for a record that cannot be written down.
 */
export function toTask(inference: InferenceAnswer, images: readonly ImageAnswer[], options: TaskOptions): Task {
  const raw = record(inference.lossless, `reading ${inference.id}`);
  return {
    source: PLUGIN,
    id: inference.id,
    count: images.length,
    ...(inference.prompt === undefined ? {} : { prompt: fromService(inference.prompt) }),
    ...createdAt(inference.images[0]),
    raw,
    items: toItems(inference, images, { kind: 'inference', id: inference.id, json: raw.json }, options),
  };
}

async function* toItems(
  inference: InferenceAnswer,
  images: readonly ImageAnswer[],
  whole: Document,
  { models, signal, asStored }: TaskOptions,
): AsyncGenerator<Item> {
  if (signal?.aborted) throw interrupted(signal.reason);
  const known = await models.all(inference.modelIds, signal);
  const documents = [whole, ...[...known.values()].map(({ document }) => document)];
  const model = inference.modelId === undefined ? undefined : known.get(inference.modelId);
  const { images: _listedApart, ...own } = inference.lossless;
  for (const image of images) {
    if (signal?.aborted) throw interrupted(signal.reason);
    yield {
      source: PLUGIN,
      taskId: inference.id,
      id: image.id,
      index: image.index,
      ...(asStored && /\.png$/iu.test(image.filename ?? '') ? { mediaType: 'image/png' } : {}),
      generation: generationOf(inference, model),
      ...createdAt(image),
      raw: record({ image: image.lossless, inference: own, model: model?.facts ?? null }, `reading ${inference.id}`),
      documents,
    };
  }
}

function generationOf(inference: InferenceAnswer, model: ModelRecord | undefined): Generation {
  const { prompt, negativePrompt, modelId, type, seed, parent, width, height } = inference;
  const name = model?.name ?? modelId;
  return compact<Generation>({
    prompt: prompt === undefined ? undefined : fromService(prompt),
    negativePrompt: negativePrompt === undefined ? undefined : fromService(negativePrompt),
    model: name === undefined ? undefined : fromService(name),
    seed,
    kind: type === undefined ? undefined : fromService(type),
    parent,
    width,
    height,
  });
}

function createdAt(image: ImageAnswer | undefined): { createdAt?: Date } {
  return image?.createdAt === undefined ? {} : { createdAt: image.createdAt };
}

/** What an item's own record tells of its image; `undefined` where it tells nothing, or without the link's query. */
export function imageOf({ raw }: Partial<Item>): Fields | undefined {
  if (raw === undefined || raw.redacted.includes('image.url')) return undefined;
  try {
    return fields(fields(JSON.parse(raw.json))?.image);
  } catch {
    return undefined;
  }
}
