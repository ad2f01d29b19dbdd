import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSingleName } from '../../../sinks/local-filesystem/file-name.js';
import descriptor from '../../../sources/civitai/index.js';
import { fileName } from '../../../src/archive/names.js';
import type { HttpClient } from '../../../src/http/client.js';
import { createServiceHttp } from '../../../src/http/service.js';
import { AlbarettoError, type Item, type Source, type Task } from '../../../src/plugin.js';
import { openCivitaiRig } from '../../support/civitai-rig.js';
import { exchange } from '../../support/exchange.js';
import { memorySecrets } from '../../support/memory-secrets.js';
import { mutated } from '../../support/mutated-documents.js';
import { nobody } from '../../support/sink-context.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const DOCUMENTS = 10_000;
/** Milliseconds of this process for one document, with all tries and all requests that it leads to. */
const MOST_TIME = 200;
const BASE = 'https://orchestration.invalid';
const SITE = 'https://site.invalid';
const WORKFLOW = '1234567-20261120093012345';

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^(?!\.{1,2}$)[^/\\?#%\p{Cc}\p{Cf}\p{Cs}]{1,210}$/u;

interface Answering {
  status: number;
  body: Buffer;
  readonly asked: string[];
}

const answering: Answering = { status: 200, body: Buffer.alloc(0), asked: [] };
let source: Source;
let documents: Readonly<Record<string, unknown>>;

/** Answers every request with the same bytes; no socket is opened. */
const client: HttpClient = {
  async open({ url, method }) {
    answering.asked.push(`${method} ${url}`);
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

beforeAll(async () => {
  documents = await goodDocuments();
  const clock = new VirtualClock();
  const http = createServiceHttp({
    client,
    plugin: 'civitai',
    baseUrl: BASE,
    maxBytes: 33_554_432,
    retry: { sleep: clock.sleep },
    now: clock.now,
  });
  const body = await descriptor.load();
  source = body.create({
    http,
    baseUrl: BASE,
    secrets: memorySecrets(),
    redact: () => undefined,
    resolvePath: (typed) => typed,
    options: { wait: '9', 'site-url': SITE },
    ask: nobody(),
    progress: expectPrintable,
    warn: expectPrintable,
    debug: () => undefined,
    now: clock.now,
    sleep: clock.sleep,
  });
});
beforeEach(() => {
  answering.asked.length = 0;
});

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) => ({
  prototype,
  members: Reflect.ownKeys(prototype),
}));
afterAll(expectNoPollution);

/** As the faithful fake sends them. */
async function goodDocuments(): Promise<typeof documents> {
  const rig = await openCivitaiRig();
  try {
    const { fake, hosts } = rig;
    fake.addWorkflow({ id: WORKFLOW, promptByReference: true });
    const video = fake.addWorkflow({ kind: 'videoGen', blobs: [{}, { blockedReason: 'x' }] });
    fake.addWorkflow({ kind: 'upscaled' });
    fake.addWorkflow({ status: 'failed' });
    fake.addImages(2, (index) => ({ id: index + 5, postId: 7 }));
    const read = async (url: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${fake.key}` };
      return JSON.parse((await exchange(url, { headers })).body.toString('utf8'));
    };
    const api = `http://${hosts.orchestrator}/v2/consumer/workflows`;
    return {
      workflow: await read(`${api}/${WORKFLOW}`),
      video: await read(`${api}/${video.id}`),
      page: await read(api),
      images: await read(`http://${hosts.site}/api/v1/images?postId=7&withMeta=true&flatMeta=true&browsingLevel=31`),
      problem: { type: 'x', title: 'Bad Request', status: 400, detail: 'no', errors: { take: ['is wrong'] } },
      error: { error: { name: 'ZodError', message: 'Invalid input' } },
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
  workflow: () => source.open(WORKFLOW, {}),
  list: () => source.all!({}),
  continued: () => source.all!({ cursor: 'abc' }),
  image: () => source.open('image-5', {}),
  post: () => source.open('post-7', {}),
};

/** How the walks ended: a test in which none, or all, got through would prove little. */
const ends = { items: 0, errors: 0 };

/** Walks all that a document leads to; only an AlbarettoError may end that. */
async function walk(way: string): Promise<void> {
  await orTypedError(async () => {
    for await (const task of WAYS[way]!()) {
      expectValidTask(task);
      let index = 0;
      for await (const item of task.items) {
        index += 1;
        ends.items += 1;
        expectValidItem(item, task);
        if (index > 3) continue;
        await orTypedError(async () => {
          const location = await source.locate({ id: item.id, taskId: item.taskId }, { renew: false });
          expect(location).toMatchObject({ kind: 'request', url: expect.any(String) });
          expect(Object.keys(location).filter((name) => name === 'headers')).toEqual([]);
        });
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
  for (const time of [task.createdAt, task.expiresAt]) expect(time?.getTime()).not.toBeNaN();
  if (task.raw !== undefined) expect(() => JSON.parse(task.raw!.json)).not.toThrow();
  if (task.cursor !== undefined) expect(task.cursor).toMatch(/^[\x21-\x7e]{1,1000}$/u);
}

const systems = ['linux', 'win32'] as const;

function expectValidItem(item: Item, task: Task): void {
  expect(item).toMatchObject({ source: 'civitai', taskId: task.id });
  for (const time of [item.createdAt, item.expiresAt]) expect(time?.getTime()).not.toBeNaN();
  expect(() => JSON.parse(item.raw.json)).not.toThrow();
  const { seed, width, height } = item.generation;
  if (seed !== undefined) expect(seed).toMatch(/^\d+$/u);
  for (const side of [width, height]) if (side !== undefined) expect(Number.isSafeInteger(side) && side > 0).toBe(true);
  expect(item.id).toMatch(PLAIN_ID);
  const name = fileName({ stem: item.id, extension: 'png' }, { longestName: 255, caseSensitive: true });
  for (const system of systems) if (!isSingleName(name, system)) throw new Error(`${name} is no name on ${system}`);
}

/** What was asked for lies where it should, and only reads: what a service says did not become a way elsewhere. */
function expectPlainRequests(): void {
  for (const asked of answering.asked) {
    expect(asked.split('?')[0]).toMatch(
      /^GET https:\/\/(orchestration\.invalid\/v2\/consumer\/workflows(\/[^/]+)?|site\.invalid\/api\/v1\/images)$/u,
    );
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
    // What this process did, and not how long it waited for its turn: the machine may be busy.
    const before = process.cpuUsage();
    await walk(way);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(MOST_TIME);
    expectPlainRequests();
    expectNoPollution();
  });
  await fc.assert(property, { numRuns: DOCUMENTS, endOnFailure: true });
  expect(ends.items).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.errors).toBeGreaterThan(DOCUMENTS / 10);
}, 600_000);

test.each([
  ['workflow', 'workflow', 2],
  ['video', 'workflow', 1],
  ['page', 'list', 5],
  ['images', 'post', 2],
  ['images', 'image', 1],
] as const)('a good document (%s) passes the same way (%s)', async (document, way, count) => {
  Object.assign(answering, { body: Buffer.from(JSON.stringify(documents[document])), status: 200 });
  const items: string[] = [];
  for await (const task of WAYS[way]!()) for await (const { id } of task.items) items.push(id);
  expect(items).toHaveLength(count);
});
