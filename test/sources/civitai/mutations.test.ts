import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import descriptor from '../../../sources/civitai/index.js';
import type { Source, Task } from '../../../src/plugin.js';
import { type Answered, openAnswered } from '../../support/answered-source.js';
import { openCivitaiRig } from '../../support/civitai-rig.js';
import { exchange } from '../../support/exchange.js';
import { mutated } from '../../support/mutated-documents.js';
import {
  DOCUMENTS,
  demand,
  demandForm,
  demandItem,
  demandPrintable,
  demandTask,
  Ends,
  MOST_TIME,
  runMutated,
  TWO_TRIES,
} from '../../support/mutation-run.js';

const BASE = 'https://orchestration.invalid';
const SITE = 'https://site.invalid';
const WORKFLOW = '1234567-20261120093012345';

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^(?!\.{1,2}$)[^/\\?#%\p{Cc}\p{Cf}\p{Cs}]{1,210}$/u;

let answering: Answered;
let source: Source;
let documents: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  documents = await goodDocuments();
  answering = await openAnswered({
    descriptor,
    baseUrl: BASE,
    policy: TWO_TRIES,
    options: { wait: '9', 'site-url': SITE },
    told: demandPrintable,
  });
  source = answering.source;
});
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
      page: await read(`${api}?take=2`),
      images: await read(`http://${hosts.site}/api/v1/images?postId=7&withMeta=true&flatMeta=true&browsingLevel=31`),
      problem: { type: 'x', title: 'Bad Request', status: 400, detail: 'no', errors: { take: ['is wrong'] } },
      error: { error: { name: 'ZodError', message: 'Invalid input' } },
    };
  } finally {
    await rig.shut();
  }
}

const WAYS: Readonly<Record<string, () => AsyncIterable<Task>>> = {
  workflow: () => source.open(WORKFLOW, {}),
  list: () => source.all!({}),
  continued: () => source.all!({ cursor: 'abc' }),
  image: () => source.open('image-5', {}),
  post: () => source.open('post-7', {}),
};

const ends = new Ends();
const forms = { source: 'civitai', id: PLAIN_ID, cursor: /^[\x21-\x7e]{1,1000}$/u };

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
        if (index > 3) continue;
        await ends.orTypedError(async () => {
          const location = await source.locate({ id: item.id, taskId: item.taskId }, { renew: false });
          demand(location.kind === 'request' && location.headers === undefined, `${item.id} is at no public link`);
        });
      }
    }
  });
}

/** Only what lies in the two lists is asked for, and nothing but read: what a service says does not become a way elsewhere. */
const PLAIN_REQUEST =
  /^GET https:\/\/(orchestration\.invalid\/v2\/consumer\/workflows(\/[^/?]+)?|site\.invalid\/api\/v1\/images)(\?.*)?$/su;

const served = () =>
  fc.record({
    body: fc.oneof(...Object.values(documents).map((document) => mutated(document))),
    way: fc.constantFrom(...Object.keys(WAYS)),
    status: fc.oneof({ weight: 9, arbitrary: fc.constant(200) }, fc.constantFrom(400, 401, 403, 404, 429, 500, 503)),
  });

test(`${DOCUMENTS} mutated documents end in valid tasks or typed errors, each within ${MOST_TIME} ms, and reach no path`, async () => {
  await runMutated(served(), async ({ body, way, status }) => {
    answering.answer(body, status);
    await walk(way);
    for (const { method, url } of answering.asked) demandForm(`${method} ${url}`, PLAIN_REQUEST);
  });
  expect(ends.items).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.errors).toBeGreaterThan(DOCUMENTS / 10);
}, 600_000);

test.each([
  ['workflow', 'workflow', 2],
  ['video', 'workflow', 1],
  ['page', 'list', 2],
  ['images', 'post', 2],
  ['images', 'image', 1],
] as const)('a good document (%s) passes the same way (%s)', async (document, way, count) => {
  answering.answer(JSON.stringify(documents[document]));
  const items: string[] = [];
  for await (const task of WAYS[way]!()) for await (const { id } of task.items) items.push(id);
  expect(items).toHaveLength(count);
});
