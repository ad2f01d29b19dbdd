import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Item, Source, Task } from '../../../src/plugin.js';
import type { Answered } from '../../support/answered-source.js';
import { exchange } from '../../support/exchange.js';
import { mutated } from '../../support/mutated-documents.js';
import {
  DOCUMENTS,
  demand,
  demandForm,
  demandItem,
  demandTask,
  Ends,
  MOST_TIME,
  runMutated,
} from '../../support/mutation-run.js';
import { openAnsweredOpenAi, openOpenAiRig } from '../../support/openai-rig.js';

const RESPONSE = `resp_${'a'.repeat(48)}`;
const CONVERSATION = `conv_${'a'.repeat(48)}`;

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^[A-Za-z0-9_-]{1,240}$/u;

let answering: Answered;
let chained: Answered;
let documents: readonly unknown[];
/** The same as they are sent. */
let whole: readonly Buffer[];

beforeAll(async () => {
  documents = await goodDocuments();
  whole = documents.map((document) => Buffer.from(JSON.stringify(document)));
  answering = await openAnsweredOpenAi({ wait: '9' });
  chained = await openAnsweredOpenAi({ wait: '9', chain: true });
});

/** As the faithful fake sends them. */
async function goodDocuments(): Promise<readonly unknown[]> {
  const rig = await openOpenAiRig();
  try {
    const conversation = rig.fake.addConversation();
    const images = [{ bytes: 100, form: 'list' }, { status: 'failed' }] as const;
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

const WAYS: Readonly<Record<string, { from: () => Answered; open(source: Source): AsyncIterable<Task> }>> = {
  response: { from: () => answering, open: (source) => source.open(RESPONSE, {}) },
  picture: { from: () => answering, open: (source) => source.open(`${RESPONSE}/ig_1`, {}) },
  chain: { from: () => chained, open: (source) => source.open(RESPONSE, { since: new Date(0) }) },
  conversation: { from: () => answering, open: (source) => source.open(CONVERSATION, {}) },
  item: { from: () => answering, open: (source) => source.open(`${CONVERSATION}/ig_1`, {}) },
};

const ends = new Ends();
const forms = { source: 'openai', id: PLAIN_ID };

/**
 * Walks all that documents lead to; only an AlbarettoError may end that.
 * @param source Answered with them.
 */
async function walk(source: Source, tasks: AsyncIterable<Task>): Promise<void> {
  await ends.orTypedError(async () => {
    for await (const task of tasks) {
      demandTask(task, forms);
      let index = 0;
      for await (const item of task.items) {
        index += 1;
        ends.items += 1;
        demandItem(item, task, PLAIN_ID);
        demand(item.raw.redacted.length > 0, `the record of ${item.id} holds its bytes`);
        if (index > 2) continue;
        for (const renew of [false, index === 1]) await ends.orTypedError(() => locate(source, item, renew));
      }
    }
  });
}

async function locate(source: Source, item: Item, renew: boolean): Promise<void> {
  const location = await source.locate(item, { renew });
  demand(location.kind === 'bytes' && location.bytes.length > 0, `${item.id} has no bytes`);
}

/** What was asked for lies where it should: what a service says did not become a way out of the API's own folder. */
function demandPlainRequests({ asked }: Answered): void {
  for (const { url } of asked) {
    const { origin, pathname } = new URL(url);
    demand(origin === 'https://api.openai.invalid', `${origin} was asked`);
    demandForm(pathname, /^\/v1\/(responses\/[\w-]+(\/input_items)?|conversations\/[\w-]+(\/items(\/[\w-]+)?)?)$/u);
  }
}

/** A response, and what its input is said to be: two documents, of which one is good. */
const served = () =>
  fc.record({
    body: fc.oneof(...documents.map((document) => mutated(document))),
    way: fc.constantFrom(...Object.keys(WAYS)),
    // Good things with a bad list are asked for again and again: fewer of them.
    good: fc.constantFrom('none', 'none', 'lists', 'lists', 'things'),
    status: fc.oneof({ weight: 9, arbitrary: fc.constant(200) }, fc.constantFrom(400, 401, 403, 404, 429, 500, 503)),
  });

/** Answers lists, or single things, or nothing, with a good document, and the rest with the mutated one. */
function serve(to: Answered, body: Buffer, good: string, status: number): void {
  if (good === 'none') {
    to.answer(body, status);
    return;
  }
  to.serve(({ pathname }) => {
    const isList = /items$/u.test(pathname);
    if (isList !== (good === 'lists')) return body;
    if (isList) return whole[pathname.includes('input') ? 1 : 3]!;
    return whole[pathname.includes('/items/') ? 4 : pathname.includes('conversations') ? 2 : 0]!;
  });
}

test(`${DOCUMENTS} mutated documents end in valid tasks or typed errors, each within ${MOST_TIME} ms, and reach no path`, async () => {
  await runMutated(served(), async ({ body, way, good, status }) => {
    const to = WAYS[way]!.from();
    serve(to, body, good, status);
    await walk(to.source, WAYS[way]!.open(to.source));
    demandPlainRequests(to);
  });
  expect(ends.items).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.errors).toBeGreaterThan(DOCUMENTS / 10);
}, 300_000);

test.each(['response', 'conversation'])('good documents pass the same way (%s)', async (way) => {
  serve(answering, whole[0]!, 'lists', 200);
  const first = async () => {
    for await (const task of WAYS[way]!.open(answering.source)) {
      // The next page of a list is the same one again, which ends it.
      for await (const item of task.items) return [task, item] as const;
    }
    throw new Error('there is no item');
  };
  const [task, item] = await first();
  demandItem(item, task, PLAIN_ID);
  await expect(answering.source.locate(item, { renew: false })).resolves.toMatchObject({ kind: 'bytes' });
});
