/** A large gallery of all that the service ever held, made from a number: the same one always gives the same gallery. */

import { noise } from '../../support/pictures/noise.js';
import { inventHex, inventUuid } from './ids.js';
import type { NewInference } from './new-inference.js';
import { INFERENCE_TYPES, type InferenceType } from './payload.js';

export interface Gallery {
  /** Oldest first. */
  readonly inferences: readonly NewInference[];
  /** Models that inferences name and that the service has no more. */
  readonly deletedModels: readonly string[];
}

type Choose = <T>(choices: readonly T[]) => T;

const YEAR = 365 * 24 * 3_600_000;
const MODELS = 12;

const PROMPTS: readonly string[] = [
  'a lighthouse made of bread',
  'ein Fuchs im Schnee, Öl auf Leinwand',
  '雨の中の猫、水彩画',
  'two lines\nof a prompt\twith a tab',
  '../../etc/passwd: a file: "quoted" <b>',
  `a very long prompt, ${'highly detailed, '.repeat(60)}8k`,
  '👩‍🚀 on the 🌙, (masterpiece:1.2), <lora:ferns:0.7>',
  '',
];

/** @param count How many images there are in the end. @param until When the last of them was made; the first, a year before. */
export function inventGallery(count: number, seed: number, until: number): Gallery {
  const next = noise(seed);
  const choose: Choose = (choices) => choices[next() % choices.length]!;
  const inferences: NewInference[] = [];
  for (let left = count; left > 0; ) {
    const number = inferences.length;
    const madeAt = until - Math.floor((YEAR * left) / count);
    const images = Math.min(left, choose([1, 1, 1, 2, 3, 4]));
    const inference = inventInference(number, seed, choose, inferences);
    inferences.push({ ...inference, madeAt, count: images });
    if (inference.status === undefined) left -= images;
  }
  return { inferences, deletedModels: [modelId(seed, 0), modelId(seed, 1)] };
}

function inventInference(number: number, seed: number, choose: Choose, older: readonly NewInference[]): NewInference {
  const inferenceType = choose<InferenceType>([...INFERENCE_TYPES, 'TEXT_TO_IMAGE', 'TEXT_TO_IMAGE', 'TEXT_TO_IMAGE']);
  const parent = inferenceType.endsWith('TO_IMAGE') ? undefined : older.at(-1 - (choose([0, 1, 2]) as number))?.id;
  // Few of them failed or wait; those have no images, with which a list of images must get along.
  const unfinished = number % 40 === 39 ? choose(['FAILED', 'PENDING'] as const) : undefined;
  return {
    id: inventUuid('gallery', seed, number),
    inferenceType,
    ...(unfinished === undefined ? {} : { status: unfinished }),
    ...(parent === undefined ? {} : { parentInferenceId: parent }),
    prompt: choose(PROMPTS),
    negativePrompt: choose(['', 'blurry']),
    modelId: modelId(seed, choose(Array.from({ length: MODELS }, (_, index) => index))),
    lora: choose([null, 'missing', [], lora(seed, 0), [lora(seed, 1)], [lora(seed, 1), lora(seed, 2)]]),
    embeddingIds: choose([null, 'missing', [], [inventHex('gallery embedding', seed)]] as const),
    urls: choose([true, true, false]),
    // Steps of 100, so that no image shares the bytes of another one.
    pictureSeed: (seed * 1_000_003 + number * 100) >>> 0,
    side: choose([6, 8, 12, 16]),
    payload: { samplingMethod: choose(['EULER', 'DPM_++_SDE_KARRAS', 'UNI_PC']) },
    imageFields: (index) => ({ favorite: (number + index) % 9 === 0, nsfw: (number + index) % 11 === 0 }),
  };
}

function modelId(seed: number, number: number): string {
  return inventHex('gallery model', seed, number);
}

function lora(seed: number, number: number) {
  return { id: inventHex('gallery lora', seed, number), weight: 0.25 * (number + 1) };
}
