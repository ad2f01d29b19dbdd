import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { RETENTION } from './index.js';
import { type ItemRecord, json, type List, useFakeOpenAi } from './session.js';

const session = useFakeOpenAi();
const { api, list, read } = session;

async function pagesOf(path: string, query: string): Promise<List[]> {
  const pages: List[] = [];
  for (let after = ''; pages.at(-1)?.has_more ?? true; after = `&after=${pages.at(-1)!.last_id}`) {
    pages.push(await list(`${path}?${query}${after}`));
  }
  return pages;
}

describe('the inputs of a response', () => {
  test('are the message of the user, in its parts', async () => {
    const { id } = session.fake.addResponse({ prompt: ['a small boat', 'at night'], images: 0 });
    expect(await list(`/responses/${id}/input_items`)).toMatchObject({
      object: 'list',
      data: [
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'a small boat' },
            { type: 'input_text', text: 'at night' },
          ],
        },
      ],
      has_more: false,
    });
  });

  test('say where a picture is only to those who ask', async () => {
    const { id } = session.fake.addResponse({ inputPicture: true });
    const partOf = ({ data }: List) => data[0]!.content![1]!;
    const without = partOf(await list(`/responses/${id}/input_items`));
    expect(without).toMatchObject({ type: 'input_image', detail: 'auto' });
    expect(without).not.toHaveProperty('image_url');
    const shown = partOf(await list(`/responses/${id}/input_items?include=message.input_image.image_url`));
    expect(shown.image_url).toBe(`${session.pictureOrigin}/inputs/1.png`);
    expect((await exchange(shown.image_url as string)).status).toBe(200);
  });

  test('repeat the turns before, generated pictures with the same ids included', async () => {
    const [first, , last] = session.fake.addChain(3);
    const { data } = await list(`/responses/${last!.id}/input_items?order=asc`);
    const kinds = ['message', 'reasoning', 'image_generation_call', 'message'];
    expect(data.map(({ type }) => type)).toEqual([...kinds, ...kinds, 'message']);
    expect(data[2]).toMatchObject({ id: first!.images[0]!.id, result: expect.any(String) });
    const [, alone] = session.fake.addChain(2, { repeatsTurns: false });
    expect((await list(`/responses/${alone!.id}/input_items`)).data).toHaveLength(1);
  });
});

describe('a chain', () => {
  test('leads back from each response to the one before, with its own pictures alone', async () => {
    const chain = session.fake.addChain(3, (index) => ({ images: [{ action: index === 0 ? 'generate' : 'edit' }] }));
    const seen: string[] = [];
    for (let id: string | null = chain[2]!.id; id !== null; ) {
      const record = await read(session.fake.responses.find((response) => response.id === id)!);
      seen.push(record.id);
      expect(record.output.filter(({ type }) => type === 'image_generation_call')).toHaveLength(1);
      id = record.previous_response_id;
    }
    expect(seen).toEqual(chain.map(({ id }) => id).toReversed());
  });

  test('can lead to one that is gone', async () => {
    const [old, fresh] = session.fake.addChain(2, (index) => ({
      created: index === 0 ? 1_700_000_000 : 1_795_000_000,
    }));
    const { previous_response_id } = await read(fresh!);
    expect(previous_response_id).toBe(old!.id);
    expect((await api(`/responses/${previous_response_id}`)).status).toBe(404);
    const nowhere = session.fake.addResponse({ previous: 'resp_never' });
    expect((await read(nowhere)).previous_response_id).toBe('resp_never');
  });
});

describe('a conversation', () => {
  test('keeps its items when its responses are gone', async () => {
    const conversation = session.fake.addConversation({ metadata: { topic: 'boats' } });
    const response = session.fake.addResponse({ conversation });
    expect(await read(response)).toMatchObject({ conversation: { id: conversation.id } });
    session.fake.clock.advance(2 * RETENTION * 1000);
    expect((await api(`/responses/${response.id}`)).status).toBe(404);
    const path = `/conversations/${conversation.id}`;
    expect(json(await api(path))).toMatchObject({ object: 'conversation', metadata: { topic: 'boats' } });
    const { data } = await list(`${path}/items`);
    expect(data.map(({ type }) => type)).toEqual(['message', 'image_generation_call', 'reasoning', 'message']);
    const [image] = response.images;
    const item = json<ItemRecord>(await api(`${path}/items/${image!.id}`));
    expect(Buffer.from(item.result as string, 'base64').equals(image!.picture)).toBe(true);
  });

  test('knows no item of another one', async () => {
    const [own, other] = [session.fake.addConversation(), session.fake.addConversation()];
    const { images } = session.fake.addResponse({ conversation: other });
    const answer = await api(`/conversations/${own.id}/items/${images[0]!.id}`);
    expect(answer.status).toBe(404);
    expect(answer.body.toString('utf8')).toContain('not found in conversation.');
    expect((await api('/conversations/conv_none')).body.toString('utf8')).toContain(
      "Conversation with id 'conv_none' not found.",
    );
  });
});

describe('a list', () => {
  test.each(['asc', 'desc'] as const)('can be read page by page in the order %s', async (order) => {
    const conversation = session.fake.addConversation();
    session.fake.addResponses(13, { conversation });
    const pages = await pagesOf(`/conversations/${conversation.id}/items`, `limit=20&order=${order}`);
    expect(pages.map(({ data }) => data.length)).toEqual([20, 20, 12]);
    const ids = conversation.items.map(({ id }) => id);
    const seen = pages.flatMap(({ data }) => data.map(({ id }) => id));
    expect(seen).toEqual(order === 'asc' ? ids : ids.toReversed());
    expect([pages[0]!.first_id, pages[2]!.last_id]).toEqual([seen[0], seen.at(-1)]);
  });

  test('has 20 items and the newest first unless it is asked for otherwise', async () => {
    const conversation = session.fake.addConversation();
    session.fake.addResponses(13, { conversation });
    const page = await list(`/conversations/${conversation.id}/items`);
    expect([page.data.length, page.has_more, page.first_id]).toEqual([20, true, conversation.items.at(-1)!.id]);
    expect((await list(`/conversations/${conversation.id}/items?limit=100`)).data).toHaveLength(52);
  });

  test('of nothing has no ids', async () => {
    const { id } = session.fake.addConversation();
    const nothing = { object: 'list', data: [], first_id: null, last_id: null, has_more: false };
    expect(await list(`/conversations/${id}/items`)).toEqual(nothing);
  });

  test.each([
    ['limit=101', 'integer_above_max_value'],
    ['limit=0', 'integer_below_min_value'],
    ['order=up', 'invalid_value'],
    ['include=everything', 'invalid_value'],
    ['after=msg_none', null],
  ])('refuses %s', async (query, code) => {
    const { id } = session.fake.addConversation();
    const answer = await api(`/conversations/${id}/items?${query}`);
    expect(answer.status).toBe(400);
    expect(json(answer)).toMatchObject({ error: { type: 'invalid_request_error', param: query.split('=')[0], code } });
  });
});
