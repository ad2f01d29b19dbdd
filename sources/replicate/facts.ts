/** How an output was made, from the input of its prediction: every model names things in its own way. */

import { fromService, type Generation, writtenNumber } from '../../src/plugin.js';
import { type Fields, fields, type PredictionAnswer, text } from './answers.js';

/** The names under which models take the same thing, the usual one first. A further fact is a further row. */
const NAMES = {
  prompt: ['prompt', 'text_prompt', 'prompt_text', 'positive_prompt', 'text'],
  negativePrompt: ['negative_prompt', 'negative_prompts', 'neg_prompt', 'n_prompt'],
  seed: ['seed', 'noise_seed', 'random_seed'],
  steps: ['num_inference_steps', 'steps', 'num_steps', 'inference_steps'],
  sampler: ['scheduler', 'sampler', 'sampler_name'],
  guidance: ['guidance_scale', 'guidance', 'cfg_scale', 'cfg'],
  size: ['size', 'image_size', 'image_dimensions', 'resolution'],
} as const satisfies Record<string, readonly string[]>;

export function generationOf(prediction: PredictionAnswer): Generation {
  const { input, model } = prediction;
  const prompt = promptOf(prediction);
  const negative = first(input, NAMES.negativePrompt, text);
  const seed = seedOf(prediction);
  const steps = first(input, NAMES.steps, count);
  const sampler = first(input, NAMES.sampler, text);
  const guidance = first(input, NAMES.guidance, amount);
  const seconds = amount(prediction.predictTime);
  return {
    ...(prompt === undefined ? {} : { prompt: fromService(prompt) }),
    ...(negative === undefined ? {} : { negativePrompt: fromService(negative) }),
    ...(model === undefined ? {} : { model: fromService(model) }),
    ...(seed === undefined ? {} : { seed }),
    ...sizeOf(input),
    ...(steps === undefined ? {} : { steps }),
    ...(sampler === undefined ? {} : { sampler: fromService(sampler) }),
    ...(guidance === undefined ? {} : { guidance }),
    ...(seconds === undefined ? {} : { durationMs: Math.round(seconds * 1000) }),
  };
}

export function promptOf({ input }: PredictionAnswer): string | undefined {
  return first(input, NAMES.prompt, text);
}

/**
 * The seed that was asked for. Below zero, or none, means any: then the log tells it as a rule (`Using seed: 41`). Lists
 * have no logs.
 */
function seedOf({ lossless, logs }: PredictionAnswer): string | undefined {
  const asked = first(fields(lossless.input) ?? {}, NAMES.seed, decimal);
  if (asked !== undefined && !asked.startsWith('-')) return asked;
  return /\bseed\b\s*[:=]\s*(\d{1,40})\b/iu.exec(logs?.slice(0, 100_000) ?? '')?.[1];
}

/** As it was written, because seeds exceed 2^53. */
function decimal(value: unknown): string | undefined {
  const written = typeof value === 'string' ? value : (writtenNumber(value) ?? '');
  return /^-?\d{1,40}$/u.test(written) ? written : undefined;
}

function sizeOf(input: Fields): Pick<Generation, 'width' | 'height'> {
  const [width, height] = [input.width, input.height];
  if (isPixels(width) && isPixels(height)) return { width, height };
  const [, across, down] = /^(\d{1,5})\s?[x*×]\s?(\d{1,5})$/iu.exec(first(input, NAMES.size, text) ?? '') ?? [];
  const both = { width: Number(across), height: Number(down) };
  return isPixels(both.width) && isPixels(both.height) ? both : {};
}

function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}

function amount(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value < 1e9 ? value : undefined;
}

function isPixels(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 100_000;
}

/** The first of the names whose value reads as what is wanted. */
function first<T>(input: Fields, names: readonly string[], read: (value: unknown) => T | undefined): T | undefined {
  for (const name of names) {
    const value = Object.hasOwn(input, name) ? read(input[name]) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}
