import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SeenImages } from '../../../sources/happy-accidents/seen-images.js';
import type { Item } from '../../../src/plugin.js';
import { type HappyAccidentsRig, openHappyAccidentsRig } from '../../support/happy-accidents-rig.js';

const IMAGES = 2000;
const PAGE = 50;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let rig: HappyAccidentsRig;

beforeEach(async () => {
  rig = await openHappyAccidentsRig({ options: { 'page-size': String(PAGE) } });
  rig.fake.addGallery(IMAGES, 3);
});
afterEach(() => rig.shut());

/** Lets go of what only a finished turn still holds. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collectGarbage();
  }
}

test(`a gallery of ${IMAGES} images of all kinds is listed whole, page by page, each image once and newest first`, async () => {
  const wanted = rig.fake.inferences.flatMap(({ images }) => images);
  expect(wanted).toHaveLength(IMAGES);
  const found: Item[] = [];
  let tasks = 0;
  for await (const task of rig.source.all!({})) {
    expect(rig.pages()).toHaveLength(Math.floor(tasks / PAGE) + 1);
    tasks += 1;
    for await (const item of task.items) found.push(item);
  }
  expect(found.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
  expect(found.map(({ createdAt }) => createdAt!.getTime())).toEqual(wanted.map(({ madeAt }) => madeAt));
  expect(new Set(found.map(({ generation }) => generation.kind)).size).toBe(8);
  expect(rig.fake.leaks()).toEqual([]);
});

test('each model is asked for once, and told once where it is deleted', async () => {
  for await (const task of rig.source.all!({})) for await (const _item of task.items);
  const asked = rig.asked().filter((path) => path.startsWith('/models/metadata-items/'));
  expect(asked.length).toBeGreaterThan(12);
  expect(new Set(asked).size).toBe(asked.length);
  const missing = rig.fake.requests.filter(({ status }) => status === 404);
  expect(missing).toHaveLength(2);
  expect(rig.warnings).toHaveLength(2);
  for (const warning of rig.warnings) expect(warning).toMatch(/^the model [0-9a-f]{32} is deleted; /u);
});

test('the source holds on to no page that it has done with', async () => {
  const held: WeakRef<object>[][] = [];
  for await (const task of rig.source.all!({})) {
    const page = rig.pages().at(-1)!;
    held[page] ??= [];
    for await (const item of task.items) held[page].push(new WeakRef(item), new WeakRef(item.raw));
    if (task.endsPage !== true || page % 5 !== 4) continue;
    await settle();
    const alive = held.slice(0, -1).flatMap((refs) => refs.filter((ref) => ref.deref() !== undefined));
    expect([page, alive.length]).toEqual([page, 0]);
  }
  expect(held.length).toBeGreaterThan(15);
  expect(held.flat()).toHaveLength(2 * IMAGES);
});

test('what it remembers of images has a bound, which no page of any size can make it lose', () => {
  const seen = new SeenImages(10);
  for (let page = 0; page < 100; page += 1) {
    seen.beginPage();
    for (let number = 0; number < 7; number += 1) expect(seen.add(`${page}-${number}`)).toBe(true);
    expect(seen.size).toBeLessThanOrEqual(21);
  }
  seen.beginPage();
  expect(seen.add('99-0')).toBe(false);
  expect(seen.add('98-6')).toBe(false);
  expect(seen.add('0-0')).toBe(true);
  const large = Array.from({ length: 50 }, (_, number) => `large-${number}`);
  for (let page = 0; page < 5; page += 1) {
    seen.beginPage();
    for (const id of large) expect(seen.add(id)).toBe(page === 0);
  }
});
