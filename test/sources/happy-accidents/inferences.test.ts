import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../fakes/happy-accidents/index.js';
import { type HappyAccidentsRig, listOne, openHappyAccidentsRig, START } from '../../support/happy-accidents-rig.js';
import { EMBEDDING, kinds, LORA, LORA_2, MODEL } from './models-of-items.js';

let rig: HappyAccidentsRig;

beforeEach(async () => {
  rig = await openHappyAccidentsRig();
});
afterEach(() => rig.shut());

describe('a reference', () => {
  test('to an inference gives all its images', async () => {
    const { id, images } = rig.fake.addInference({ count: 3 });
    const { task, items } = await listOne(rig, id);
    expect(task).toMatchObject({ source: 'happy-accidents', id, count: 3 });
    expect(items.map((item) => [item.id, item.taskId, item.index])).toEqual(
      images.map((image, position) => [image.id, id, position + 1]),
    );
    expect(rig.asked()[0]).toBe(`/inferences/${id}`);
  });

  test('to an image gives that image alone, as one of its inference', async () => {
    const { id, images } = rig.fake.addInference({ count: 3 });
    const { task, items } = await listOne(rig, images[1]!.id);
    expect(task).toMatchObject({ id, count: 1 });
    expect(items.map((item) => [item.id, item.taskId, item.index])).toEqual([[images[1]!.id, id, 2]]);
    expect(rig.asked().slice(0, 2)).toEqual([`/inferences/${images[1]!.id}`, `/images/${images[1]!.id}`]);
  });

  test('whose form is that of an image is looked for among the images first', async () => {
    rig.fake.addInference({ id: 'inf-000001-Qsy3L36n', imageIds: ['img-1-0-TxEZzl', 'img-1-1-uuxOIC'] });
    expect((await listOne(rig, 'img-1-1-uuxOIC')).items.map(({ id, index }) => [id, index])).toEqual([
      ['img-1-1-uuxOIC', 2],
    ]);
    expect(rig.asked()[0]).toBe('/images/img-1-1-uuxOIC');
    expect((await listOne(rig, 'inf-000001-Qsy3L36n')).items).toHaveLength(2);
  });

  test('to nothing is E_NOT_FOUND, after both kinds were asked for', async () => {
    await expect(listOne(rig, '00000000-0000-4000-a000-000000000000')).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'happy-accidents',
      message: expect.stringContaining('neither an inference nor an image'),
    });
    expect(rig.asked()).toHaveLength(2);
  });

  test('to an inference without images, or none any more, is E_NOT_FOUND', async () => {
    const { id } = rig.fake.addInference({ count: 0 });
    await expect(listOne(rig, id)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test('to an inference that failed is E_TASK_FAILED', async () => {
    const { id } = rig.fake.addInference({ status: 'FAILED' });
    await expect(listOne(rig, id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      message: expect.stringContaining(id),
    });
  });

  test('to an inference that is still being made is waited for', async () => {
    const { id } = rig.fake.addInference({ status: 'PENDING' });
    let polls = 0;
    const change = (answer: Answer): Answer => {
      polls += 1;
      if (polls === 3) rig.fake.addInference({ id, count: 2 });
      return answer;
    };
    rig.fake.faults.inject({ path: /inferences/u, count: 99, what: { kind: 'changed', change } });
    expect((await listOne(rig, id)).items).toHaveLength(2);
    expect(rig.clock.waits).toEqual([3000, 3000, 3000]);
    expect(rig.progress[0]).toBe(`${id} is still being made; waiting up to 300 s more`);
  });

  test('to an inference that is never made is given up after five minutes', async () => {
    const { id } = rig.fake.addInference({ status: 'PENDING' });
    await expect(listOne(rig, id)).rejects.toMatchObject({
      code: 'E_TIMEOUT',
      message: expect.stringContaining('300 s'),
    });
    expect(rig.clock.now() - START).toBeLessThanOrEqual(300_000);
    expect(rig.asked().length).toBeGreaterThan(90);
  });
});

describe('an item', () => {
  test('tells how it was made', async () => {
    const parent = rig.fake.addInference();
    const madeAt = Date.UTC(2024, 3, 10, 11, 12, 13, 456);
    rig.fake.addModel({ id: MODEL, name: 'Fernlight' });
    const { id } = rig.fake.addInference({
      inferenceType: 'IMAGE_TO_IMAGE',
      parentInferenceId: parent.id,
      prompt: 'a tin robot\nwatering ferns',
      negativePrompt: 'blurry',
      modelId: MODEL,
      madeAt,
      payload: { seed: 123, outputWpx: 640, outputHpx: 768 },
    });
    const [item] = (await listOne(rig, id)).items;
    expect(item).toMatchObject({
      source: 'happy-accidents',
      mediaType: 'image/png',
      createdAt: new Date(madeAt),
      generation: {
        prompt: 'a tin robot\nwatering ferns',
        negativePrompt: 'blurry',
        model: 'Fernlight',
        seed: '123',
        kind: 'IMAGE_TO_IMAGE',
        parent: parent.id,
        width: 640,
        height: 768,
      },
    });
  });

  test('leaves out what is not told', async () => {
    const { id } = rig.fake.addInference({
      prompt: '',
      modelId: MODEL,
      payload: { seed: null, outputWpx: null, outputHpx: -1, modelId: undefined },
    });
    const [item] = (await listOne(rig, id)).items;
    expect(item!.generation).toEqual({ kind: 'TEXT_TO_IMAGE' });
  });

  test.each([
    ['9007199254740993', '9007199254740993'],
    ['18446744073709551615', '18446744073709551615'],
    ['-1', '-1'],
    ['0', '0'],
    ['"4711"', '4711'],
    ['1.5', undefined],
    ['{"value":"7","toString":1}', '7'],
    ['[1]', undefined],
  ])('has the seed %s as decimal text', async (written, seed) => {
    const { id } = rig.fake.addInference({ payload: { seed: 'SEED' } });
    const change = (answer: Answer): Answer => ({
      ...answer,
      body: Buffer.from(answer.body.toString('utf8').replace('"SEED"', written)),
    });
    rig.fake.faults.inject({ path: /inferences/u, what: { kind: 'changed', change } });
    expect((await listOne(rig, id)).items[0]!.generation.seed).toBe(seed);
  });

  test('never has the time of its inference, which is wrong for old work', async () => {
    const madeAt = Date.UTC(2023, 1, 2, 3);
    const { id } = rig.fake.addInference({
      madeAt,
      count: 2,
      imageFields: (index) => (index === 1 ? { createdAt: undefined } : {}),
    });
    const { task, items } = await listOne(rig, id);
    expect(JSON.parse(task.raw!.json).createdAt).toBe('2024-04-04T23:29:15.431843');
    expect(task.createdAt).toEqual(new Date(madeAt));
    expect(items.map(({ createdAt }) => createdAt)).toEqual([new Date(madeAt), undefined]);
  });

  test('has no media type where the image host is asked to make something of it', async () => {
    await rig.shut();
    rig = await openHappyAccidentsRig({ options: { tr: 'f-webp' } });
    const { id } = rig.fake.addInference();
    expect((await listOne(rig, id)).items[0]!.mediaType).toBeUndefined();
  });

  test('has the records of image, inference and model, with each number as it was written', async () => {
    rig.fake.addModel({ id: MODEL, name: 'Fernlight', fields: { externalId: 4711 } });
    const { id, record } = rig.fake.addInference({ modelId: MODEL });
    const [item] = (await listOne(rig, id)).items;
    const raw = JSON.parse(item!.raw.json);
    const { images: _images, ...inference } = JSON.parse(JSON.stringify(record));
    expect(raw.inference).toMatchObject({ inferenceId: id, userId: inference.userId, tags: inference.tags });
    expect(Object.keys(raw.inference)).toEqual(Object.keys(inference));
    expect(Object.keys(raw.model)).toEqual(['id', 'name', 'activeVersionId', 'author', 'externalId', 'modelProvider']);
    expect(raw.model).toMatchObject({ id: MODEL, name: 'Fernlight', externalId: 4711 });
    expect(item!.raw.json).toContain('"rank":9007199254740993,"score":0.10');
    expect(item!.raw.json).toContain('"cost":1E+2');
    expect(item!.raw.json).toContain('"guidanceScale":7.0');
  });

  test('has documents of the inference as it came and of each model, the very same as the others of its inference', async () => {
    const { id } = rig.fake.addInference({
      count: 3,
      modelId: MODEL,
      lora: [
        { id: LORA, weight: 0.5 },
        { id: LORA_2, weight: 1 },
      ],
      embeddingIds: [EMBEDDING],
    });
    const { task, items } = await listOne(rig, id);
    const [first, ...others] = items;
    expect(kinds(first!)).toEqual([
      `inference ${id}`,
      `model ${MODEL}`,
      `model ${LORA}`,
      `model ${LORA_2}`,
      `model ${EMBEDDING}`,
    ]);
    for (const other of others) {
      for (const [position, document] of other.documents!.entries()) expect(document).toBe(first!.documents![position]);
    }
    const [inference, model] = first!.documents!;
    expect(inference!.json).toBe(task.raw!.json);
    expect(JSON.parse(inference!.json).images).toHaveLength(3);
    expect(JSON.parse(model!.json)).toMatchObject({ id: MODEL, versionMetadataItems: [] });
  });
});

describe('the token', () => {
  test('is proved by asking for the number of inferences', async () => {
    rig.fake.addInference();
    rig.fake.addInference();
    await expect(rig.source.check!()).resolves.toBe('2 inferences');
    expect(rig.asked()).toEqual(['/inferences/count']);
  });

  test('is proved by asking for one inference, where a server has no such number', async () => {
    rig.fake.faults.inject({ path: /count/u, count: 9, what: { kind: 'status', status: 404 } });
    await expect(rig.source.check!()).resolves.toBeUndefined();
    expect(rig.asked()[1]).toBe('/inferences?current_page=0&page_size=1&has_images=true');
  });

  test('that ran out is told with a remedy', async () => {
    rig.fake.clock.advance(4 * 3_600_000);
    await expect(rig.source.check!()).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      hint: expect.stringContaining('login happy-accidents'),
    });
  });

  test('out of the cookie reaches the API as a bearer, and no other part of the cookie does', async () => {
    const cookie = rig.fake.cookie;
    await rig.shut();
    const { token } = rig.fake;
    rig = await openHappyAccidentsRig({ token, credential: cookie });
    const { id } = rig.fake.addInference();
    await listOne(rig, id);
    const [request] = rig.fake.requests;
    expect(request!.headers.authorization).toBe(`Bearer ${token}`);
    expect(request!.headers.cookie).toBeUndefined();
    expect(rig.fake.leaks()).toEqual([]);
  });
});
