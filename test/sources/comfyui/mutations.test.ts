import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import descriptor from '../../../sources/comfyui/index.js';
import type { Source, Task } from '../../../src/plugin.js';
import { type Answered, openAnswered } from '../../support/answered-source.js';
import { openComfyUiRig } from '../../support/comfyui-rig.js';
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

const BASE = 'https://comfy.invalid/studio';
const JOB = '3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f';

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^(?!\.{1,2}$)[^/\\?#%\p{Cc}\p{Cf}\p{Cs}]{1,300}$/u;

let answering: Answered;
/** A server that was not asked anything yet, one that is known to have no /api/jobs, and Comfy Cloud. */
let sources: Record<'server' | 'old' | 'cloud', Source>;
let documents: Readonly<Record<'jobs' | 'job' | 'history' | 'queue' | 'error', unknown>>;

const openSource = (cloud: boolean): Source => answering.another({ wait: '3', cloud });

beforeAll(async () => {
  documents = await goodDocuments();
  answering = await openAnswered({ descriptor, baseUrl: BASE, policy: TWO_TRIES, told: demandPrintable });
});
beforeEach(async () => {
  sources = { server: openSource(false), old: openSource(false), cloud: openSource(true) };
  answering.answer('404: Not Found', 404);
  await expect(sources.old.open(JOB, {})[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
});

/** As the faithful fake sends them. */
async function goodDocuments(): Promise<typeof documents> {
  const rig = await openComfyUiRig();
  try {
    rig.fake.addPrompt({ id: JOB, form: 'guided', outputs: [{}, { kind: 'text' }] });
    rig.fake.addPrompt({ form: 'linked', outputs: [{ kind: 'gif' }, { kind: 'model' }] });
    const read = async (path: string): Promise<unknown> =>
      JSON.parse((await exchange(`http://${rig.host}${path}`)).body.toString('utf8'));
    const rest = { history: await read('/history'), job: await read(`/api/jobs/${JOB}`) };
    rig.fake.addPrompt({ outcome: 'error' });
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

type Way = readonly [place: keyof typeof sources, walk: (source: Source) => AsyncIterable<Task>];

const WAYS: Readonly<Record<string, Way>> = {
  job: ['server', (source) => source.open(JOB, {})],
  all: ['server', (source) => source.all!({})],
  continued: ['server', (source) => source.all!({ cursor: `jobs/1/${JOB}` })],
  file: ['server', (source) => source.open('https://comfy.invalid/view?filename=a.png', {})],
  oldJob: ['old', (source) => source.open(JOB, {})],
  oldAll: ['old', (source) => source.all!({})],
  older: ['old', (source) => source.all!({ cursor: `history/1/${JOB}` })],
  cloudJob: ['cloud', (source) => source.open(JOB, {})],
  cloudAll: ['cloud', (source) => source.all!({})],
};

const ends = new Ends();
const forms = { source: 'comfyui', id: PLAIN_ID, cursor: /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Z}\p{Co}\p{Cn}]{1,1000}$/u };

/** Walks all that a document leads to; only an AlbarettoError may end that. */
async function walk(way: string): Promise<void> {
  const [place, tasks] = WAYS[way]!;
  const source = sources[place];
  await ends.orTypedError(async () => {
    let tasksSeen = 0;
    for await (const task of tasks(source)) {
      tasksSeen += 1;
      demandTask(task, forms);
      if (tasksSeen > 2) continue;
      let index = 0;
      for await (const item of task.items) {
        index += 1;
        ends.items += 1;
        demandItem(item, task, PLAIN_ID);
        if (index > 3) continue;
        await ends.orTypedError(async () => {
          const location = await source.locate({ id: item.id, taskId: item.taskId }, { renew: false });
          if (location.kind === 'request')
            demand(new URL(location.url).origin === 'https://comfy.invalid', `${item.id} is at ${location.url}`);
        });
      }
    }
  });
}

/** What was asked for lies where it should: what a server says did not become a way out of its own folder. */
function demandPlainRequests(): void {
  for (const { url } of answering.asked) {
    const { origin, pathname } = new URL(url);
    demandForm(
      `${origin}${pathname}`,
      /^https:\/\/comfy\.invalid\/studio\/(api\/jobs(\/[^/]+)?|history(\/[^/]+)?|queue|view|api\/view)$/u,
    );
  }
}

const served = () =>
  fc.record({
    given: fc.oneof(...Object.values(documents).map((document) => mutated(document))),
    way: fc.constantFrom(...Object.keys(WAYS)),
    // 404 without JSON is what an old server answers: from then on the other way is taken.
    status: fc.oneof(
      { weight: 9, arbitrary: fc.constant(200) },
      fc.constantFrom(400, 401, 403, 404, 405, 429, 500, 503),
    ),
  });

test(`${DOCUMENTS} mutated documents end in valid tasks or typed errors, each within ${MOST_TIME} ms, and reach no path`, async () => {
  await runMutated(served(), async ({ given, way, status }) => {
    sources.server = openSource(false);
    answering.answer(given, status);
    await walk(way);
    demandPlainRequests();
  });
  expect(ends.items).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.errors).toBeGreaterThan(DOCUMENTS / 10);
}, 600_000);

test.each([
  ['job', 'job', 1],
  ['jobs', 'all', 0],
] as const)('a good document (%s) passes the same way', async (document, way, count) => {
  answering.answer(JSON.stringify(documents[document]), 200);
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
  answering.answer(JSON.stringify(documents.history), 200);
  const items: string[] = [];
  for await (const task of sources.old.all!({})) for await (const { id } of task.items) items.push(id);
  expect(items).toHaveLength(2);
});
