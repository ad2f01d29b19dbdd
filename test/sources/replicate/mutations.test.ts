import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'lossless-json';
import type { Item, Source, Task } from '../../../src/plugin.js';
import type { Answered } from '../../support/answered-source.js';
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
import { openAnsweredReplicate, openReplicateRig, START } from '../../support/replicate-rig.js';

const PREDICTION = 'a'.repeat(26);

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^[A-Za-z0-9_-]{1,200}$/u;

let answering: Answered;
let source: Source;
let documents: readonly unknown[];

beforeAll(async () => {
  documents = await goodDocuments();
  answering = await openAnsweredReplicate({ wait: '9' });
  source = answering.source;
});

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
    const [running, removed] = [add('list', { status: 'processing' }), add('list', { created: START - 2 * 3_600_000 })];
    const [page, lastPage] = [
      [list, nested, failed],
      [running, inline, removed],
    ].map((results, index) => ({
      previous: null,
      next: index === 0 ? next : null,
      results,
    }));
    const refusal = { title: 'Unauthenticated', detail: 'Your rate limit resets in ~3s.', status: 401 };
    return [list, nested, inline, page, lastPage, failed, refusal];
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

const ends = new Ends();
const forms = { source: 'replicate', id: PLAIN_ID, cursor: /^[\x20-\x7e]{1,200}$/u };

/** Walks all that a document leads to; only an AlbarettoError may end that. */
async function walk(way: string): Promise<void> {
  await ends.orTypedError(async () => {
    for await (const task of WAYS[way]!()) {
      demandTask(task, forms);
      let index = 0;
      for await (const item of task.items) {
        index += 1;
        ends.items += 1;
        demandItem(item, task, PLAIN_ID);
        demand(item.id === `${task.id}-${item.index}`, `${item.id} is not called by its number`);
        demand(!/;base64,[A-Za-z0-9+/]{40}/u.test(item.raw.json), `the record of ${item.id} holds its bytes`);
        if (index > 3) continue;
        for (const renew of [false, index === 1]) await ends.orTypedError(() => locate(item, renew));
      }
    }
  });
}

async function locate({ id, taskId }: Item, renew: boolean): Promise<void> {
  const location = await source.locate({ id, taskId }, { renew });
  if (location.kind === 'bytes') demand(location.bytes.length > 0, `${id} has no bytes`);
  if (location.kind !== 'request') return;
  const { protocol, hostname, username, password } = new URL(location.url);
  demand(protocol === 'https:' && username + password === '', `${id} is at ${location.url}`);
  demandForm(`.${hostname}`, /\.(replicate\.delivery|api\.replicate\.invalid)$/u);
}

/** What was asked for lies where it should: what a service says did not become a way out of the API's own folder. */
function demandPlainRequests(): void {
  for (const { url } of answering.asked) {
    const { origin, pathname } = new URL(url);
    demandForm(`${origin}${pathname}`, /^https:\/\/api\.replicate\.invalid\/v1\/predictions(\/[A-Za-z0-9_-]+)?$/u);
  }
}

const served = () =>
  fc.record({
    body: fc.oneof(...documents.map((document) => mutated(document))),
    way: fc.constantFrom(...Object.keys(WAYS)),
    status: fc.oneof({ weight: 9, arbitrary: fc.constant(200) }, fc.constantFrom(400, 401, 403, 404, 429, 500, 503)),
  });

test(`${DOCUMENTS} mutated documents end in valid tasks or typed errors, each within ${MOST_TIME} ms, and reach no path`, async () => {
  await runMutated(served(), async ({ body, way, status }) => {
    answering.answer(body, status);
    await walk(way);
    demandPlainRequests();
  });
  expect(ends.items).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.errors).toBeGreaterThan(DOCUMENTS / 10);
}, 300_000);

test('a good page passes the same way, with what is absent', async () => {
  answering.answer(Buffer.from(JSON.stringify(documents[4])), 200);
  const tasks: [string | undefined, number][] = [];
  for await (const task of source.all!({})) {
    let count = 0;
    for await (const _item of task.items) count += 1;
    tasks.push([task.absent, count]);
  }
  expect(tasks).toEqual([
    ['pending', 0],
    [undefined, 1],
    ['gone', 0],
  ]);
});
