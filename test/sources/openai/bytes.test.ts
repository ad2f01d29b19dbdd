import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { decode, encodedIn, withoutBytes } from '../../../sources/openai/encoded.js';
import { Undelivered } from '../../../sources/openai/undelivered.js';
import type { Item } from '../../../src/plugin.js';
import { sha256, sha256Of } from '../../support/digests.js';
import { changed, type OpenAiRig, openOpenAiRig } from '../../support/openai-rig.js';

let rig: OpenAiRig;

beforeEach(async () => {
  rig = await openOpenAiRig();
});
afterEach(() => rig.shut());

const locate = async (item: Pick<Item, 'id' | 'taskId'>, renew = false) => {
  const location = await rig.source.locate(item, { renew });
  return location.kind === 'bytes' ? Buffer.from(location.bytes) : undefined;
};

const DAY = 24 * 3_600_000;

describe('the bytes of pictures', () => {
  test.each(['base64', 'data-url', 'list'] as const)(
    'written as %s come whole, with no further request',
    async (form) => {
      const made = rig.fake.addResponse({
        images: [{ form }, { form, format: 'webp' }, { form, format: 'jpeg', bare: true }],
      });
      const { items } = await rig.open(made.id);
      expect(items.map(({ mediaType }) => mediaType)).toEqual(['image/png', 'image/webp', 'image/jpeg']);
      const asked = rig.asked().length;
      for (const [position, item] of items.entries()) {
        expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(made.images[position]!.picture));
        expect(item.raw.json).not.toContain(made.images[position]!.picture.toString('base64').slice(0, 40));
      }
      expect(rig.asked()).toHaveLength(asked);
      expect(rig.fake.leaks()).toEqual([]);
    },
  );

  test('that a gateway sends several of in one call are all fetched', async () => {
    const made = rig.fake.addResponse({ images: [{}, {}] });
    const [one, other] = made.images.map(({ picture }) => picture.toString('base64'));
    const result = [
      { type: 'image', b64_json: one },
      `data:image/png;base64,${other}`,
      { image_url: { url: 'https://example.org/x.png' } },
    ];
    const both = changed((json) => ({
      ...json,
      output: (json.output as { type: string }[])
        .filter(({ type }) => type !== 'image_generation_call')
        .concat({ type: 'image_generation_call', id: 'ig_list', result } as never),
    }));
    rig.fake.faults.inject({ path: /\/responses\/[^/]+$/u, count: 9, what: both });
    const { items } = await rig.open(made.id);
    expect(items.map(({ id, index }) => [id, index])).toEqual([
      ['ig_list', 1],
      ['ig_list-2', 2],
    ]);
    for (const renew of [false, true]) {
      for (const [position, item] of items.entries()) {
        expect(await locate(item, renew)).toEqual(made.images[position]!.picture);
      }
    }
    expect(items[0]!.raw.redacted).toEqual(['item.result[0].b64_json', 'item.result[1]']);
    expect(JSON.parse(items[0]!.raw.json).item.result).toEqual([
      { type: 'image', b64_json: '?…' },
      'data:image/png;base64,?…',
      { image_url: { url: 'https://example.org/x.png' } },
    ]);
  });

  test('are handed over once, and asked for again after that', async () => {
    const made = rig.fake.addResponse({ images: 2 });
    const { items } = await rig.open(made.id);
    const asked = rig.asked().length;
    expect(await locate(items[0]!)).toEqual(made.images[0]!.picture);
    expect(rig.asked()).toHaveLength(asked);
    expect(await locate(items[0]!)).toEqual(made.images[0]!.picture);
    expect(rig.asked().slice(asked)).toEqual([`/responses/${made.id}`]);
    expect(await locate(items[1]!)).toEqual(made.images[1]!.picture);
    expect(rig.asked()).toHaveLength(asked + 1);
  });

  test('of a response are asked for once, however many of its pictures need it', async () => {
    const made = rig.fake.addResponse({ images: 6 });
    const items = made.images.map(({ id }) => ({ id, taskId: made.id }));
    const bytes = await Promise.all(items.map((item) => locate(item, true)));
    expect(bytes).toEqual(made.images.map(({ picture }) => picture));
    expect(rig.asked()).toEqual([`/responses/${made.id}`]);
  });

  test('of a conversation are asked for picture by picture', async () => {
    const conversation = rig.fake.addConversation();
    const made = rig.fake.addResponse({ conversation, images: 2 });
    const [first] = made.images;
    expect(await locate({ id: first!.id, taskId: conversation.id })).toEqual(first!.picture);
    expect(rig.asked()).toEqual([`/conversations/${conversation.id}/items/${first!.id}`]);
  });

  test('are found in the conversation when their response is gone', async () => {
    const conversation = rig.fake.addConversation();
    const made = rig.fake.addResponse({ conversation });
    const [item] = (await rig.open(made.id)).items;
    rig.fake.clock.advance(31 * DAY);
    expect(await locate(item!, true)).toEqual(made.images[0]!.picture);
    // Whoever has only the ids does not know which conversation that is.
    const bare = { id: item!.id, taskId: item!.taskId };
    await expect(locate(bare, true)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test.each(['not json', '{"response":{"conversation":{"id":"../../up"}}}', '{"response":null}', 'null'])(
    'with the record %j are gone when their response is',
    async (json) => {
      const item = { id: 'ig_a', taskId: `resp_${'0'.repeat(48)}`, raw: { json, redacted: [] } };
      await expect(rig.source.locate(item, { renew: false })).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
      expect(rig.asked()).toHaveLength(1);
    },
  );

  test('of a response that was deleted are E_NOT_FOUND with the thirty days', async () => {
    const made = rig.fake.addResponse();
    const [item] = (await rig.open(made.id)).items;
    rig.fake.removeResponse(made.id);
    await expect(locate(item!, true)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'openai',
      hint: expect.stringContaining('thirty days'),
    });
  });

  test('that are no base64 are told when they are asked for', async () => {
    const made = rig.fake.addResponse({ images: [{ extra: { result: 'see the attachment!' } }, {}] });
    const { items } = await rig.open(made.id);
    expect(items).toHaveLength(2);
    expect(items[0]).not.toHaveProperty('size');
    await expect(rig.fetchBytes(items[0]!)).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'openai' });
    expect(sha256Of(await rig.fetchBytes(items[1]!))).toBe(sha256(made.images[1]!.picture));
  });

  test('that end too early are no picture', async () => {
    const made = rig.fake.addResponse();
    const cut = made.images[0]!.picture.subarray(0, 3_000).toString('base64');
    const short = changed((json) => ({
      ...json,
      output: (json.output as object[]).map((item) => ('result' in item ? { ...item, result: cut } : item)),
    }));
    rig.fake.faults.inject({ path: /\/responses\/[^/]+$/u, what: short });
    const [item] = (await rig.open(made.id)).items;
    await expect(rig.fetchBytes(item!)).rejects.toMatchObject({
      code: expect.stringMatching(/^E_(TRUNCATED|FORMAT)$/u),
    });
  });

  test('of more than ten megabytes come whole', async () => {
    const made = rig.fake.addResponse({ images: [{ bytes: 8_000_000 }] });
    const [item] = (await rig.open(made.id)).items;
    expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.images[0]!.picture));
    expect(item!.raw.json.length).toBeLessThan(4_000);
  }, 60_000);
});

