import { describe, expect, test } from '@jest/globals';
import { createFakeHappyAccidents, INFERENCE_TYPES } from './index.js';
import { type InferenceRecord, START, useFakeHappyAccidents } from './session.js';

const session = useFakeHappyAccidents();

const make = (count: number, seed: number) => createFakeHappyAccidents({ now: () => START }).addGallery(count, seed);
const text = (value: unknown) => JSON.stringify(value);

describe('a gallery', () => {
  test('of 2,000 images has exactly so many and is there at once', async () => {
    const begun = performance.now();
    const inferences = session.fake.addGallery(2_000, 1);
    expect(performance.now() - begun).toBeLessThan(2_000);
    const images = inferences.flatMap((inference) => inference.images);
    expect(images).toHaveLength(2_000);
    expect(new Set(images.map(({ id }) => id)).size).toBe(2_000);
    expect(new Set(images.map(({ bytes }) => bytes.toString('latin1'))).size).toBe(2_000);
    const listed: InferenceRecord[] = [];
    for (let number = 0; ; number += 1) {
      const { items, paginationMetadata } = await session.page(number, 500);
      listed.push(...items);
      if (paginationMetadata.hasNextPage === false) break;
    }
    expect(listed.map(({ inferenceId }) => inferenceId)).toEqual(inferences.map(({ id }) => id).toReversed());
  });

  test('holds everything that the service ever sent', async () => {
    session.fake.addGallery(400, 2);
    const { items } = await session.page(0, 1_000);
    const payloads = items.map(({ inferencePayload }) => inferencePayload);
    expect(new Set(items.map(({ inferenceType }) => inferenceType))).toEqual(new Set(INFERENCE_TYPES));
    expect(new Set(items.map(({ status }) => status)).size).toBeGreaterThan(1);
    expect(items.some(({ images }) => images.some((image) => !('url' in image)))).toBe(true);
    const forms = new Set(
      payloads.map(({ lora }) => (Array.isArray(lora) ? 'list' : lora && typeof lora) ?? text(lora)),
    );
    expect(forms).toEqual(new Set(['list', 'object', 'null', undefined]));
    const models = payloads.map(({ modelId }) => modelId).filter((id) => id !== undefined);
    const statuses = [...new Set(models)].map(async (id) => (await session.api(`/models/metadata-items/${id}`)).status);
    expect(new Set(await Promise.all(statuses))).toEqual(new Set([200, 404]));
  });

  test('is the same for the same number and another one for another', () => {
    const [first, again, other] = [make(50, 3), make(50, 3), make(50, 4)];
    expect(text(first.map(({ record }) => record))).toBe(text(again.map(({ record }) => record)));
    expect(first[0]!.images[0]!.bytes.equals(again[0]!.images[0]!.bytes)).toBe(true);
    expect(first[0]!.id).not.toBe(other[0]!.id);
  });
});
