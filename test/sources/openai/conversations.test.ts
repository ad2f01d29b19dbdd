import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import type { FakeConversation, FakeResponse } from '../../fakes/openai/index.js';
import type { Answered } from '../../support/answered-source.js';
import { listAll } from '../../support/listed.js';
import {
  answered,
  changed,
  type OpenAiRig,
  openAnsweredOpenAi,
  openOpenAiRig,
  START,
} from '../../support/openai-rig.js';

let rig: OpenAiRig;
let conversation: FakeConversation;

beforeEach(async () => {
  rig = await openOpenAiRig();
  conversation = rig.fake.addConversation({ created: START / 1000 - 50, metadata: { topic: 'robots' } });
});
afterEach(() => rig.shut());

const addTurns = (count: number, images = 1): FakeResponse[] =>
  Array.from({ length: count }, (_, index) => rig.fake.addResponse({ conversation, prompt: `turn ${index}`, images }));

const DAY = 24 * 3_600_000;

describe('a conversation', () => {
  test('has all its pictures, the oldest first, each with what the user wrote last before it', async () => {
    const turns = addTurns(3, 2);
    const { task, items } = await rig.open(conversation.id);
    expect(task).toMatchObject({ source: 'openai', id: conversation.id, createdAt: new Date(START - 50_000) });
    expect(items.map(({ id, index }) => [id, index])).toEqual(
      turns.flatMap(({ images }) => images.map(({ id }) => id)).map((id, at) => [id, at + 1]),
    );
    expect(items.map(({ generation }) => generation.prompt)).toEqual([0, 0, 1, 1, 2, 2].map((turn) => `turn ${turn}`));
    expect(items[0]).toMatchObject({ taskId: conversation.id, mediaType: 'image/png' });
    for (const name of ['createdAt', 'expiresAt']) expect(items[0]).not.toHaveProperty(name);
  });

  test('gives a turn that is a picture alone no words of the turn before', async () => {
    addTurns(1);
    const images = [{ revisedPrompt: 'The same robot, in the rain' }];
    rig.fake.addResponse({ conversation, prompt: [], inputPicture: true, images });
    const prompts = async (reference: string) =>
      (await rig.open(reference)).items.map(({ id, generation }) => [id, generation.prompt]);
    const [, [own, words]] = (await prompts(conversation.id)) as [unknown, [string, string]];
    expect(words).toBe('The same robot, in the rain');
    expect(await prompts(`${conversation.id}/${own}`)).toEqual([[own, 'The same robot, in the rain']]);
  });

  test('is read page by page, as it is needed', async () => {
    addTurns(10);
    for await (const task of rig.source.open(conversation.id, {})) {
      expect(rig.asked()).toEqual([`/conversations/${conversation.id}`]);
      let taken = 0;
      for await (const _item of task.items) {
        taken += 1;
        if (taken === 2) expect(rig.asked()).toHaveLength(2);
      }
      expect(taken).toBe(10);
    }
    expect(rig.asked()).toHaveLength(5);
    expect(rig.asked()[2]).toMatch(/\/items\?limit=10&order=asc&after=\w+$/u);
  });

  test('is kept as it came, but for the bytes', async () => {
    addTurns(1);
    const [item] = (await rig.open(conversation.id)).items;
    expect(item!.raw.redacted).toEqual(['item.result']);
    expect(item!.raw.json).toContain('"seed":18446744073709551615');
    const record = parse(item!.raw.json);
    expect(record).toMatchObject({
      conversation: { metadata: { topic: 'robots' } },
      item: { id: item!.id, result: '?…' },
    });
  });

  test('passes over a picture that was not made, with a word', async () => {
    const turn = rig.fake.addResponse({ conversation, images: [{ status: 'failed' }, {}] });
    const { items } = await rig.open(conversation.id);
    expect(items.map(({ id, index }) => [id, index])).toEqual([[turn.images[1]!.id, 1]]);
    expect(rig.warnings).toEqual([`${turn.images[0]!.id} of ${conversation.id} has no picture`]);
  });

  test('has a picture once that its list repeats', async () => {
    addTurns(1);
    const twice = changed((json) => ({ ...json, data: [...(json.data as []), ...(json.data as [])] }));
    rig.fake.faults.inject({ path: /items\?/u, what: twice });
    expect((await rig.open(conversation.id)).items).toHaveLength(1);
  });

  test('without pictures is E_NOT_FOUND', async () => {
    addTurns(2, 0);
    await expect(rig.open(conversation.id)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'openai',
      message: `${conversation.id} has no pictures`,
    });
  });

  test('that is not there is E_NOT_FOUND in the words of the service', async () => {
    await expect(rig.open(`conv_${'0'.repeat(48)}`)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: expect.stringContaining('Conversation with id'),
      hint: expect.stringContaining('own project'),
    });
  });

  test('keeps its pictures when the responses are gone', async () => {
    const [turn] = addTurns(1);
    rig.fake.clock.advance(31 * DAY);
    await expect(rig.open(turn!.id)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      hint: expect.stringContaining('conv_…'),
    });
    expect((await rig.open(conversation.id)).items).toHaveLength(1);
  });

  test('whose list goes on for ever ends in a typed error', async () => {
    let number = 0;
    const page = { data: [{ id: 'msg_a', type: 'message', role: 'assistant', content: [] }], has_more: true };
    const what = answered(() => ({ ...page, last_id: `msg_${number++}` }));
    rig.fake.faults.inject({ path: /items\?/u, count: 999, what });
    await expect(rig.open(conversation.id)).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      message: expect.stringContaining('do not end'),
    });
    expect(rig.asked()).toHaveLength(1 + 21);
  });

  test('whose list leads back to where it was ends in a typed error', async () => {
    const page = { data: [{ id: 'msg_a' }], has_more: true, last_id: 'msg_a' };
    rig.fake.faults.inject({ path: /items\?/u, count: 99, what: answered(page, { ...page, data: [{ id: 'msg_b' }] }) });
    await expect(rig.open(conversation.id)).rejects.toMatchObject({ code: 'E_BAD_ANSWER' });
    expect(rig.asked()).toHaveLength(3);
  });

  test('ends where a page is empty, whatever it says of more', async () => {
    addTurns(1);
    const empty = changed((json) => ({ ...json, data: [], has_more: true }));
    rig.fake.faults.inject({ path: /items\?/u, hit: 1, count: 99, what: empty });
    await expect(rig.open(conversation.id)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    expect(rig.asked()).toHaveLength(2);
  });

  test('an outage in the middle ends it: nothing is left out silently', async () => {
    addTurns(5);
    rig.fake.faults.inject({ path: /after=/u, count: 99, what: { kind: 'html' } });
    await expect(rig.open(conversation.id)).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });
});

