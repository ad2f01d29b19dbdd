/** The steps of a workflow by its kind: what went in, and which blobs came out under which names. */

import { LosslessNumber } from 'lossless-json';
import type { BlobFormat, FakeBlob, NewBlob } from './blobs.js';

export type WorkflowKind =
  | 'textToImage'
  /** The newer kind, with a list of errors beside the pictures. */
  | 'imageGen'
  /** One video, further ones beside it, and a cache that is no result. */
  | 'videoGen'
  | 'comfy'
  /** With temporary blobs beside the results. */
  | 'customComfy'
  /** A second step makes the first picture larger. */
  | 'upscaled'
  /** A second step answers the very blob of the first. */
  | 'repeated'
  | 'audio'
  /** No media at all. */
  | 'mediaHash';

export interface FakeStep {
  readonly type: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly jobId: string;
  readonly blobs: readonly FakeBlob[];
  /** The output with the records of its blobs. */
  output(record: (blob: FakeBlob) => object): Readonly<Record<string, unknown>>;
}

export interface StepFacts {
  readonly kind: WorkflowKind;
  /** A text, or a reference to the workflow's arguments. */
  readonly prompt: unknown;
  readonly negative: string;
  readonly seed: string;
  /** The first step's blobs; as many as the kind makes unless said otherwise. */
  readonly blobs: readonly NewBlob[] | undefined;
  jobId(step: number): string;
  makeBlob(given: NewBlob, format: BlobFormat, step: number): FakeBlob;
}

type Output = FakeStep['output'];

export function createSteps(facts: StepFacts): FakeStep[] {
  switch (facts.kind) {
    case 'imageGen':
      return [step(facts, 'imageGen', made(facts, 'jpeg', 2), (blobs) => ({ ...images(blobs), errors: null }))];
    case 'videoGen':
      return [videoStep(facts)];
    case 'comfy':
      return [step(facts, 'comfy', made(facts, 'png', 2), (blobs) => ({ blobs }))];
    case 'customComfy':
      return [customStep(facts)];
    case 'upscaled':
    case 'repeated':
      return chain(facts);
    case 'audio':
      return [step(facts, 'aceStepAudio', made(facts, 'mp3', 1), ([blob]) => ({ blob }))];
    case 'mediaHash':
      return [step(facts, 'mediaHash', [], () => ({ hashes: { perceptual: '12345678' } }))];
    default:
      return [step(facts, 'textToImage', made(facts, 'jpeg', 2), images)];
  }
}

function images(blobs: readonly object[]): Record<string, unknown> {
  return { images: blobs };
}

function made(facts: StepFacts, format: BlobFormat, count: number): FakeBlob[] {
  const given = facts.blobs ?? Array.from({ length: count }, () => ({}));
  return given.map((blob) => facts.makeBlob(blob, format, 0));
}

function step(
  facts: StepFacts,
  type: string,
  blobs: readonly FakeBlob[],
  shape: (records: readonly object[]) => Record<string, unknown>,
): FakeStep {
  const output: Output = (record) => shape(blobs.map(record));
  return { type, name: '0', input: inputOf(facts, blobs.length), jobId: facts.jobId(0), blobs, output };
}

/** A draft that a later run may start from stands among the output and is no result. */
function videoStep(facts: StepFacts): FakeStep {
  const cache = facts.makeBlob({}, 'mp4', 0);
  const blobs = made(facts, 'mp4', 1);
  return {
    ...step(facts, 'videoGen', blobs, () => ({})),
    blobs: [...blobs, cache],
    output(record) {
      const [video, ...others] = blobs.map(record);
      return { video, additionalVideos: others.length === 0 ? null : others, draftCache: record(cache) };
    },
  };
}

function customStep(facts: StepFacts): FakeStep {
  const temporary = facts.makeBlob({}, 'png', 0);
  const blobs = made(facts, 'png', 1);
  return {
    ...step(facts, 'customComfy', blobs, () => ({})),
    blobs: [...blobs, temporary],
    output: (record) => ({ blobs: blobs.map(record), tempBlobs: [record(temporary)] }),
  };
}

function chain(facts: StepFacts): FakeStep[] {
  const blobs = made(facts, 'jpeg', 1);
  const [first] = blobs;
  const larger = facts.kind === 'repeated' ? first! : facts.makeBlob({ size: 12_000 }, 'jpeg', 1);
  const second: FakeStep = {
    type: 'imageUpscaler',
    name: 'upscaler',
    input: { image: { $ref: '0', path: 'output.images[0].url' }, numberOfRepeats: 1 },
    jobId: facts.jobId(1),
    blobs: [larger],
    output: (record) => ({ blob: record(larger) }),
  };
  return [step(facts, 'textToImage', blobs, images), second];
}

function inputOf({ prompt, negative, seed }: StepFacts, quantity: number): Record<string, unknown> {
  const model = 'urn:air:sdxl:checkpoint:civitai:101055@128078';
  const size = { width: 1024, height: 1024, scheduler: 'eulerA', quantity };
  const numbers = { steps: 25, cfgScale: new LosslessNumber('5.0'), seed: new LosslessNumber(seed) };
  return { model, prompt, negativePrompt: negative, ...numbers, ...size };
}
