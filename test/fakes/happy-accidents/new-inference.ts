/** An inference as a test orders it, and what the service then keeps of it. */

import { LosslessNumber } from 'lossless-json';
import { png } from '../../support/pictures.js';
import { imageUrl } from './addresses.js';
import { inventUuid } from './ids.js';
import { createPayload, type NewPayload } from './payload.js';
import { imageTime, inferenceTime } from './times.js';

export type InferenceStatus = 'PENDING' | 'COMPLETED' | 'FAILED';

export interface NewInference extends NewPayload {
  /** Only a completed one has images. */
  readonly status?: InferenceStatus;
  readonly id?: string;
  readonly imageIds?: readonly string[];
  /** How many images; 1 unless said otherwise. */
  readonly count?: number;
  /** Milliseconds since the epoch. The listing is ordered by it, and the images tell it. */
  readonly madeAt?: number;
  /** What the inference says of its own time, which is wrong for old work unless a test gives it. */
  readonly createdAt?: string;
  /** Whether the images carry `url`, as since 2024. True unless said otherwise. */
  readonly urls?: boolean;
  /** The stored files, in place of made-up PNGs. */
  readonly pictures?: readonly Buffer[];
  /** Made-up pictures are so many pixels wide and high; 16 unless said otherwise. */
  readonly side?: number;
  /** Of the first made-up picture; the others follow. Another one for every inference unless said otherwise. */
  readonly pictureSeed?: number;
  /** Further or other fields of the inference's own record; one that is undefined is left out. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The same for the record of each image. */
  imageFields?(index: number): Readonly<Record<string, unknown>>;
}

export interface FakeImage {
  readonly id: string;
  readonly inference: FakeInference;
  /** Folder and file name on the image host, without the account. */
  readonly path: string;
  readonly madeAt: number;
  /** The stored file. */
  readonly bytes: Buffer;
  /** For what the image host makes of the file. */
  readonly seed: number;
  /** A lost one is not found; one over the limit is only given as it is stored. */
  condition: 'stored' | 'lost' | 'over-limit';
}

export interface FakeInference {
  readonly id: string;
  readonly madeAt: number;
  readonly images: readonly FakeImage[];
  /** As the API shows it, with links to the real image host. */
  readonly record: Readonly<Record<string, unknown>>;
}

export interface Surroundings {
  /** Tells this inference from all others. */
  readonly number: number;
  readonly userId: string;
  readonly now: number;
  /** Whether records carry fields that no client knows, with numbers that JavaScript cannot hold. */
  readonly extraFields: boolean;
  find(inferenceId: string): FakeInference | undefined;
}

const DEFAULT_SIDE = 16;

export function createInference(given: NewInference, surroundings: Surroundings): FakeInference {
  const { number, userId, now } = surroundings;
  const id = given.id ?? inventUuid('inference', number);
  const madeAt = given.madeAt ?? now;
  const images: FakeImage[] = [];
  const record = {
    inferenceId: id,
    userId,
    inferenceType: given.inferenceType ?? 'TEXT_TO_IMAGE',
    status: given.status ?? 'COMPLETED',
    parentInferenceId: given.parentInferenceId ?? null,
    createdAt: given.createdAt ?? inferenceTime(madeAt),
    inferencePayload: createPayload(given, number, sourceOf(given, surroundings)),
    ...queueFields(given.status),
    ...(surroundings.extraFields ? { cost: new LosslessNumber('1E+2'), tags: ['première', '\u202etxt'] } : {}),
    ...given.fields,
  };
  const inference = { id, madeAt, images, record: { ...record, images: [] as object[] } };
  if (record.status !== 'COMPLETED') return inference;
  for (let index = 0; index < imageCount(given); index += 1) {
    const image = createImage(inference, index, given, surroundings);
    images.push(image);
    inference.record.images.push(imageRecord(image, index, given, surroundings));
  }
  return inference;
}

function imageCount({ imageIds, pictures, count = 1 }: NewInference): number {
  return imageIds?.length ?? pictures?.length ?? count;
}

/** What stands only in the record of an inference that waits for its turn. */
function queueFields(status: InferenceStatus | undefined): object {
  return status === 'PENDING' ? { dequeuedAt: null, completedAt: null, priority: '10m', violatesTos: false } : {};
}

/** What an inference was made from: the first image of its parent, or else a picture that the user uploaded. */
function sourceOf({ parentInferenceId }: NewInference, { find, userId, number }: Surroundings): string {
  const image = parentInferenceId === undefined ? undefined : find(parentInferenceId)?.images[0];
  return imageUrl(image?.path ?? `${userId}/uploads/${inventUuid('upload', number)}.png`);
}

function createImage(inference: FakeInference, index: number, given: NewInference, from: Surroundings): FakeImage {
  const seed = ((given.pictureSeed ?? from.number * 100) + index) >>> 0;
  const side = given.side ?? DEFAULT_SIDE;
  let bytes = given.pictures?.[index];
  return {
    id: given.imageIds?.[index] ?? inventUuid('image', inference.id, index),
    inference,
    path: `${from.userId}/inferences/${inference.id}/result-${index}.png`,
    madeAt: inference.madeAt + index * 1000,
    get bytes() {
      bytes ??= png(side, side, seed);
      return bytes;
    },
    seed,
    condition: 'stored',
  };
}

function imageRecord(image: FakeImage, index: number, given: NewInference, from: Surroundings): object {
  const slash = image.path.lastIndexOf('/');
  return {
    id: image.id,
    ...(given.urls === false ? {} : { url: imageUrl(image.path) }),
    folderPath: image.path.slice(0, slash),
    filename: image.path.slice(slash + 1),
    createdAt: imageTime(image.madeAt),
    userId: from.userId,
    inferenceJobId: inventUuid('job', image.inference.id),
    favorite: false,
    nsfw: false,
    ...(from.extraFields ? { rank: new LosslessNumber('9007199254740993'), score: new LosslessNumber('0.10') } : {}),
    ...given.imageFields?.(index),
  };
}
