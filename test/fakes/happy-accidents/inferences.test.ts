import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { type FakeInference, INFERENCE_TYPES, MIGRATION_TIME, type NewInference } from './index.js';
import { type InferenceRecord, json, START, useFakeHappyAccidents } from './session.js';

const session = useFakeHappyAccidents();
const { api, page } = session;

const read = async ({ id }: FakeInference) => json<InferenceRecord>(await api(`/inferences/${id}`, {}));
const readNew = (given: NewInference) => read(session.fake.addInference(given));

describe('an inference', () => {
  test('is the same in the listing, by its own id and by the id of each image', async () => {
    const inference = session.fake.addInference({ count: 3 });
    const record = await read(inference);
    expect(record.images).toHaveLength(3);
    expect((await page(0)).items).toEqual([record]);
    for (const { id } of inference.images) expect(json(await api(`/images/${id}`, {}))).toEqual(record);
  });

  test('is not found any more once it is removed, nor are its images', async () => {
    const { id, images } = session.fake.addInference();
    session.fake.removeInference(id);
    expect((await page(0)).items).toEqual([]);
    const gone = [await api(`/inferences/${id}`), await api(`/images/${images[0]!.id}`)];
    expect(gone.map(({ status }) => status)).toEqual([404, 404]);
    expect(json(gone[0]!)).toEqual({ detail: expect.any(String) });
    expect((await exchange(`${session.imageOrigin}/hb42m9hh0/${images[0]!.path}`)).status).toBe(404);
  });

  test.each(INFERENCE_TYPES)('of the kind %s has the fields of its kind', async (inferenceType) => {
    const { inferencePayload, ...record } = await readNew({ inferenceType });
    expect(record.inferenceType).toBe(inferenceType);
    const plain = inferenceType === 'UPSCALING' || inferenceType === 'FACE_RESTORE';
    for (const field of ['modelId', 'prompt', 'lora', 'embeddingIds']) {
      expect(field in inferencePayload).toBe(!plain);
    }
    expect('imageUrl' in inferencePayload).toBe(plain);
    if (inferenceType.startsWith('CONTROLNET')) expect(inferencePayload.controlNetPayloads).toHaveLength(1);
    if (inferenceType.endsWith('INPAINTING')) expect(inferencePayload.maskImageUrl).toEqual(expect.any(String));
  });

  test('that was made from another one links to that one’s first image', async () => {
    const parent = session.fake.addInference();
    const record = await readNew({ inferenceType: 'UPSCALING', parentInferenceId: parent.id });
    expect(record.parentInferenceId).toBe(parent.id);
    expect(record.inferencePayload.imageUrl).toBe((await read(parent)).images[0]!.url);
  });

  test.each([
    ['one object', { id: 'a', weight: 0.7 }],
    ['a list', [{ id: 'a', weight: 0.7 }]],
    ['null', null],
    ['nothing', 'missing'],
  ] as const)('names %s as its LoRA', async (_, lora) => {
    const { inferencePayload } = await readNew({ lora });
    expect(inferencePayload).toMatchObject(lora === 'missing' ? {} : { lora });
    expect('lora' in inferencePayload).toBe(lora !== 'missing');
  });

  test('may lack its embeddings, and any field that a test takes away', async () => {
    const { inferencePayload } = await readNew({ embeddingIds: 'missing', payload: { prompt: undefined, more: 1 } });
    for (const field of ['embeddingIds', 'prompt']) expect(inferencePayload).not.toHaveProperty(field);
    expect(inferencePayload.more).toBe(1);
    expect(await readNew({ fields: { status: undefined } })).not.toHaveProperty('status');
  });

  test.each(['PENDING', 'FAILED'] as const)('that is %s has an empty list of images', async (status) => {
    const record = await readNew({ status, count: 4 });
    expect(record).toMatchObject({ status, images: [] });
    expect('dequeuedAt' in record).toBe(status === 'PENDING');
  });

  test('takes the place of one with its id, as when it has ended', async () => {
    const { id } = session.fake.addInference({ status: 'PENDING' });
    session.fake.addInference({ id, count: 2 });
    const { items } = await page(0);
    expect(items.map(({ images, status }) => [status, images.length])).toEqual([['COMPLETED', 2]]);
  });

  test('carries fields and numbers that JavaScript cannot hold', async () => {
    const { id } = session.fake.addInference();
    const text = (await api(`/inferences/${id}`)).body.toString('utf8');
    for (const raw of ['"guidanceScale":7.0', '"cost":1E+2', '"rank":9007199254740993']) expect(text).toContain(raw);
    await session.restart({ extraFields: false });
    expect(await readNew({})).not.toHaveProperty('cost');
  });
});

describe('the time', () => {
  test('of an old inference is that of the migration, while its images tell the right one', async () => {
    const madeAt = Date.UTC(2023, 8, 1, 12, 0, 0, 500);
    const old = [await readNew({ madeAt, count: 2 }), await readNew({ madeAt: madeAt + 60_000 })];
    expect(old.map(({ createdAt }) => createdAt)).toEqual([MIGRATION_TIME, MIGRATION_TIME]);
    expect(old[0]!.images.map(({ createdAt }) => createdAt)).toEqual([
      '2023-09-01T12:00:00.500000Z',
      '2023-09-01T12:00:01.500000Z',
    ]);
  });

  test('of a new inference has no zone', async () => {
    expect(await readNew({ madeAt: START })).toMatchObject({ createdAt: '2024-04-20T12:00:00.400000' });
    expect(await readNew({ createdAt: 'yesterday' })).toMatchObject({ createdAt: 'yesterday' });
  });
});

describe('an image', () => {
  test('has the address of its file in parts and, since 2024, as a link', async () => {
    const [image] = (await readNew({})).images;
    expect(image!.filename).toBe('result-0.png');
    expect(image!.folderPath).toMatch(/^[0-9a-f-]{36}\/inferences\/[0-9a-f-]{36}$/u);
    expect(image!.url).toBe(`${session.imageOrigin}/hb42m9hh0/${image!.folderPath}/${image!.filename}`);
    const [older] = (await readNew({ urls: false })).images;
    expect(older).not.toHaveProperty('url');
    expect((await exchange(`${session.imageOrigin}/hb42m9hh0/${older!.folderPath}/result-0.png`)).status).toBe(200);
  });

  test('can have other fields, each one its own', async () => {
    const given = {
      count: 2,
      imageFields: (index: number) => ({ folderPath: undefined, filename: `whole/${index}.png` }),
    };
    const { images } = await readNew(given);
    expect(images.map(({ filename }) => filename)).toEqual(['whole/0.png', 'whole/1.png']);
    expect(images[0]).not.toHaveProperty('folderPath');
  });
});

test('a link within a prompt stays what the user wrote', async () => {
  const prompt = 'like "https://ik.imagekit.io/x.png" but blue';
  const { inferencePayload } = await readNew({ prompt });
  expect(inferencePayload.prompt).toBe(prompt);
});
