import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSingleName } from '../../../sinks/local-filesystem/file-name.js';
import descriptor from '../../../sources/dalle2/index.js';
import { flatLayout } from '../../../src/archive/general-layouts.js';
import type { HttpClient } from '../../../src/http/client.js';
import { createServiceHttp } from '../../../src/http/service.js';
import { AlbarettoError, type Item, type Source, type Task } from '../../../src/plugin.js';
import { openDalle2Rig } from '../../support/dalle2-rig.js';
import { exchange } from '../../support/exchange.js';
import { memorySecrets } from '../../support/memory-secrets.js';
import { mutated } from '../../support/mutated-documents.js';
import { nobody } from '../../support/sink-context.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const DOCUMENTS = 10_000;
/** Milliseconds of this process for one document, with all tries and all requests that it leads to. */
const MOST_TIME = 200;
const BASE = 'https://labs.invalid/api/labs';
const TASK = 'task-AAAAAAAAAAAAAAAAAAAAAAAA';

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^(?!\.{1,2}$)[^/\\?#%\p{Cc}\p{Cf}\p{Cs}]{1,210}$/u;

interface Answering {
  status: number;
  body: Buffer;
  readonly asked: string[];
}

const answering: Answering = { status: 200, body: Buffer.alloc(0), asked: [] };
let source: Source;
let documents: Readonly<Record<'page' | 'task' | 'edit' | 'generation' | 'error', unknown>>;

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

beforeAll(async () => {
  documents = await goodDocuments();
  const clock = new VirtualClock();
  const http = createServiceHttp({
    client,
    plugin: 'dalle2',
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
    options: { wait: '9' },
    ask: nobody(),
    progress: () => undefined,
    warn: () => undefined,
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
  const rig = await openDalle2Rig();
  try {
    rig.fake.addTask({ count: 2 });
    const edit = rig.fake.addTask({ kind: 'inpainting', count: 1 });
    const read = async (path: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${rig.fake.token}` };
      return JSON.parse((await exchange(`http://${rig.apiHost}/api/labs${path}`, { headers })).body.toString('utf8'));
    };
    return {
      page: await read('/tasks?page=1&limit=50'),
      task: await read(`/tasks/${rig.fake.tasks[0]!.id}`),
      edit: await read(`/tasks/${edit.id}`),
      generation: await read(`/generations/${edit.generations[0]!.id}`),
      error: { error: { message: 'Incorrect API key provided', type: 'x', param: null, code: 'invalid_api_key' } },
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
  task: () => source.open(TASK, {}),
  generation: () => source.open('generation-AAAAAAAAAAAAAAAAAAAAAAAA', {}),
  history: () => source.all!({}),
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
        for (const { id } of [item, ...(item.companions ?? [])]) {
          await orTypedError(async () => {
            const location = await source.locate({ id, taskId: item.taskId }, { renew: false });
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
    expect(thrown.describe()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u);
  }
}

function expectValidTask(task: Task): void {
  expect(task.id).toMatch(PLAIN_ID);
  expect(task.createdAt?.getTime()).not.toBeNaN();
  expect(() => JSON.parse(task.raw?.json ?? '')).not.toThrow();
}

const systems = ['linux', 'win32'] as const;

function expectValidItem(item: Item, task: Task): void {
  const layout = flatLayout({ longestName: 255, caseSensitive: true });
  expect(item).toMatchObject({ source: 'dalle2', taskId: task.id });
  expect(item.createdAt?.getTime()).not.toBeNaN();
  expect(() => JSON.parse(item.raw.json)).not.toThrow();
  for (const id of [item.id, ...(item.companions ?? []).map((companion) => companion.id)]) {
    expect(id).toMatch(PLAIN_ID);
    const name = layout.nameOf({ ...item, id });
    for (const system of systems) if (!isSingleName(name, system)) throw new Error(`${name} is no name on ${system}`);
  }
}

/** What was asked for lies where it should: what a service says did not become a way out of the API's own folder. */
function expectPlainRequests(): void {
  for (const url of answering.asked)
    expect(new URL(url).pathname).toMatch(/^\/api\/labs\/(tasks|generations)(\/[^/]+)?$/u);
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
}, 300_000);

test('a history that says it has pages without end, and brings nothing new, ends in a typed error', async () => {
  const page = { ...(documents.page as object), total_pages: 1e300 };
  Object.assign(answering, { body: Buffer.from(JSON.stringify(page)), status: 200 });
  const read = async () => {
    for await (const task of source.all!({})) expectValidTask(task);
  };
  await expect(read()).rejects.toMatchObject({
    code: 'E_BAD_ANSWER',
    message: expect.stringContaining('does not end'),
  });
  expect(answering.asked).toHaveLength(21);
});

test.each(['../../up', 'a\u009b31m', 'a\u202eb'])(
  'the prompt of an edit cannot name its pictures %j',
  async (hostile) => {
    const edit = { ...(documents.edit as object), prompt_id: hostile };
    Object.assign(answering, { body: Buffer.from(JSON.stringify(edit)), status: 200 });
    const companions: string[] = [];
    for await (const task of source.open(TASK, {})) {
      for await (const item of task.items) companions.push(...(item.companions ?? []).map(({ id }) => id));
    }
    expect(companions.map((id) => id.split('-')[0])).toEqual(['prompt', 'prompt']);
  },
);

test('a good document passes the same way', async () => {
  Object.assign(answering, { body: Buffer.from(JSON.stringify(documents.page)), status: 200 });
  const items: string[] = [];
  for await (const task of source.all!({})) for await (const { id } of task.items) items.push(id);
  expect(items).toHaveLength(3);
});