describe('pages that are larger than the program reads', () => {
  const LIMIT = 10_000;
  const items = Array.from({ length: 12 }, (_, index) => ({
    id: `ig_${index}`,
    type: 'image_generation_call',
    result: Buffer.alloc(index === 11 ? 6_000 : 1_800, index).toString('base64'),
  }));
  const page = ({ searchParams }: URL): Buffer => {
    const start = items.findIndex(({ id }) => id === searchParams.get('after')) + 1;
    const data = items.slice(start, start + Number(searchParams.get('limit')));
    const more = { has_more: start + data.length < items.length, last_id: data.at(-1)?.id };
    return Buffer.from(JSON.stringify(searchParams.has('limit') ? { data, ...more } : { id: 'conv_0123456789' }));
  };
  const limits = ({ asked }: Answered) =>
    asked.slice(1).map(({ url }) => Number(new URL(url).searchParams.get('limit')));

  test('are asked for in smaller ones, and nothing is missed', async () => {
    const answering = await openAnsweredOpenAi({}, LIMIT);
    answering.serve(page);
    const [listed] = await listAll(answering.source.open('conv_0123456789', {}));
    expect(listed!.items.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    expect(limits(answering)).toEqual([10, 3, 3, 3, 3, 1, 1, 1]);
  });

  test('by one item alone end in the words that say what to raise', async () => {
    const answering = await openAnsweredOpenAi({}, 7_000);
    answering.serve(page);
    await expect(listAll(answering.source.open('conv_0123456789', {}))).rejects.toMatchObject({
      code: 'E_TOO_LARGE',
      hint: expect.stringContaining('limits.answerBytes'),
    });
    expect(limits(answering).slice(0, 3)).toEqual([10, 3, 1]);
  });
});

describe('one picture of a conversation', () => {
  test('is fetched by its id, with what the user wrote last before it', async () => {
    const turns = addTurns(3, 2);
    const wanted = turns[1]!.images[1]!;
    const { task, items } = await rig.open(`${conversation.id}/${wanted.id}`);
    expect(task).toMatchObject({ id: conversation.id, count: 1, prompt: 'turn 1' });
    expect(items).toMatchObject([
      { id: wanted.id, index: 1, taskId: conversation.id, generation: { prompt: 'turn 1' } },
    ]);
    expect(rig.asked()).toEqual([
      `/conversations/${conversation.id}`,
      `/conversations/${conversation.id}/items/${wanted.id}`,
      `/conversations/${conversation.id}/items?limit=2&order=desc&after=${wanted.id}`,
      expect.stringMatching(/\/items\?limit=2&order=desc&after=\w+$/u),
    ]);
  });

  test('that is not in it is E_NOT_FOUND in the words of the service', async () => {
    addTurns(1);
    await expect(rig.open(`${conversation.id}/ig_0123456789`)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: expect.stringContaining("Item with id 'ig_0123456789' not found in conversation."),
    });
  });

  test('that was not made is E_NOT_FOUND', async () => {
    const turn = rig.fake.addResponse({ conversation, images: [{ status: 'failed' }] });
    await expect(rig.open(`${conversation.id}/${turn.images[0]!.id}`)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });
});
