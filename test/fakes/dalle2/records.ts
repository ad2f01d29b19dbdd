/** How tasks and generations look in the API's JSON, with fresh signed links in every answer. */

import { LosslessNumber } from 'lossless-json';
import type { Signatures } from './signatures.js';
import type { FakeGeneration, FakeTask } from './tasks.js';

export const USER_ID = 'user-Hc5pXz81QwLr0KtVn6YdJm3s';

export interface RecordOptions {
  readonly signatures: Signatures;
  /** Where the private pictures are. */
  blobOrigin(): string;
  /** Where the shared pictures are: a content delivery network that asks for no signature. */
  readonly publicOrigin: string;
  /** Whether records carry fields that no client knows, with numbers that JavaScript cannot hold. */
  readonly extraFields: boolean;
}

export interface Records {
  task(task: FakeTask): object;
  generation(generation: FakeGeneration): object;
  /** What everybody sees of a shared picture. */
  publicGeneration(generation: FakeGeneration): object;
}

/** The path of a picture on the blob host. */
export function generationPath(generation: FakeGeneration): string {
  return `/private/${USER_ID}/generations/${generation.id}/image.webp`;
}

/** The path of a picture that an edit was made from. */
export function promptPath(task: FakeTask, name: 'image' | 'masked_image'): string {
  return `/private/${USER_ID}/prompts/${task.promptId}/${name}.webp`;
}

/** The path of a shared picture on the public host. */
export function publicPath(generation: FakeGeneration): string {
  return `/${USER_ID}/generations/${generation.id}/image.webp`;
}

const PROMPT_TYPES = {
  text2im: 'CaptionPrompt',
  variations: 'CaptionlessImagePrompt',
  inpainting: 'CaptionImagePrompt',
} as const;

/** How long a picture took: what separates its `created` from the task's. */
const SECONDS_TO_MAKE = 15;

export function createRecords(options: RecordOptions): Records {
  const generation = (own: FakeGeneration) => generationRecord(options, own, signed(options, generationPath(own)));
  return {
    generation,
    task: (task) => taskRecord(options, task, generation),
    publicGeneration: (own) => ({
      ...generationRecord(options, own, `${options.publicOrigin}${publicPath(own)}`),
      prompt: promptRecord(options, own.task),
      user: {
        object: 'user',
        id: USER_ID,
        created: 1_650_000_000,
        name: null,
        picture: 'https://cdn.openai.com/labs/avatar.png',
      },
    }),
  };
}

function signed({ blobOrigin, signatures }: RecordOptions, path: string): string {
  return `${blobOrigin()}${path}?${signatures.sign(path)}`;
}

/** Fields that no client knows, where records carry any. */
function extra(options: RecordOptions, fields: Readonly<Record<string, unknown>>): object {
  return options.extraFields ? fields : {};
}

function taskRecord(options: RecordOptions, task: FakeTask, generation: (own: FakeGeneration) => object): object {
  return {
    object: 'task',
    id: task.id,
    created: task.created,
    task_type: task.kind,
    status: task.status,
    status_information: task.status === 'pending' ? {} : task.statusInformation,
    prompt_id: task.promptId,
    prompt: promptRecord(options, task),
    // The field is missing, not empty, until the task has succeeded.
    ...(task.status === 'succeeded' ? { generations: { object: 'list', data: task.generations.map(generation) } } : {}),
    ...extra(options, {
      queue_ticket: new LosslessNumber('9007199254740993'),
      experiment: { arm: null, weight: new LosslessNumber('1E+2') },
    }),
    ...task.extra,
  };
}

function promptRecord(options: RecordOptions, task: FakeTask): object {
  const names = [...task.promptPictures.keys()];
  const pictures = names.map((name) => [`${name}_path`, signed(options, promptPath(task, name))]);
  return {
    id: task.promptId,
    object: 'prompt',
    created: task.created,
    prompt_type: PROMPT_TYPES[task.kind],
    prompt: { caption: task.caption, ...Object.fromEntries(pictures) },
    parent_generation_id: task.parentGenerationId ?? null,
    ...extra(options, { guidance_weight: new LosslessNumber('7.0'), tags: ['première', '\u202etxt'] }),
  };
}

function generationRecord(options: RecordOptions, generation: FakeGeneration, imagePath: string): object {
  return {
    id: generation.id,
    object: 'generation',
    created: generation.task.created + SECONDS_TO_MAKE,
    generation_type: 'ImageGeneration',
    generation: { image_path: imagePath },
    task_id: generation.task.id,
    prompt_id: generation.task.promptId,
    is_public: generation.isPublic,
    ...extra(options, { seed: new LosslessNumber('18446744073709551615'), score: new LosslessNumber('0.10') }),
  };
}
