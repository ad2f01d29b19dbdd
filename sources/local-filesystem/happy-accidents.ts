/**
 * The records of the Happy Accidents gallery downloader: `<image>_metadata.json` (the image with `inference_prefetch` and
 * `model_prefetch`), `<inference>_inference.json` and `models/<model>.json`, all in one folder with the pictures.
 */

import { fromService, type Generation } from '../../src/plugin.js';
import { type Fields, fieldsOf, type RecordText } from './record-text.js';
import { compact, isId, momentOf, type Recorded, seedOf } from './recorded.js';

export const METADATA = '_metadata.json';
export const INFERENCE = '_inference.json';
export const MODELS = 'models';

/**
 * @param id The image's, from its file's name.
 * @param orderOf The ids of an inference's images, in the order in which the service has them.
 * @returns `undefined` for a file that speaks of another image.
 */
export async function readMetadata(
  id: string,
  record: RecordText,
  orderOf: (inference: string) => Promise<readonly string[]>,
): Promise<Recorded | undefined> {
  const { inference_prefetch, model_prefetch, ...image } = fieldsOf(record.value);
  // In the shape that the source of that service has them in.
  const raw = record.record({ image, inference: inference_prefetch ?? null, model: model_prefetch ?? null });
  if (raw === undefined || !isId(id) || record.text(image.id) !== id) return undefined;
  const inference = fieldsOf(inference_prefetch);
  const inferenceId = record.text(inference.inferenceId);
  if (inferenceId === undefined || !isId(inferenceId)) return undefined;
  const position = (await orderOf(inferenceId)).indexOf(id);
  return {
    source: 'happy-accidents',
    taskId: inferenceId,
    id,
    index: position < 0 ? undefined : position + 1,
    generation: generationOf(inference, fieldsOf(model_prefetch), record),
    createdAt: momentOf(record.text(image.createdAt)),
    raw,
    companions: [],
  };
}

/** The ids of the images that `<inference>_inference.json` lists. */
export function imagesOf(record: RecordText): readonly string[] {
  const { images } = fieldsOf(record.value);
  return (Array.isArray(images) ? images : []).map((image: unknown) => record.text(fieldsOf(image).id) ?? '');
}

function generationOf(inference: Fields, model: Fields, record: RecordText): Generation {
  const payload = fieldsOf(inference.inferencePayload);
  const untrusted = (value: unknown) => {
    const text = record.text(value);
    return text === undefined ? undefined : fromService(text);
  };
  return compact<Generation>({
    prompt: untrusted(payload.prompt),
    negativePrompt: untrusted(payload.negativePrompt),
    model: untrusted(model.name) ?? untrusted(payload.modelId),
    seed: seedOf(record.number(payload.seed) ?? record.text(payload.seed)),
    kind: untrusted(inference.inferenceType),
    parent: [inference.parentInferenceId, payload.parentInferenceId].map((id) => record.text(id)).find(Boolean),
    width: record.whole(payload.outputWpx),
    height: record.whole(payload.outputHpx),
  });
}
