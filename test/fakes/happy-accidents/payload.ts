/** What an inference was asked to do: `inferencePayload`, whose fields depend on the kind and on the year. */

import { LosslessNumber } from 'lossless-json';
import { inventHex } from './ids.js';

export const INFERENCE_TYPES = [
  'TEXT_TO_IMAGE',
  'IMAGE_TO_IMAGE',
  'INPAINTING',
  'CONTROLNET_TXT2IMG',
  'CONTROLNET_IMG2IMG',
  'CONTROLNET_INPAINTING',
  'UPSCALING',
  'FACE_RESTORE',
] as const;

export type InferenceType = (typeof INFERENCE_TYPES)[number];

export interface Lora {
  readonly id: string;
  readonly weight: number;
}

/** Upscaling and the restoring of faces have neither prompt nor models, whatever is ordered. */
export interface NewPayload {
  readonly inferenceType?: InferenceType;
  readonly parentInferenceId?: string;
  readonly prompt?: string;
  readonly negativePrompt?: string;
  readonly modelId?: string;
  /** A list since 2024; before that one object, null or nothing at all. */
  readonly lora?: Lora | readonly Lora[] | null | 'missing';
  readonly embeddingIds?: readonly string[] | null | 'missing';
  /** Further or other fields; one that is undefined is left out. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

export type ModelKind = 'CHECKPOINT' | 'LORA' | 'TEXTUAL_INVERSION';

/** @param source The address of the picture that the inference starts from. */
export function createPayload(given: NewPayload, number: number, source: string): Record<string, unknown> {
  const { inferenceType: type = 'TEXT_TO_IMAGE' } = given;
  if (type === 'UPSCALING') {
    return { ...parentOf(given), imageUrl: source, scale: decimal('4.0'), faceEnhance: false, ...given.payload };
  }
  if (type === 'FACE_RESTORE') {
    const choices = { fidelity: 0.5, backgroundEnhance: true, faceUpsample: true, upscale: 2 };
    return { ...parentOf(given), imageUrl: source, ...choices, ...given.payload };
  }
  return { ...words(given, number), ...sources(type, source), ...settings(type, number), ...given.payload };
}

/** The models that a payload names, in whichever form. */
export function modelsNamedBy(payload: Readonly<Record<string, unknown>>): [id: string, kind: ModelKind][] {
  const loras = [payload.lora ?? []].flat() as Lora[];
  const embeddings = [payload.embeddingIds ?? []].flat() as string[];
  return [
    ...(typeof payload.modelId === 'string' ? [[payload.modelId, 'CHECKPOINT'] as [string, ModelKind]] : []),
    ...loras.map(({ id }): [string, ModelKind] => [id, 'LORA']),
    ...embeddings.map((id): [string, ModelKind] => [id, 'TEXTUAL_INVERSION']),
  ];
}

function parentOf({ parentInferenceId }: NewPayload): object {
  return parentInferenceId === undefined ? {} : { parentInferenceId };
}

function words(given: NewPayload, number: number): object {
  const { lora = [{ id: inventHex('lora', number % 7), weight: 0.7 }] } = given;
  const { embeddingIds = [inventHex('embedding', number % 3)] } = given;
  return {
    modelId: given.modelId ?? inventHex('model', number % 5),
    prompt: given.prompt ?? `a tin robot watering ferns, number ${number}`,
    negativePrompt: given.negativePrompt ?? '',
    ...(lora === 'missing' ? {} : { lora }),
    ...(embeddingIds === 'missing' ? {} : { embeddingIds }),
  };
}

function sources(type: InferenceType, source: string): object {
  const painted = type === 'INPAINTING' || type === 'CONTROLNET_INPAINTING';
  const based = painted || type === 'IMAGE_TO_IMAGE' || type === 'CONTROLNET_IMG2IMG';
  return {
    baseImageUrl: based ? source : null,
    maskImageUrl: painted ? source.replace(/\.png$/u, '-mask.png') : null,
    inpaintingMaskBlur: decimal('3.0'),
  };
}

function settings(type: InferenceType, number: number): object {
  const control = { type: 'CANNY', imageUrl: null, weight: decimal('1.0') };
  return {
    outputWpx: 512,
    outputHpx: 768,
    numImagesToGenerate: 1,
    numInferenceSteps: 25,
    samplingMethod: 'EULER_A',
    vae: 'stabilityai/sd-vae-ft-mse',
    guidanceScale: decimal('7.0'),
    strength: 0.5,
    clipSkip: 1,
    seed: number % 2 === 0 ? null : 1_000 + number,
    controlNetPayloads: type.startsWith('CONTROLNET') ? [control] : [],
    highResFix: { enabled: false, imageStrength: 0.2, steps: 25 },
  };
}

/** A number as Python writes it, which JavaScript would shorten. */
function decimal(text: string): LosslessNumber {
  return new LosslessNumber(text);
}
