import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSingleName } from '../../../sinks/local-filesystem/file-name.js';
import descriptor from '../../../sources/comfyui/index.js';
import { fileName } from '../../../src/archive/names.js';
import type { HttpClient } from '../../../src/http/client.js';
import { createServiceHttp } from '../../../src/http/service.js';
import { AlbarettoError, type Item, type Source, type Task } from '../../../src/plugin.js';
import { openComfyUiRig } from '../../support/comfyui-rig.js';
import { exchange } from '../../support/exchange.js';
import { memorySecrets } from '../../support/memory-secrets.js';
import { mutated } from '../../support/mutated-documents.js';
import { nobody } from '../../support/sink-context.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const DOCUMENTS = 10_000;
/** Milliseconds of this process for one document, with all tries and all requests that it leads to. */
const MOST_TIME = 200;
const BASE = 'https://comfy.invalid/studio';
const JOB = '3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f';

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^(?!\.{1,2}$)[^/\\?#%\p{Cc}\p{Cf}\p{Cs}]{1,300}$/u;

interface Answering {
  status: number;
  body: Buffer;
  readonly asked: string[];
}

const answering: Answering = { status: 200, body: Buffer.alloc(0), asked: [] };
let sources: Readonly<Record<'server' | 'cloud', Source>>;
let documents: Readonly<Record<'jobs' | 'job' | 'history' | 'queue' | 'error', unknown>>;

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

async function openSource(cloud: boolean): Promise<Source> {
  const clock = new VirtualClock();
  const http = createServiceHttp({
    client,
    plugin: 'comfyui',
    baseUrl: BASE,
    maxBytes: 33_554_432,
    retry: { sleep: clock.sleep },
    now: clock.now,
  });
  const body = await descriptor.load();
  return body.create({
    http,
    baseUrl: BASE,
    secrets: memorySecrets(),
    redact: () => undefined,
    resolvePath: (typed) => typed,
    options: { wait: '3', cloud },
    ask: nobody(),
    progress: () => undefined,
    warn: expectPrintable,
    debug: () => undefined,
    now: clock.now,
    sleep: clock.sleep,
  });
}

beforeAll(async () => {
  documents = await goodDocuments();
});
beforeEach(async () => {
  answering.asked.length = 0;
  sources = { server: await openSource(false), cloud: await openSource(true) };
});

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) => ({
  prototype,
  members: Reflect.ownKeys(prototype),
}));
afterAll(expectNoPollution);

/** As the faithful fake sends them. */
async function goodDocuments(): Promise<typeof documents> {
  const rig = await openComfyUiRig();
  try {
    rig.fake.addPrompt({ id: JOB, form: 'guided', outputs: [{ count: 2 }, { kind: 'gif' }, { kind: 'text' }] });
    rig.fake.addPrompt({ form: 'linked', outputs: [{ kind: 'video' }, { kind: 'model' }] });
    rig.fake.addPrompt({ outcome: 'error' });
    const read = async (path: string): Promise<unknown> =>
      JSON.parse((await exchange(`http://${rig.host}${path}`)).body.toString('utf8'));
    const rest = { history: await read('/history'), job: await read(`/api/jobs/${JOB}`) };
    rig.fake.addPrompt({ outcome: 'running' });
    return {
      ...rest,
      jobs: await read('/api/jobs?limit=100'),
      queue: await read('/queue'),
      error: { error: 'Job not found', code: 'NOT_FOUND', message: 'Job not found' },
    };
  } finally {
    await rig.shut();
  }
}

