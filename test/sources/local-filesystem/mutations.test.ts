import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSingleName } from '../../../sinks/local-filesystem/file-name.js';
import { extensionOf, fileName } from '../../../src/archive/names.js';
import { AlbarettoError, type Item, type Task } from '../../../src/plugin.js';
import { isSignedUrl } from '../../../src/raw.js';
import { mutated } from '../../support/mutated-documents.js';
import { png } from '../../support/pictures.js';
import { type FolderRig, openFolderRig } from './folder-rig.js';

const DOCUMENTS = 10_000;
/** Milliseconds of this process for one document, with all that is read because of it. */
const MOST_TIME = 200;

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

let rig: FolderRig;
beforeAll(() => {
  rig = openFolderRig();
  for (const [name, document] of Object.entries(GOOD)) rig.record(name, document);
  for (const name of ['own/x.png', 'own/x-mask.png', 'gallery/img-1.png', 'album/one.png', 'album/two.png'])
    rig.write(name, png(8, 8, 1));
  mkdirSync(rig.path('outside'));
});

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) => ({
  prototype,
  members: Reflect.ownKeys(prototype),
}));
afterAll(() => {
  expectNoPollution();
  rig.close();
});

function expectNoPollution(): void {
  for (const { prototype, members } of prototypes) expect(Reflect.ownKeys(prototype)).toEqual(members);
}

/** How the walks ended: a test in which every record, or none, was believed would prove little. */
const ends = { recorded: 0, plain: 0, errors: 0 };

async function walk(folder: string): Promise<void> {
  await orTypedError(async () => {
    for await (const task of rig.source.open(`./${folder}`, {})) {
      expectValidTask(task);
      for await (const item of task.items) {
        expectValidItem(item);
        for (const part of [item, ...(item.companions ?? [])]) {
          await orTypedError(async () => {
            const location = await rig.source.locate(part, { renew: false });
            expect(location.kind).toBe('stream');
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
    expectPrintable(thrown.describe());
  }
}

function expectPrintable(text: string): void {
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u);
}

function expectValidTask(task: Task): void {
  expect(task.id).toMatch(PLAIN_ID);
  expect(task.createdAt?.getTime()).not.toBeNaN();
  if (task.raw !== undefined) expectJson(task.raw.json);
}

function expectValidItem(item: Item): void {
  if (item.source === 'local-filesystem') ends.plain += 1;
  else ends.recorded += 1;
  expect(item.source).toMatch(/^[a-z][a-z0-9-]*$/u);
  expect(item.taskId).toMatch(PLAIN_ID);
  expect(Number.isSafeInteger(item.index) && item.index >= 1).toBe(true);
  expect(item.createdAt?.getTime()).not.toBeNaN();
  if (item.generation.seed !== undefined) expect(item.generation.seed).toMatch(/^-?\d+$/u);
  for (const { json } of [item.raw, ...(item.documents ?? [])]) expectJson(json);
  for (const { id } of [item, ...(item.companions ?? [])]) {
    expect(id).toMatch(PLAIN_ID);
    const rules = { longestName: 255, caseSensitive: true };
    const name = fileName({ stem: id, extension: extensionOf(item.mediaType ?? '') }, rules);
    for (const system of ['linux', 'win32'] as const)
      if (!isSingleName(name, system)) throw new Error(`${name} is no name on ${system}`);
  }
}

/** JSON without a link that works. */
function expectJson(json: string): void {
  const signed = (value: unknown): boolean => {
    if (typeof value === 'string') return isSignedUrl(value);
    return typeof value === 'object' && value !== null && Object.values(value).some(signed);
  };
  expect(signed(JSON.parse(json))).toBe(false);
}

const change = fc
  .constantFrom(...Object.keys(GOOD))
  .chain((name) => fc.record({ name: fc.constant(name), bytes: mutated(GOOD[name]) }));

test(`${DOCUMENTS} mutated records end in valid items or typed errors, each within ${MOST_TIME} ms`, async () => {
  const property = fc.asyncProperty(change, async ({ name, bytes }) => {
    writeFileSync(rig.path(name), bytes);
    // What this process did, and not how long it waited for its turn: the machine may be busy.
    const before = process.cpuUsage();
    await walk(name.slice(0, name.indexOf('/')));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(MOST_TIME);
    for (const text of [...rig.warnings.splice(0), ...rig.debug.splice(0)]) expectPrintable(text);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    rig.record(name, GOOD[name]);
  });
  await fc.assert(property, { numRuns: DOCUMENTS, endOnFailure: true });
  expect(ends.recorded).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.plain).toBeGreaterThan(DOCUMENTS / 20);
  expect(ends.errors).toBeGreaterThan(0);
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
