import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { png } from '../../support/pictures.js';
import { createFakeHappyAccidents } from './index.js';
import { type InferenceRecord, json, useFakeHappyAccidents } from './session.js';

const session = useFakeHappyAccidents();

const image = (id: string, createdAt: string) =>
  `{"id":"${id}","url":"https://ik.imagekit.io/hb42m9hh0/user-1/a%20b/${id}.png","folderPath":"user-1/a b",` +
  `"filename":"${id}.png","createdAt":"${createdAt}","score":0.10}`;
/** The second one is the newest by its image and yet stands below the first. */
const ITEMS =
  `[{"inferenceId":"inf-1","createdAt":"2024-04-04T23:29:15.431843","inferencePayload":{"modelId":"m-1","guidanceScale":7.0},` +
  `"images":[${image('img-1', '2023-11-14T22:13:20.000Z')}]},` +
  `{"inferenceId":"inf-2","inferencePayload":{"modelId":"m-2"},"images":[${image('img-2', '2023-11-15T22:13:20.000Z')}]},` +
  `{"inferenceId":"inf-3","createdAt":"2024-04-04T23:29:15.431843","inferencePayload":{},"images":[]}]`;
const PAGE = `{"items":${ITEMS},"paginationMetadata":{"currentPage":0,"pageSize":100,"hasNextPage":false,"totalItems":null}}`;
const MODEL = '{"id":"m-1","name":"Model 1","author":{"id":"au1"},"externalId":"1234"}';
const FILE = png(4, 4, 5);

const golden = (page: unknown, model: unknown) => ({
  page,
  models: [model],
  picture: (id: string) => (id === 'img-1' ? FILE : undefined),
});

describe('golden answers', () => {
  test('are served record by record as they are, in their order and with their numbers', async () => {
    const loaded = session.fake.loadGolden(golden(PAGE, MODEL));
    expect(loaded.map(({ id }) => id)).toEqual(['inf-1', 'inf-2', 'inf-3']);
    const answer = await session.api('/inferences?page_size=100');
    const items = ITEMS.replaceAll('https://ik.imagekit.io', session.imageOrigin);
    expect(answer.body.toString('utf8')).toContain(`{"items":${items},`);
    expect(json(answer)).toMatchObject({
      paginationMetadata: { currentPage: 0, pageSize: 100, hasNextPage: false, totalItems: null },
    });
    expect((await session.api('/images/img-2', {})).status).toBe(200);
  });

  test('bring their own models and no others', async () => {
    session.fake.loadGolden(golden(JSON.parse(PAGE), JSON.parse(MODEL)));
    expect((await session.api('/models/metadata-items/m-1', {})).body.toString('utf8')).toBe(MODEL);
    expect((await session.api('/models/metadata-items/m-2', {})).status).toBe(404);
  });

  test('lead to the files that the test has', async () => {
    session.fake.loadGolden(golden(PAGE, MODEL));
    const [first, second] = (await session.page(0)).items.map(({ images }: InferenceRecord) => images[0]?.url);
    expect((await exchange(`${first}?tr=orig-true`)).body.equals(FILE)).toBe(true);
    expect((await exchange(`${second}?tr=orig-true`)).status).toBe(404);
  });

  test('that are no page of inferences are refused', () => {
    const { loadGolden } = createFakeHappyAccidents();
    expect(() => loadGolden(golden('{"items":null}', MODEL))).toThrow('a page of inferences has items');
  });
});
