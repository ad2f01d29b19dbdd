import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import descriptor from '../../../sources/happy-accidents/index.js';
import layoutBody from '../../../sources/happy-accidents/layout.js';
import type { Item, Source, Task } from '../../../src/plugin.js';
import { type Answered, openAnswered } from '../../support/answered-source.js';
import { exchange } from '../../support/exchange.js';
import { openHappyAccidentsRig } from '../../support/happy-accidents-rig.js';
import { mutated } from '../../support/mutated-documents.js';
import {
  DOCUMENTS,
  demand,
  demandForm,
  demandItem,
  demandJson,
  demandPrintable,
  demandTask,
  Ends,
  MOST_TIME,
  runMutated,
  TWO_TRIES,
} from '../../support/mutation-run.js';

const BASE = 'https://easel.invalid/v1';
const IMAGE = 'img-1-0-AAAAAA';
const INFERENCE = 'inf-000001-AAAAAAAA';

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^(?!\.{1,2}$)[^/\\?#%\p{Cc}\p{Cf}\p{Cs}]{1,210}$/u;

let answering: Answered;
/** What the service answers, as it lies in the place of a document too. */
let sent = Buffer.alloc(0);
let source: Source;
let documents: Readonly<Record<'page' | 'inference' | 'upscaling' | 'model' | 'error', unknown>>;

beforeAll(async () => {
  documents = await goodDocuments();
  answering = await openAnswered({
    descriptor,
    baseUrl: BASE,
    policy: TWO_TRIES,
    options: { 'page-size': '3' },
    told: demandPrintable,
  });
});
beforeEach(() => {
  source = answering.another();
});

/** As the faithful fake sends them. */
async function goodDocuments(): Promise<typeof documents> {
  const rig = await openHappyAccidentsRig();
  try {
    const { fake } = rig;
    // Two models in all: each one is a further request.
    fake.addInference({ urls: false, modelId: 'model-1', lora: null, embeddingIds: 'missing' });
    const models = { modelId: 'model-1', lora: [{ id: 'lora-1', weight: 0.5 }], embeddingIds: ['lora-1'] };
    fake.addInference({ id: INFERENCE, imageIds: [IMAGE], ...models });
    const read = async (path: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${fake.token}` };
      return JSON.parse((await exchange(`http://${rig.apiHost}/v1${path}`, { headers })).body.toString('utf8'));
    };
    const page = await read('/inferences?current_page=0&page_size=3&has_images=true');
    const upscaling = fake.addInference({ inferenceType: 'UPSCALING' });
    return {
      page,
      inference: await read(`/inferences/${INFERENCE}`),
      upscaling: await read(`/inferences/${upscaling.id}`),
      model: await read('/models/metadata-items/model-1'),
      error: { detail: [{ loc: ['query', 'page_size'], msg: 'field required', type: 'value_error.missing' }] },
    };
  } finally {
    await rig.shut();
  }
}

const WAYS: Readonly<Record<string, () => AsyncIterable<Task>>> = {
  inference: () => source.open(INFERENCE, {}),
  image: () => source.open(IMAGE, {}),
  gallery: () => source.all!({ limit: 20 }),
  since: () => source.all!({ since: new Date(0), cursor: `[1,1,"${INFERENCE}"]` }),
};

const ends = new Ends();
const forms = { source: 'happy-accidents', id: PLAIN_ID, cursor: /^.{1,1000}$/su };

/** Walks all that a document leads to; only an AlbarettoError may end that. */
async function walk(way: string): Promise<void> {
  await ends.orTypedError(async () => {
    let count = 0;
    for await (const task of WAYS[way]!()) {
      demandTask(task, forms);
      for await (const item of task.items) {
        count += 1;
        ends.items += 1;
        demandItem(item, task, PLAIN_ID);
        for (const { id } of item.documents ?? []) demandForm(id, PLAIN_ID);
        if (count > 1) continue;
        // An image leads to the items of its inference, and a continued gallery to those of the gallery.
        if (way === 'inference' || way === 'gallery') demandLayout(item);
        for (const located of [item, { id: item.id, taskId: item.taskId }]) {
          await ends.orTypedError(async () => {
            const location = await source.locate(located, { renew: false });
            demand(location.kind === 'request', `${item.id} is at no link`);
          });
        }
      }
    }
  });
}

const layout = layoutBody.create({ extensionOf: () => 'bin' });

/** What the archive's layout makes of an item, also where other bytes lie in the place of a document. */
function demandLayout(item: Item): void {
  const { stem, extension, folder } = layout.media(item, undefined);
  demand(stem === item.id && extension === 'png' && folder === undefined, `${item.id} is stored elsewhere`);
  const found = sent.toString('latin1', 0, 10_000);
  for (const [position, { text, merge }] of layout.documents!(item).entries()) {
    demandJson(text);
    demand(merge!(text) === undefined, 'a document that is there is not left alone');
    // The item's own document and that of its task: those of models are merged like the latter.
    if (position < 2) demand((merge!(found) ?? text) === text, 'other bytes are merged into a document');
  }
}

/** What was asked for lies where it should: what a service says did not become a way out of the API's own folders. */
function demandPlainRequests(): void {
  for (const { url } of answering.asked)
    demandForm(new URL(url).pathname, /^\/v1\/(inferences|(inferences|images|models\/metadata-items)\/[^/]+)$/u);
}

const served = () =>
  fc.record({
    // A page leads to several requests and items; there are fewer of them.
    body: fc.oneof(
      ...Object.values(documents).map((document) => ({
        weight: document === documents.page ? 2 : 3,
        arbitrary: mutated(document),
      })),
    ),
    way: fc.constantFrom(...Object.keys(WAYS)),
    status: fc.oneof({ weight: 9, arbitrary: fc.constant(200) }, fc.constantFrom(400, 401, 403, 404, 429, 500, 503)),
  });

test(`${DOCUMENTS} mutated documents end in valid tasks or typed errors, each within ${MOST_TIME} ms, and reach no path`, async () => {
  await runMutated(served(), async ({ body, way, status }) => {
    sent = Buffer.from(body);
    answering.answer(sent, status);
    // Models are asked for once a session: each document has a session of its own.
    source = answering.another();
    await walk(way);
    demandPlainRequests();
  });
  expect(ends.items).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.errors).toBeGreaterThan(DOCUMENTS / 10);
}, 600_000);

test.each(['../../up', 'a\u009b31m', 'a\u202eb', 'a\u0000', '..', ''])(
  'a gallery cannot name an image or a model %j',
  async (hostile) => {
    const page = structuredClone(documents.page) as { items: { images: object[]; inferencePayload: object }[] };
    for (const item of page.items) {
      item.images = item.images.map((image) => ({ ...image, id: hostile }));
      item.inferencePayload = { ...item.inferencePayload, modelId: hostile, embeddingIds: [hostile], lora: [] };
    }
    page.items[0]!.images.push({ id: 'good', filename: 'a.png' });
    answering.answer(JSON.stringify(page));
    const items: Item[] = [];
    for await (const task of source.all!({})) for await (const item of task.items) items.push(item);
    expect(items.map(({ id, index }) => [id, index])).toEqual([['good', 2]]);
    expect(answering.asked).toHaveLength(1);
  },
);

test('a good document passes the same way', async () => {
  answering.answer(JSON.stringify(documents.page));
  const items: string[] = [];
  for await (const task of source.all!({})) for await (const { id } of task.items) items.push(id);
  expect(items).toHaveLength(2);
});