function expectNoPollution(): void {
  for (const { prototype, members } of prototypes) expect(Reflect.ownKeys(prototype)).toEqual(members);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

type Way = readonly [place: 'server' | 'cloud', walk: (source: Source) => AsyncIterable<Task>];

const WAYS: Readonly<Record<string, Way>> = {
  job: ['server', (source) => source.open(JOB, {})],
  all: ['server', (source) => source.all!({})],
  continued: ['server', (source) => source.all!({ cursor: `jobs/1/${JOB}` })],
  older: ['server', (source) => source.all!({ cursor: `history/1/${JOB}` })],
  file: ['server', (source) => source.open('https://comfy.invalid/view?filename=a.png', {})],
  cloudJob: ['cloud', (source) => source.open(JOB, {})],
  cloudAll: ['cloud', (source) => source.all!({})],
};

/** How the walks ended: a test in which none, or all, got through would prove little. */
const ends = { items: 0, errors: 0 };

/** Walks all that a document leads to; only an AlbarettoError may end that. */
async function walk(way: string): Promise<void> {
  const [place, tasks] = WAYS[way]!;
  const source = sources[place];
  await orTypedError(async () => {
    let tasksSeen = 0;
    for await (const task of tasks(source)) {
      tasksSeen += 1;
      expectValidTask(task);
      if (tasksSeen > 3) continue;
      let index = 0;
      for await (const item of task.items) {
        index += 1;
        ends.items += 1;
        expectValidItem(item, task);
        if (index > 3) continue;
        await orTypedError(async () => {
          const location = await source.locate({ id: item.id, taskId: item.taskId }, { renew: false });
          if (location.kind === 'request') expect(new URL(location.url).origin).toBe('https://comfy.invalid');
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
  expect(task.createdAt?.getTime()).not.toBeNaN();
  if (task.raw !== undefined) expect(() => JSON.parse(task.raw!.json)).not.toThrow();
  if (task.cursor !== undefined) expect(task.cursor).toMatch(/^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Z}\p{Co}\p{Cn}]{1,1000}$/u);
}

const systems = ['linux', 'win32'] as const;

function expectValidItem(item: Item, task: Task): void {
  expect(item).toMatchObject({ source: 'comfyui', taskId: task.id });
  expect(item.createdAt?.getTime()).not.toBeNaN();
  for (const { json } of [item.raw, ...(item.documents ?? [])]) expect(() => JSON.parse(json)).not.toThrow();
  const { seed, width, height } = item.generation;
  if (seed !== undefined) expect(seed).toMatch(/^-?\d+$/u);
  for (const side of [width, height]) if (side !== undefined) expect(Number.isSafeInteger(side) && side > 0).toBe(true);
  expect(item.id).toMatch(PLAIN_ID);
  const name = fileName({ stem: item.id, extension: 'png' }, { longestName: 255, caseSensitive: true });
  for (const system of systems) if (!isSingleName(name, system)) throw new Error(`${name} is no name on ${system}`);
}

/** What was asked for lies where it should: what a server says did not become a way out of its own folder. */
function expectPlainRequests(): void {
  for (const url of answering.asked) {
    expect(new URL(url).href.split('?')[0]).toMatch(
      /^https:\/\/comfy\.invalid\/studio\/(api\/jobs(\/[^/]+)?|history(\/[^/]+)?|queue|view|api\/view)$/u,
    );
  }
}

const documentArbitrary = () =>
  fc.oneof(...Object.values(documents).map((document) => mutated(document))).chain((body) =>
    fc.record({
      body: fc.constant(body),
      way: fc.constantFrom(...Object.keys(WAYS)),
      // 404 without JSON is what an old server answers: from then on the other way is taken.
      status: fc.oneof(
        { weight: 9, arbitrary: fc.constant(200) },
        fc.constantFrom(400, 401, 403, 404, 405, 429, 500, 503),
      ),
    }),
  );

test(`${DOCUMENTS} mutated documents end in valid tasks or typed errors, each within ${MOST_TIME} ms, and reach no path`, async () => {
  const property = fc.asyncProperty(documentArbitrary(), fc.boolean(), async ({ body, way, status }, isOld) => {
    if (isOld) {
      sources = { ...sources, server: await openSource(false) };
      Object.assign(answering, { body: Buffer.from('404: Not Found'), status: 404 });
      await sources.server
        .open(JOB, {})
        [Symbol.asyncIterator]()
        .next()
        .catch(() => undefined);
    }
    Object.assign(answering, { body, status });
    answering.asked.length = 0;
    // What this process did, and not how long it waited for its turn: the machine may be busy.
    const before = process.cpuUsage();
    await walk(way);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(MOST_TIME);
    expectPlainRequests();
    expectNoPollution();
    if (isOld) sources = { ...sources, server: await openSource(false) };
  });
  await fc.assert(property, { numRuns: DOCUMENTS, endOnFailure: true });
  expect(ends.items).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.errors).toBeGreaterThan(DOCUMENTS / 10);
}, 600_000);

test.each([
  ['job', 'job', 3],
  ['jobs', 'all', 0],
] as const)('a good document (%s) passes the same way', async (document, way, count) => {
  Object.assign(answering, { body: Buffer.from(JSON.stringify(documents[document])), status: 200 });
  const items: string[] = [];
  const [place, tasks] = WAYS[way]!;
  const ids: string[] = [];
  for await (const task of tasks(sources[place])) {
    ids.push(task.id);
    // Each job of the list is answered with the list itself, which is no job.
    for await (const { id } of task.items) items.push(id);
  }
  expect(items).toHaveLength(count);
  expect(ids).toContain(JOB);
});

test('a good history passes through a server without /api/jobs', async () => {
  Object.assign(answering, { body: Buffer.from('404: Not Found'), status: 404 });
  await expect(sources.server.open(JOB, {})[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'E_NOT_FOUND',
  });
  Object.assign(answering, { body: Buffer.from(JSON.stringify(documents.history)), status: 200 });
  const items: string[] = [];
  for await (const task of sources.server.all!({})) for await (const { id } of task.items) items.push(id);
  expect(items).toHaveLength(4);
});
