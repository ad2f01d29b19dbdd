import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Answer, INFERENCE_TYPES, type NewInference } from '../../fakes/happy-accidents/index.js';
import { type HappyAccidentsRig, listOne, openHappyAccidentsRig } from '../../support/happy-accidents-rig.js';
import { EMBEDDING, kinds, LORA, MODEL, modelPath } from './models-of-items.js';

let rig: HappyAccidentsRig;

beforeEach(async () => {
  rig = await openHappyAccidentsRig();
});
afterEach(() => rig.shut());

describe('work of every kind', () => {
  test.each([...INFERENCE_TYPES])('is fetched: %s', async (inferenceType) => {
    const { id } = rig.fake.addInference({ inferenceType, count: 2 });
    const { items } = await listOne(rig, id);
    expect(items).toHaveLength(2);
    expect(items[0]!.generation.kind).toBe(inferenceType);
    const hasModel = inferenceType !== 'UPSCALING' && inferenceType !== 'FACE_RESTORE';
    expect(JSON.parse(items[0]!.raw.json).model === null).toBe(!hasModel);
    expect(rig.models().length > 0).toBe(hasModel);
    expect(rig.warnings).toEqual([]);
  });

  test('that was made from another names it, also where only the payload does', async () => {
    const parent = rig.fake.addInference();
    const { id } = rig.fake.addInference({
      inferenceType: 'UPSCALING',
      parentInferenceId: parent.id,
      fields: { parentInferenceId: null },
    });
    expect((await listOne(rig, id)).items[0]!.generation.parent).toBe(parent.id);
  });

  test.each<[string, Partial<NewInference>, string[]]>([
    ['a list of LoRAs', { lora: [{ id: LORA, weight: 1 }] }, [LORA]],
    ['a LoRA alone, as in 2023', { lora: { id: LORA, weight: 1 } }, [LORA]],
    ['no LoRA', { lora: null }, []],
    ['an empty list', { lora: [] }, []],
    ['nothing about LoRAs', { lora: 'missing' }, []],
    ['embeddings', { lora: null, embeddingIds: [EMBEDDING] }, [EMBEDDING]],
    ['no embeddings', { lora: null, embeddingIds: null }, []],
    ['the same thing several times', { lora: [{ id: LORA, weight: 1 }], embeddingIds: [LORA, LORA] }, [LORA]],
  ])('has in its payload %s', async (_what, payload, expected) => {
    const { id } = rig.fake.addInference({ modelId: MODEL, embeddingIds: 'missing', ...payload });
    const [item] = (await listOne(rig, id)).items;
    expect(kinds(item!).slice(2)).toEqual(expected.map((other) => `model ${other}`));
    expect(rig.models()).toEqual([MODEL, ...expected].map(modelPath));
  });

  const answeredWith = (change: object) => ({
    path: /inferences/u,
    what: {
      kind: 'changed' as const,
      change: (answer: Answer): Answer => ({
        ...answer,
        body: Buffer.from(JSON.stringify({ ...JSON.parse(answer.body.toString('utf8')), ...change })),
      }),
    },
  });

  test('has in its payload what cannot be an id of a model: nothing is asked for', async () => {
    const { id } = rig.fake.addInference();
    const lora = [{ id: 'a?b' }, { id: 7 }, null, 5];
    const inferencePayload = { modelId: '../images/x', lora, embeddingIds: [{}, '', '..'] };
    rig.fake.faults.inject(answeredWith({ inferencePayload }));
    const [item] = (await listOne(rig, id)).items;
    expect(kinds(item!)).toEqual([`inference ${id}`]);
    expect(rig.models()).toEqual([]);
  });

  test.each([null, undefined, 'text', []])('has %j in place of a payload', async (inferencePayload) => {
    const { id } = rig.fake.addInference();
    rig.fake.faults.inject(answeredWith({ inferencePayload, inferenceType: undefined }));
    const [item] = (await listOne(rig, id)).items;
    expect(item!.generation).toEqual({});
  });
});
