import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import descriptor from '../../../sources/happy-accidents/index.js';
import layoutBody from '../../../sources/happy-accidents/layout.js';
import type { HttpClient } from '../../../src/http/client.js';
import { createServiceHttp } from '../../../src/http/service.js';
import { AlbarettoError, type Item, type Source, type Task } from '../../../src/plugin.js';
import { exchange } from '../../support/exchange.js';
import { openHappyAccidentsRig } from '../../support/happy-accidents-rig.js';
import { memorySecrets } from '../../support/memory-secrets.js';
import { mutated } from '../../support/mutated-documents.js';
import { nobody } from '../../support/sink-context.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const DOCUMENTS = 10_000;
/** Milliseconds of this process for one document, with all tries and all requests that it leads to. */
const MOST_TIME = 200;
const BASE = 'https://easel.invalid/v1';
const IMAGE = 'img-1-0-AAAAAA';
const INFERENCE = 'inf-000001-AAAAAAAA';

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^(?!\.{1,2}$)[^/\\?#%\p{Cc}\p{Cf}\p{Cs}]{1,210}$/u;

interface Answering {
  status: number;
  body: Buffer;
  readonly asked: string[];
}

const answering: Answering = { status: 200, body: Buffer.alloc(0), asked: [] };
const told: string[] = [];
let source: Source;
let documents: Readonly<Record<'page' | 'inference' | 'upscaling' | 'model' | 'error', unknown>>;

/** Answers every request with the same bytes; no socket is opened. */
const client: HttpClient = {
  async open({ url }) {
    answering.asked.push(url);
    const { status, body } = answering;
    return {
      status,
      headers: { 'content-type': 'application/json' },
      url,
      body: (async function* () {
        yield body;
      })(),
      discard: () => undefined,
    };
  },
  close: () => undefined,
};

async function newSource(): Promise<Source> {
  const clock = new VirtualClock();
  const http = createServiceHttp({
    client,
    plugin: 'happy-accidents',
    baseUrl: BASE,
    maxBytes: 33_554_432,
    retry: { sleep: clock.sleep },
    now: clock.now,
  });
  return (await descriptor.load()).create({
    http,
    baseUrl: BASE,
    secrets: memorySecrets(),
    redact: () => undefined,
    resolvePath: (typed) => typed,
    options: { 'page-size': '3' },
    ask: nobody(),
    progress: (text) => void told.push(text),
    warn: (text) => void told.push(text),
    debug: () => undefined,
    now: clock.now,
    sleep: clock.sleep,
  });
}

beforeAll(async () => {
  documents = await goodDocuments();
});
beforeEach(async () => {
  source = await newSource();
  answering.asked.length = 0;
  told.length = 0;
});

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) => ({
  prototype,
  members: Reflect.ownKeys(prototype),
}));
afterAll(expectNoPollution);

/** As the faithful fake sends them. */
async function goodDocuments(): Promise<typeof documents> {
  const rig = await openHappyAccidentsRig();
  try {
    const { fake } = rig;
    const upscaling = fake.addInference({ inferenceType: 'UPSCALING' });
    const lora = { id: 'lora-1', weight: 0.5 };
    fake.addInference({ lora, urls: false, modelId: 'model-1' });
    fake.addInference({ id: INFERENCE, imageIds: [IMAGE, 'img-1-1-AAAAAA'], lora: [lora], modelId: 'model-1' });
    const read = async (path: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${fake.token}` };
      return JSON.parse((await exchange(`http://${rig.apiHost}/v1${path}`, { headers })).body.toString('utf8'));
    };
    return {
      page: await read('/inferences?current_page=0&page_size=3&has_images=true'),
      inference: await read(`/inferences/${INFERENCE}`),
      upscaling: await read(`/inferences/${upscaling.id}`),
      model: await read('/models/metadata-items/model-1'),
      error: { detail: [{ loc: ['query', 'page_size'], msg: 'field required', type: 'value_error.missing' }] },
    };
  } finally {
    await rig.shut();
  }
}

