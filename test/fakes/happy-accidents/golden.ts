/** Answers that were kept somewhere else, served again record by record. */

import { parse } from 'lossless-json';
import { ACCOUNT_PATH } from './addresses.js';
import type { InferenceStore } from './inferences.js';
import type { ModelStore } from './models.js';
import type { FakeImage, FakeInference } from './new-inference.js';

export interface Golden {
  /** A page of the listing of inferences: its text, or what was parsed from it. */
  readonly page: unknown;
  /** The answers of `/models/metadata-items/{id}`, in either form. */
  readonly models?: readonly unknown[];
  /** The stored file of an image; one that is undefined is not found on the image host. */
  picture(imageId: string): Buffer | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** The records come back in their order and with their numbers as they were written, where they are given as text. */
export function loadGoldenInto(store: InferenceStore, models: ModelStore, golden: Golden): FakeInference[] {
  const { items } = parsed(golden.page) as { items?: readonly Fields[] };
  if (!Array.isArray(items)) throw new Error('a page of inferences has items');
  for (const model of golden.models ?? []) models.addRecord(parsed(model));
  let madeAt = Number.NEGATIVE_INFINITY;
  const inferences: FakeInference[] = [];
  // From the oldest to the newest, and never back in time: the store keeps the order of the page that way.
  for (const record of items.toReversed() as Fields[]) {
    madeAt = Math.max(madeAt, timeOf(record));
    const inference = inferenceOf(record, madeAt, golden);
    store.add(inference);
    inferences.unshift(inference);
  }
  return inferences;
}

function parsed(given: unknown): Fields {
  return (typeof given === 'string' ? parse(given) : given) as Fields;
}

function imagesOf(record: Fields): readonly Fields[] {
  return Array.isArray(record.images) ? record.images : [];
}

function timeOf(record: Fields): number {
  return Date.parse(String(imagesOf(record)[0]?.createdAt ?? `${record.createdAt}Z`)) || 0;
}

function inferenceOf(record: Fields, madeAt: number, golden: Golden): FakeInference {
  const images: FakeImage[] = [];
  const inference: FakeInference = { id: String(record.inferenceId), madeAt, images, record };
  for (const image of imagesOf(record)) images.push(imageOf(image, inference, golden));
  return inference;
}

function imageOf(record: Fields, inference: FakeInference, golden: Golden): FakeImage {
  const id = String(record.id);
  const bytes = golden.picture(id);
  return {
    id,
    inference,
    path: pathOf(record),
    madeAt: Date.parse(String(record.createdAt)) || 0,
    bytes: bytes ?? Buffer.alloc(0),
    seed: bytes?.reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7) ?? 0,
    condition: bytes === undefined ? 'lost' : 'stored',
  };
}

/** Where the image's own link leads, or else the place that its folder and name tell. */
function pathOf({ url, folderPath, filename }: Fields): string {
  if (typeof url !== 'string') return `${folderPath}/${filename}`;
  return decodeURIComponent(new URL(url).pathname).replace(ACCOUNT_PATH, '');
}
