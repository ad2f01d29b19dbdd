import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Item, Task } from '../../../src/plugin.js';
import { isSignedUrl } from '../../../src/raw.js';
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
} from '../../support/mutation-run.js';
import { png } from '../../support/pictures.js';
import { type FolderRig, openFolderRig } from './folder-rig.js';
import { memoryDisk } from './memory-disk.js';

/** Nothing that means something in a path, and nothing that drives a terminal. */
const PLAIN_ID = /^(?!\.{1,2}$)[^/\\\p{Cc}\p{Cs}]{1,1000}$/u;

const sha256 = 'a'.repeat(64);
const payload = { prompt: 'a fern', negativePrompt: '', modelId: 'm1', lora: [{ id: 'l1', weight: 0.8 }], seed: 7 };
const metadata = {
  id: 'img-1',
  createdAt: '2023-11-14T22:11:20.000Z',
  inference_prefetch: { inferenceId: 'inf-1', inferenceType: 'TEXT_TO_IMAGE', inferencePayload: payload },
  model_prefetch: { id: 'm1', name: 'Model 1' },
};

/** By the folder and the file that it is written to; every folder holds a good archive otherwise. */
const GOOD: Readonly<Record<string, unknown>> = {
  'own/x.json': {
    albaretto: 1,
    source: 'dalle2',
    task: 'task-1',
    id: 'x',
    index: 1,
    title: 'T',
    prompt: 'P',
    seed: '18446744073709551615',
    width: 8,
    taskTitle: 'U',
    steps: 20,
    sampler: 'euler',
    guidance: 7.5,
    durationMs: 9000,
    cost: '4 buzz',
    createdAt: '2022-09-28T12:00:00.000Z',
    file: 'x.png',
    mediaType: 'image/png',
    size: 294,
    sha256,
    companions: [{ role: 'mask', file: 'x-mask.png', mediaType: 'image/png', size: 294, sha256 }],
    raw: { id: 'x', task: 'task-1', link: 'https://x.invalid/a?sig=1', n: 1.5 },
    redacted: ['raw.link'],
  },
  'own/task-1_album.json': { id: 'task-1', link: 'https://x.invalid/a?sig=1' },
  'gallery/img-1_metadata.json': metadata,
  'gallery/inf-1_inference.json': { inferenceId: 'inf-1', images: [{ id: 'img-2' }, { id: 'img-1' }] },
  'gallery/models/m1.json': { id: 'm1', url: 'https://x.invalid/m?token=1' },
  'album/metadata_aB3dE5f.json': { id: 'aB3dE5f', datetime: 1_600_000_000, title: 'T', description: null, n_media: 2 },
  'album/script_aB3dE5f.json': { 0: 'one', 1: 'two' },
  'album/descriptions_aB3dE5f.json': { one: null, two: 'a text' },
};

const { disk, write } = memoryDisk();
const good = new Map(Object.entries(GOOD).map(([name, document]) => [name, Buffer.from(JSON.stringify(document))]));
let rig: FolderRig;
beforeAll(() => {
  rig = openFolderRig({ disk });
  for (const [name, content] of good) write(rig.path(name), content);
  for (const name of ['own/x.png', 'own/x-mask.png', 'gallery/img-1.png', 'album/one.png', 'album/two.png'])
    write(rig.path(name), png(8, 8, 1));
});
afterAll(() => rig.close());

/** How the walks ended, and how many pictures had a record that was believed. */
const ends = Object.assign(new Ends(), { recorded: 0 });

async function walk(folder: string): Promise<void> {
  await ends.orTypedError(async () => {
    for await (const task of rig.source.open(`./${folder}`, {})) {
      demandTask(task, { source: task.source, id: PLAIN_ID });
      for await (const item of task.items) {
        ends.items += 1;
        demandWholeItem(item, task);
        for (const part of [item, ...(item.companions ?? [])]) {
          await ends.orTypedError(async () => {
            const location = await rig.source.locate(part, { renew: false });
            demand(location.kind === 'stream', `${part.id} is not read from the disk`);
          });
        }
      }
    }
  });
}

/** A folder may hold items of several sources and tasks. */
function demandWholeItem(item: Item, task: Task): void {
  const { source, taskId, raw, documents = [] } = item;
  if (source !== 'local-filesystem') ends.recorded += 1;
  demandForm(source, /^[a-z][a-z0-9-]*$/u);
  demandForm(taskId, PLAIN_ID);
  demandItem(item, { ...task, source, id: taskId }, PLAIN_ID);
  for (const { json } of [raw, ...documents]) demandNoLink(json);
}

/** No link that works: JSON writes the sign before its query as it is. */
function demandNoLink(json: string): void {
  if (!json.includes('?')) return;
  const signed = (value: unknown): boolean => {
    // A link in a longer text ends where that goes on.
    if (typeof value === 'string') return !/\s/u.test(value) && isSignedUrl(value);
    return typeof value === 'object' && value !== null && Object.values(value).some(signed);
  };
  demand(!signed(JSON.parse(json)), 'a record keeps a link that works');
}

const served = fc
  .constantFrom(...Object.keys(GOOD))
  .chain((name) => fc.record({ name: fc.constant(name), bytes: mutated(GOOD[name]) }));

test(`${DOCUMENTS} mutated records end in valid items or typed errors, each within ${MOST_TIME} ms`, async () => {
  await runMutated(served, async ({ name, bytes }) => {
    write(rig.path(name), bytes);
    await walk(name.slice(0, name.indexOf('/')));
    for (const text of [...rig.warnings.splice(0), ...rig.debug.splice(0)]) demandPrintable(text);
    write(rig.path(name), good.get(name)!);
  });
  expect(ends.recorded).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.items - ends.recorded).toBeGreaterThan(DOCUMENTS / 20);
}, 600_000);

test('the good records pass the same way', async () => {
  const count = async (folder: string) => {
    const [{ items } = { items: [] }] = await rig.list(`./${folder}`);
    return items.map(({ source, companions = [], documents = [] }) => [source, companions.length, documents.length]);
  };
  expect(await count('own')).toEqual([['dalle2', 1, 1]]);
  expect(await count('gallery')).toEqual([['happy-accidents', 0, 2]]);
  expect(await count('album')).toEqual([
    ['imgur', 0, 1],
    ['imgur', 0, 1],
  ]);
});
