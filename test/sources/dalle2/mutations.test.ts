import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import descriptor from '../../../sources/dalle2/index.js';
import { flatLayout } from '../../../src/archive/general-layouts.js';
import type { Source, Task } from '../../../src/plugin.js';
import { type Answered, openAnswered } from '../../support/answered-source.js';
import { openDalle2Rig } from '../../support/dalle2-rig.js';
import { exchange } from '../../support/exchange.js';
import { mutated } from '../../support/mutated-documents.js';
import {
  DOCUMENTS,
  demand,
  demandForm,
  demandItem,
  demandSingleName,
  demandTask,
  Ends,
  MOST_TIME,
  runMutated,
  TWO_TRIES,
} from '../../support/mutation-run.js';

const BASE = 'https://labs.invalid/api/labs';
const TASK = 'task-AAAAAAAAAAAAAAAAAAAAAAAA';

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^(?!\.{1,2}$)[^/\\?#%\p{Cc}\p{Cf}\p{Cs}]{1,210}$/u;

let answering: Answered;
let source: Source;
let documents: Readonly<Record<'page' | 'task' | 'edit' | 'generation' | 'error', unknown>>;

beforeAll(async () => {
  documents = await goodDocuments();
  answering = await openAnswered({ descriptor, baseUrl: BASE, policy: TWO_TRIES, options: { wait: '9' } });
  source = answering.source;
});
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

const WAYS: Readonly<Record<string, () => AsyncIterable<Task>>> = {
  task: () => source.open(TASK, {}),
  generation: () => source.open('generation-AAAAAAAAAAAAAAAAAAAAAAAA', {}),
  history: () => source.all!({}),
};

const ends = new Ends();
const forms = { source: 'dalle2', id: PLAIN_ID, cursor: /^\d+ [^\p{Cc}\p{Cf}]{1,250}$/u };

/** Walks all that a document leads to; only an AlbarettoError may end that. */
async function walk(way: string): Promise<void> {
  const layout = flatLayout({ longestName: 255, caseSensitive: true });
  await ends.orTypedError(async () => {
    for await (const task of WAYS[way]!()) {
      demandTask(task, forms);
      let index = 0;
      for await (const item of task.items) {
        index += 1;
        ends.items += 1;
        demandItem(item, task, PLAIN_ID);
        const own = [item, ...(item.companions ?? [])];
        for (const { id } of own) demandSingleName(layout.nameOf({ ...item, id }));
        if (index > 3) continue;
        for (const { id } of own) {
          await ends.orTypedError(async () => {
            const location = await source.locate({ id, taskId: item.taskId }, { renew: false });
            demand(location.kind === 'request', `${id} is at no link`);
          });
        }
      }
    }
  });
}

/** What was asked for lies where it should: what a service says did not become a way out of the API's own folder. */
function demandPlainRequests(): void {
  for (const { url } of answering.asked)
    demandForm(new URL(url).pathname, /^\/api\/labs\/(tasks|generations)(\/[^/]+)?$/u);
}

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
    demandPlainRequests();
  });
  expect(ends.items).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.errors).toBeGreaterThan(DOCUMENTS / 10);
}, 300_000);

test('a history that says it has pages without end, and brings nothing new, ends in a typed error', async () => {
  const page = { ...(documents.page as object), total_pages: 1e300 };
  answering.answer(JSON.stringify(page));
  const read = async () => {
    for await (const task of source.all!({})) demandTask(task, forms);
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
    answering.answer(JSON.stringify(edit));
    const companions: string[] = [];
    for await (const task of source.open(TASK, {})) {
      for await (const item of task.items) companions.push(...(item.companions ?? []).map(({ id }) => id));
    }
    expect(companions.map((id) => id.split('-')[0])).toEqual(['prompt', 'prompt']);
  },
);

test('a good document passes the same way', async () => {
  answering.answer(JSON.stringify(documents.page));
  const items: string[] = [];
  for await (const task of source.all!({})) for await (const { id } of task.items) items.push(id);
  expect(items).toHaveLength(3);
});
