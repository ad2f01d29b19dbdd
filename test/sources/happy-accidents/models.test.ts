import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type HappyAccidentsRig, listOne, openHappyAccidentsRig } from '../../support/happy-accidents-rig.js';
import { listAll } from '../../support/listed.js';
import { EMBEDDING, kinds, LORA, MODEL, modelPath } from './models-of-items.js';

let rig: HappyAccidentsRig;

beforeEach(async () => {
  rig = await openHappyAccidentsRig();
});
afterEach(() => rig.shut());

describe('the record of a model', () => {
  test('is asked for once a session, by whichever inferences, without the token and side by side', async () => {
    for (let number = 0; number < 5; number += 1) {
      rig.fake.addInference({ modelId: MODEL, lora: [{ id: LORA, weight: 1 }], embeddingIds: [EMBEDDING] });
    }
    const listed = await listAll(rig.source.all!({}));
    const again = await listAll(rig.source.all!({}));
    expect(rig.models()).toEqual([MODEL, LORA, EMBEDDING].map(modelPath));
    for (const { items } of [...listed, ...again]) {
      expect(items[0]!.documents!.slice(1)).toEqual(listed[0]!.items[0]!.documents!.slice(1));
    }
    for (const { target, headers } of rig.fake.requests) {
      if (target.includes('/models/')) expect(headers.authorization).toBeUndefined();
    }
  });

  test('is asked for with the others of its inference at the same time', async () => {
    const { id } = rig.fake.addInference({
      modelId: MODEL,
      lora: [{ id: LORA, weight: 1 }],
      embeddingIds: [EMBEDDING],
    });
    rig.fake.faults.inject({ path: /models/u, count: 3, what: { kind: 'drip', bytes: 4000, everyMilliseconds: 60 } });
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, rig.running());
    }, 5);
    await listOne(rig, id).finally(() => clearInterval(watch));
    expect(most).toBe(3);
  });

  test('that is deleted is told once, and its images are fetched without it', async () => {
    for (let number = 0; number < 3; number += 1) {
      rig.fake.addInference({ modelId: MODEL, lora: [{ id: LORA, weight: 1 }], embeddingIds: [] });
    }
    rig.fake.removeModel(MODEL);
    for (const { items } of await listAll(rig.source.all!({}))) {
      expect(JSON.parse(items[0]!.raw.json).model).toBeNull();
      expect(items[0]!.generation.model).toBe(MODEL);
      expect(kinds(items[0]!).slice(1)).toEqual([`model ${LORA}`]);
    }
    expect(rig.warnings).toEqual([`the model ${MODEL} is deleted; what was made with it is kept without its record`]);
    expect(rig.models()).toEqual([MODEL, LORA].map(modelPath));
  });

  test.each([
    ['an outage', { kind: 'status', status: 500 }, 'Internal Server Error'],
    ['a refusal', { kind: 'status', status: 401 }, 'Could not validate credentials'],
    ['a page of HTML', { kind: 'html', status: 200 }, 'a page of HTML'],
    ['no record', { kind: 'status', status: 200, body: '[]' }, 'no record'],
    ['too many questions', { kind: 'rate-limit' }, 'Too Many Requests'],
  ] as const)('that cannot be had because of %s ends nothing, and is told once', async (_why, what, words) => {
    rig.fake.addInference({ modelId: MODEL, lora: null, embeddingIds: [] });
    rig.fake.addInference({ modelId: MODEL, lora: null, embeddingIds: [] });
    rig.fake.faults.inject({ path: /models/u, count: 99, what });
    const listed = await listAll(rig.source.all!({}));
    expect(listed.map(({ items }) => items.length)).toEqual([1, 1]);
    expect(rig.warnings).toHaveLength(1);
    expect(rig.warnings[0]).toContain(`what was made with the model ${MODEL} is kept without its record: `);
    expect(rig.warnings[0]).toContain(words);
  });

  test('that could not be had is asked for again after five minutes', async () => {
    const { id } = rig.fake.addInference({ modelId: MODEL, lora: null, embeddingIds: [] });
    rig.fake.faults.inject({ path: /models/u, count: 5, what: { kind: 'status', status: 500 } });
    expect(kinds((await listOne(rig, id)).items[0]!)).toHaveLength(1);
    expect(kinds((await listOne(rig, id)).items[0]!)).toHaveLength(1);
    expect(rig.models()).toHaveLength(5);
    await rig.clock.advance(300_000);
    expect(kinds((await listOne(rig, id)).items[0]!)).toHaveLength(2);
    expect(rig.models()).toHaveLength(6);
  });

  test('is not waited for by an interruption', async () => {
    const { id } = rig.fake.addInference({ modelId: MODEL });
    rig.fake.faults.inject({ path: /models/u, count: 9, what: { kind: 'stall', when: 'before' } });
    const controller = new AbortController();
    const work = listAll(rig.source.open(id, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });

  test('that one listing gave up is asked for again by another that waits for it', async () => {
    const { id } = rig.fake.addInference({ modelId: MODEL, lora: null, embeddingIds: [] });
    rig.fake.faults.inject({ path: /models/u, what: { kind: 'stall', when: 'before' } });
    const controller = new AbortController();
    const given = listAll(rig.source.open(id, { signal: controller.signal }));
    const kept = listOne(rig, id);
    while (rig.models().length === 0) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 30));
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(kinds((await kept).items[0]!)).toHaveLength(2);
  });
});
