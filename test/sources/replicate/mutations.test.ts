import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'lossless-json';
import { isSingleName } from '../../../sinks/local-filesystem/file-name.js';
import { extensionOf, fileName } from '../../../src/archive/names.js';
import { AlbarettoError, type Item, type Source, type Task } from '../../../src/plugin.js';
import { mutated } from '../../support/mutated-documents.js';
import { type Answering, openAnsweredReplicate, openReplicateRig } from '../../support/replicate-rig.js';

const DOCUMENTS = 10_000;
/** Milliseconds of this process for one document, with all tries and all requests that it leads to. */
const MOST_TIME = 200;
const PREDICTION = 'a'.repeat(26);

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^[A-Za-z0-9_-]{1,200}$/u;

let answering: Answering;
let source: Source;
let documents: readonly unknown[];

beforeAll(async () => {
  documents = await goodDocuments();
  answering = await openAnsweredReplicate({ wait: '9' });
  source = answering.source;
});

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) => ({
  prototype,
  members: Reflect.ownKeys(prototype),
}));
afterAll(expectNoPollution);

function expectNoPollution(): void {
  for (const { prototype, members } of prototypes) expect(Reflect.ownKeys(prototype)).toEqual(members);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

/** As the faithful fake would send them, with the names that real hosts have. */
async function goodDocuments(): Promise<readonly unknown[]> {
  const rig = await openReplicateRig();
  try {
    const named = (record: object) => JSON.parse((stringify(record) ?? '').replaceAll(/http:\/\/127[^/]+/gu, DELIVERY));
    const add = (output: 'list' | 'nested' | 'data-uri', more = {}) =>
      named(rig.fake.recordOf(rig.fake.addPrediction({ output, fileBytes: 100, ...more })));
    const [list, nested, inline] = [add('list', { count: 3 }), add('nested', { inputPicture: true }), add('data-uri')];
    const failed = add('list', { status: 'failed' });
    const next = 'https://api.replicate.invalid/v1/predictions?cursor=cD0yMDI2';
    const page = { previous: null, next, results: [list, nested, failed, inline] };
    const refusal = { title: 'Unauthenticated', detail: 'Your rate limit resets in ~3s.', status: 401 };
    return [list, nested, inline, page, { ...page, next: null }, failed, refusal];
  } finally {
    await rig.shut();
  }
}

const DELIVERY = 'https://replicate.delivery';

const WAYS: Readonly<Record<string, () => AsyncIterable<Task>>> = {
  prediction: () => source.open(PREDICTION, {}),
  history: () => source.all!({}),
  since: () => source.all!({ since: new Date('2026-11-20'), until: new Date('2026-11-21') }),
  continued: () => source.all!({ cursor: `2026-11-20T09:00:00.123Z ${PREDICTION}` }),
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
        for (const renew of [false, index === 1]) await orTypedError(() => locate(item, renew));
      }
    }
  });
}

async function locate({ id, taskId }: Item, renew: boolean): Promise<void> {
  const location = await source.locate({ id, taskId }, { renew });
  if (location.kind === 'bytes') expect(location.bytes.length).toBeGreaterThan(0);
  if (location.kind !== 'request') return;
  const { protocol, hostname, username, password } = new URL(location.url);
  expect([protocol, username, password]).toEqual(['https:', '', '']);
  expect(`.${hostname}`).toMatch(/\.(replicate\.delivery|api\.replicate\.invalid)$/u);
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
  for (const time of [task.createdAt, task.expiresAt]) expect(time?.getTime()).not.toBeNaN();
  expect(task.cursor ?? 'none').toMatch(/^[\x20-\x7e]{1,200}$/u);
  if (task.absent !== undefined) expect([task.count, task.raw]).toEqual([0, undefined]);
  else expect(() => JSON.parse(task.raw?.json ?? '')).not.toThrow();
}

const systems = ['linux', 'win32'] as const;

function expectValidItem(item: Item, task: Task): void {
  expect(item).toMatchObject({ source: 'replicate', taskId: task.id, id: `${task.id}-${item.index}` });
  for (const time of [item.createdAt, item.expiresAt]) expect(time?.getTime()).not.toBeNaN();
  expect(item.generation.seed ?? '0').toMatch(/^-?\d{1,40}$/u);
  expect(item.raw.json).not.toMatch(/;base64,[A-Za-z0-9+/]{40}/u);
  const parts = { stem: item.id, extension: extensionOf(item.mediaType ?? '') };
  const name = fileName(parts, { longestName: 255, caseSensitive: true });
  for (const system of systems) if (!isSingleName(name, system)) throw new Error(`${name} is no name on ${system}`);
}

/** What was asked for lies where it should: what a service says did not become a way out of the API's own folder. */
function expectPlainRequests(): void {
  for (const url of answering.asked) {
    const { origin, pathname } = new URL(url);
    expect(origin).toBe('https://api.replicate.invalid');
    expect(pathname).toMatch(/^\/v1\/predictions(\/[A-Za-z0-9_-]+)?$/u);
  }
}

const documentArbitrary = () =>
  fc.oneof(...documents.map((document) => mutated(document))).chain((body) =>
    fc.record({
      body: fc.constant(body),
      way: fc.constantFrom(...Object.keys(WAYS)),
      status: fc.oneof({ weight: 9, arbitrary: fc.constant(200) }, fc.constantFrom(400, 401, 403, 404, 429, 500, 503)),
    }),
  );

test(`${DOCUMENTS} mutated documents end in valid tasks or typed errors, each within ${MOST_TIME} ms, and reach no path`, async () => {
  const property = fc.asyncProperty(documentArbitrary(), async ({ body, way, status }) => {
    answering.answer(body, status);
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

test('a good page passes the same way', async () => {
  answering.answer(Buffer.from(JSON.stringify(documents[4])), 200);
  const ids: string[] = [];
  for await (const task of source.all!({})) for await (const { id } of task.items) ids.push(id);
  expect(ids).toHaveLength(3 + 3 + 1);
});