function expectNoPollution(): void {
  for (const { prototype, members } of prototypes) expect(Reflect.ownKeys(prototype)).toEqual(members);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

const WAYS: Readonly<Record<string, () => AsyncIterable<Task>>> = {
  inference: () => source.open(INFERENCE, {}),
  image: () => source.open(IMAGE, {}),
  gallery: () => source.all!({ limit: 20 }),
  since: () => source.all!({ since: new Date(0), cursor: `[1,1,"${INFERENCE}"]` }),
};

/** How the walks ended: a test in which none, or all, got through would prove little. */
const ends = { items: 0, errors: 0 };

/** Walks all that a document leads to; only an AlbarettoError may end that. */
async function walk(way: string): Promise<void> {
  await orTypedError(async () => {
    for await (const task of WAYS[way]!()) {
      expectValidTask(task);
      let count = 0;
      for await (const item of task.items) {
        count += 1;
        ends.items += 1;
        expectValidItem(item, task);
        if (count > 3) continue;
        for (const located of [item, { id: item.id, taskId: item.taskId }]) {
          await orTypedError(async () => {
            const location = await source.locate(located, { renew: false });
            expect(location).toMatchObject({ kind: 'request', url: expect.any(String) });
          });
        }
      }
    }
  });
}

async function orTypedError(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof AlbarettoError) || thrown.code === 'E_INTERNAL') throw thrown;
    ends.errors += 1;
    expectPrintable(thrown.describe());
  }
}

function expectPrintable(text: string): void {
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u);
}

function expectValidTask(task: Task): void {
  expect(task.id).toMatch(PLAIN_ID);
  expect(task.createdAt?.getTime()).not.toBeNaN();
  expect(() => JSON.parse(task.raw?.json ?? '')).not.toThrow();
  expect(task.cursor?.length ?? 0).toBeLessThanOrEqual(1000);
}

function expectValidItem(item: Item, task: Task): void {
  expect(item).toMatchObject({ source: 'happy-accidents', taskId: task.id });
  expect(item.createdAt?.getTime()).not.toBeNaN();
  expect(() => JSON.parse(item.raw.json)).not.toThrow();
  expect(item.id).toMatch(PLAIN_ID);
  for (const { id, json } of item.documents ?? []) {
    expect(id).toMatch(PLAIN_ID);
    expect(() => JSON.parse(json)).not.toThrow();
  }
  expectValidLayout(item);
}

function expectValidLayout(item: Item): void {
  const layout = layoutBody.create({ extensionOf: () => 'bin' });
  expect(layout.media(item, undefined)).toEqual({ stem: item.id, extension: 'png' });
  for (const { text, merge } of layout.documents!(item)) {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(merge!(text)).toBeUndefined();
    expect(merge!(answering.body.toString('latin1')) ?? text).toBe(text);
  }
}

/** What was asked for lies where it should: what a service says did not become a way out of the API's own folders. */
function expectPlainRequests(): void {
  for (const url of answering.asked) {
    expect(new URL(url).pathname).toMatch(/^\/v1\/(inferences|(inferences|images|models\/metadata-items)\/[^/]+)$/u);
  }
}

const documentArbitrary = () =>
  fc.oneof(...Object.values(documents).map((document) => mutated(document))).chain((body) =>
    fc.record({
      body: fc.constant(body),
      way: fc.constantFrom(...Object.keys(WAYS)),
      status: fc.oneof({ weight: 9, arbitrary: fc.constant(200) }, fc.constantFrom(400, 401, 403, 404, 429, 500, 503)),
    }),
  );

test(`${DOCUMENTS} mutated documents end in valid tasks or typed errors, each within ${MOST_TIME} ms, and reach no path`, async () => {
  const property = fc.asyncProperty(documentArbitrary(), async ({ body, way, status }) => {
    Object.assign(answering, { body, status });
    answering.asked.length = 0;
    told.length = 0;
    // Models are asked for once a session: each document has a session of its own.
    source = await newSource();
    // What this process did, and not how long it waited for its turn: the machine may be busy.
    const before = process.cpuUsage();
    await walk(way);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(MOST_TIME);
    expectPlainRequests();
    for (const text of told) expectPrintable(text);
    expectNoPollution();
  });
  await fc.assert(property, { numRuns: DOCUMENTS, endOnFailure: true });
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
    Object.assign(answering, { body: Buffer.from(JSON.stringify(page)), status: 200 });
    const items: Item[] = [];
    for await (const task of source.all!({})) for await (const item of task.items) items.push(item);
    expect(items.map(({ id, index }) => [id, index])).toEqual([['good', 3]]);
    expect(answering.asked).toHaveLength(1);
  },
);

test('a good document passes the same way', async () => {
  Object.assign(answering, { body: Buffer.from(JSON.stringify(documents.page)), status: 200 });
  const items: string[] = [];
  for await (const task of source.all!({})) for await (const { id } of task.items) items.push(id);
  expect(items).toHaveLength(4);
});