describe('pictures that wait to be asked for', () => {
  const picture = (megabytes: number) => new Uint8Array(megabytes);

  test('stay within the bound: what does not fit is not kept', () => {
    const kept = new Undelivered(10);
    for (const id of ['a', 'b', 'c']) kept.offer('task', id, picture(4));
    expect(kept.size).toBe(8);
    expect([kept.take('task', 'a'), kept.take('task', 'c')]).toEqual([picture(4), undefined]);
    expect(kept.size).toBe(4);
    kept.offer('task', 'd', picture(11));
    expect(kept.size).toBe(4);
  });

  test('of other tasks make room, the oldest first', () => {
    const kept = new Undelivered(10);
    kept.offer('old', 'a', picture(4));
    kept.offer('older', 'b', picture(4));
    kept.offer('new', 'c', picture(4));
    expect(kept.take('old', 'a')).toBeUndefined();
    expect(kept.take('older', 'b')).toEqual(picture(4));
    expect(kept.take('new', 'c')).toEqual(picture(4));
    expect(kept.size).toBe(0);
  });

  test('that come again count once', () => {
    const kept = new Undelivered(10);
    kept.offer('task', 'a', picture(4));
    kept.offer('task', 'a', picture(6));
    expect(kept.size).toBe(6);
  });

  test('are not mixed up between tasks', () => {
    const kept = new Undelivered();
    kept.offer('one', 'a', picture(1));
    kept.offer('two', 'a', picture(2));
    expect([kept.take('two', 'a'), kept.take('one', 'a')]).toEqual([picture(2), picture(1)]);
  });
});

describe('a result', () => {
  const base64 = randomBytes(90).toString('base64');

  test.each([
    ['base64', base64, [base64]],
    ['nothing', '', []],
    ['null', null, []],
    ['a number', 7, []],
    ['a link', 'https://example.org/a.png', []],
    ['lists in lists', [[base64], [], null], [base64]],
    ['objects', [{ result: base64 }, { b64_json: base64 }, { type: 'image' }], [base64, base64]],
    ['an object with a link besides', { url: 'https://example.org/a.png', data: base64 }, [base64]],
    [
      'an object in an object',
      { image_url: { url: `data:image/png;base64,${base64}` } },
      [`data:image/png;base64,${base64}`],
    ],
    ['what is nested too deeply', [[[[[[[base64]]]]]]], []],
  ])('that is %s is read', (_what, result, pictures) => {
    expect(encodedIn(result)).toEqual(pictures);
  });

  test.each([
    [base64, 90],
    [base64.replaceAll('+', '-').replaceAll('/', '_'), 90],
    [base64.replace(/(.{30})/gu, '$1\r\n'), 90],
    [`data:image/png;base64,${base64}`, 90],
    ['data:image/png;base64,', undefined],
    ['a picture!', undefined],
    ['====', undefined],
  ])('%j decodes to %p bytes', (encoded, length) => {
    expect(decode(encoded)?.length).toBe(length);
  });

  test('loses its bytes in the record, and nothing else', () => {
    const redacted: string[] = [];
    const result = [
      { type: 'image', b64_json: base64, note: 'long '.repeat(30) },
      'https://example.org/a.png',
      5,
      null,
    ];
    expect(withoutBytes(result, 'item.result', redacted)).toEqual([
      { type: 'image', b64_json: '?…', note: 'long '.repeat(30) },
      'https://example.org/a.png',
      5,
      null,
    ]);
    expect(redacted).toEqual(['item.result[0].b64_json']);
  });
});
