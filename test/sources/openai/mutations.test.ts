import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSingleName } from '../../../sinks/local-filesystem/file-name.js';
import { extensionOf, fileName } from '../../../src/archive/names.js';
import { AlbarettoError, type Item, type Source, type Task } from '../../../src/plugin.js';
import { exchange } from '../../support/exchange.js';
import { mutated } from '../../support/mutated-documents.js';
import { type Answering, openAnsweredOpenAi, openOpenAiRig } from '../../support/openai-rig.js';

const DOCUMENTS = 10_000;
/** Milliseconds of this process for one document, with all tries and all requests that it leads to. */
const MOST_TIME = 200;
const RESPONSE = `resp_${'a'.repeat(48)}`;
const CONVERSATION = `conv_${'a'.repeat(48)}`;

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^[A-Za-z0-9_-]{1,240}$/u;

let answering: Answering;
let chained: Answering;
let documents: readonly unknown[];

beforeAll(async () => {
  documents = await goodDocuments();
  answering = await openAnsweredOpenAi({ wait: '9' });
  chained = await openAnsweredOpenAi({ wait: '9', chain: true });
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

/** As the faithful fake sends them. */
async function goodDocuments(): Promise<readonly unknown[]> {
  const rig = await openOpenAiRig();
  try {
    const conversation = rig.fake.addConversation();
    const images = [{ bytes: 100 }, { bytes: 100, form: 'list' }, { status: 'failed' }] as const;
    const [, turn] = rig.fake.addChain(2, () => ({ conversation, images }));
    const failed = rig.fake.addResponse({ status: 'failed' });
    const read = async (path: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${rig.fake.key}` };
      return JSON.parse((await exchange(`${rig.apiUrl}${path}`, { headers })).body.toString('utf8'));
    };
    return [
      await read(`/responses/${turn!.id}`),
      await read(`/responses/${turn!.id}/input_items?limit=3`),
      await read(`/conversations/${conversation.id}`),
      await read(`/conversations/${conversation.id}/items?limit=6&order=asc`),
      await read(`/conversations/${conversation.id}/items/${turn!.images[0]!.id}`),
      await read(`/responses/${failed.id}`),
      { error: { message: 'Incorrect API key provided', type: 'x', param: null, code: 'invalid_api_key' } },
    ];
  } finally {
    await rig.shut();
  }
}

const WAYS: Readonly<Record<string, { from: () => Answering; open(source: Source): AsyncIterable<Task> }>> = {
  response: { from: () => answering, open: (source) => source.open(RESPONSE, {}) },
  picture: { from: () => answering, open: (source) => source.open(`${RESPONSE}/ig_1`, {}) },
  chain: { from: () => chained, open: (source) => source.open(RESPONSE, { since: new Date(0) }) },
  conversation: { from: () => answering, open: (source) => source.open(CONVERSATION, {}) },
  item: { from: () => answering, open: (source) => source.open(`${CONVERSATION}/ig_1`, {}) },
};

/** How the walks ended: a test in which none, or all, got through would prove little. */
const ends = { items: 0, errors: 0 };

/**
 * Walks all that documents lead to; only an AlbarettoError may end that.
 * @param source Answered with them.
 */
async function walk(source: Source, tasks: AsyncIterable<Task>): Promise<void> {
  await orTypedError(async () => {
    for await (const task of tasks) {
      expectValidTask(task);
      let index = 0;
      for await (const item of task.items) {
        index += 1;
        ends.items += 1;
        expectValidItem(item, task);
        if (index > 2) continue;
        for (const renew of [false, index === 1]) await orTypedError(() => locate(source, item, renew));
      }
    }
  });
}

async function locate(source: Source, item: Item, renew: boolean): Promise<void> {
  const location = await source.locate(item, { renew });
  expect(location.kind === 'bytes' ? location.bytes.length : 0).toBeGreaterThan(0);
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
  expect(() => JSON.parse(task.raw?.json ?? '')).not.toThrow();
}

const systems = ['linux', 'win32'] as const;

function expectValidItem(item: Item, task: Task): void {
  expect(item).toMatchObject({ source: 'openai', taskId: task.id });
  expect(item.id).toMatch(PLAIN_ID);
  for (const time of [item.createdAt, item.expiresAt]) expect(time?.getTime()).not.toBeNaN();
  expect(item.raw.redacted.length).toBeGreaterThan(0);
  expect(() => JSON.parse(item.raw.json)).not.toThrow();
  const parts = { stem: item.id, extension: extensionOf(item.mediaType ?? '') };
  const name = fileName(parts, { longestName: 255, caseSensitive: true });
  for (const system of systems) if (!isSingleName(name, system)) throw new Error(`${name} is no name on ${system}`);
}

/** What was asked for lies where it should: what a service says did not become a way out of the API's own folder. */
function expectPlainRequests(asked: readonly string[]): void {
  for (const url of asked) {
    const { origin, pathname } = new URL(url);
    expect(origin).toBe('https://api.openai.invalid');
    expect(pathname).toMatch(/^\/v1\/(responses\/[\w-]+(\/input_items)?|conversations\/[\w-]+(\/items(\/[\w-]+)?)?)$/u);
  }
}

/** A response, and what its input is said to be: two documents, of which one is good. */
const documentArbitrary = () =>
  fc.record({
    body: fc.oneof(...documents.map((document) => mutated(document))),
    way: fc.constantFrom(...Object.keys(WAYS)),
    good: fc.constantFrom('none', 'lists', 'things'),
    status: fc.oneof({ weight: 9, arbitrary: fc.constant(200) }, fc.constantFrom(400, 401, 403, 404, 429, 500, 503)),
  });

/** Answers lists, or single things, or nothing, with a good document, and the rest with the mutated one. */
function serve(to: Answering, body: Buffer, good: string, status: number): void {
  if (good === 'none') {
    to.answer(body, status);
    return;
  }
  const whole = documents.map((document) => Buffer.from(JSON.stringify(document)));
  to.serve(({ pathname }) => {
    const isList = /items$/u.test(pathname);
    if (isList !== (good === 'lists')) return body;
    if (isList) return whole[pathname.includes('input') ? 1 : 3]!;
    return whole[pathname.includes('/items/') ? 4 : pathname.includes('conversations') ? 2 : 0]!;
  });
}

test(`${DOCUMENTS} mutated documents end in valid tasks or typed errors, each within ${MOST_TIME} ms, and reach no path`, async () => {
  const property = fc.asyncProperty(documentArbitrary(), async ({ body, way, good, status }) => {
    const to = WAYS[way]!.from();
    serve(to, body, good, status);
    // What this process did, and not how long it waited for its turn: the machine may be busy.
    const before = process.cpuUsage();
    await walk(to.source, WAYS[way]!.open(to.source));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(MOST_TIME);
    expectPlainRequests(to.asked);
    expectNoPollution();
  });
  await fc.assert(property, { numRuns: DOCUMENTS, endOnFailure: true });
  expect(ends.items).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.errors).toBeGreaterThan(DOCUMENTS / 10);
}, 300_000);

test('good documents pass the same way', async () => {
  serve(answering, Buffer.from(JSON.stringify(documents[0])), 'lists', 200);
  for (const [way, most] of [
    ['response', 2],
    ['conversation', 2],
  ] as const) {
    let count = 0;
    for await (const task of WAYS[way]!.open(answering.source)) {
      for await (const item of task.items) {
        expectValidItem(item, task);
        count += 1;
        if (count === most) break;
      }
    }
    expect(count).toBe(most);
  }
});
