import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { around, readCursor, writeCursor } from '../../../sources/happy-accidents/cursor.js';
import { type HappyAccidentsRig, openHappyAccidentsRig, START, taskIds } from '../../support/happy-accidents-rig.js';

const PAGE = 10;

let rig: HappyAccidentsRig;
let all: string[];
/** Behind each inference, in the order of the gallery. */
let cursors: string[];
let minutes: number;

function add(count: number): void {
  for (let number = 0; number < count; number += 1) {
    minutes += 1;
    rig.fake.addInference({ madeAt: START + minutes * 60_000, modelId: 'm' });
  }
}

beforeEach(async () => {
  minutes = 0;
  rig = await openHappyAccidentsRig({ options: { 'page-size': String(PAGE) } });
  add(35);
  all = rig.fake.inferences.map(({ id }) => id);
  cursors = [];
  for await (const { cursor } of rig.source.all!({})) cursors.push(cursor!);
});
afterEach(() => rig.shut());

/** What is listed behind the inference at this position, and which pages that costs. */
async function behind(position: number): Promise<{ ids: string[]; pages: number[] }> {
  const before = rig.pages().length;
  const ids = await taskIds(rig, { cursor: cursors[position]! });
  return { ids, pages: rig.pages().slice(before) };
}

describe('a listing that is taken up again', () => {
  test('goes on behind every single inference of it, and asks for no page before that one’s', async () => {
    for (let position = 0; position < all.length; position += 1) {
      const { ids, pages } = await behind(position);
      expect(ids).toEqual(all.slice(position + 1));
      expect(pages[0]).toBe(Math.floor(position / PAGE));
      expect(pages.at(-1)).toBe(3);
    }
  });

  test('goes on although new ones were made, wherever they pushed it, and lists none twice', async () => {
    for (const more of [1, 9, 10, 25]) {
      add(more);
      for (const position of [0, 4, 9, 10, 19, 33, 34]) {
        expect((await behind(position)).ids).toEqual(all.slice(position + 1));
      }
    }
  });

  test('goes on although some before it were deleted, and misses none', async () => {
    for (const id of all.slice(0, 12)) rig.fake.removeInference(id);
    for (const position of [12, 19, 20, 29, 34]) {
      expect((await behind(position)).ids).toEqual(all.slice(position + 1));
    }
  });

  test('goes on although the last one that was listed is gone, and several before that one', async () => {
    for (const id of all.slice(17, 21)) rig.fake.removeInference(id);
    for (const position of [17, 18, 19, 20]) {
      expect((await behind(position)).ids).toEqual(all.slice(21));
    }
  });

  test('goes on although it was made smaller and larger at once while it is read', async () => {
    add(13);
    for (const id of all.slice(3, 8)) rig.fake.removeInference(id);
    rig.fake.removeInference(all[20]!);
    rig.fake.afterPages(1, () => add(4));
    expect((await behind(20)).ids).toEqual(all.slice(21));
  });

  test('and left again goes on behind that', async () => {
    const first: string[] = [];
    let cursor = cursors[8]!;
    for await (const task of rig.source.all!({ cursor })) {
      first.push(task.id);
      cursor = task.cursor!;
      if (first.length === 4) break;
    }
    add(6);
    expect([...first, ...(await taskIds(rig, { cursor }))]).toEqual(all.slice(9));
  });

  test('with another page size goes on at the same place', async () => {
    for (const size of ['1', '3', '7', '35', '100']) {
      const other = await openHappyAccidentsRig({ options: { 'page-size': size } });
      try {
        for (const { record } of rig.fake.inferences.toReversed()) {
          other.fake.addInference({ id: String(record.inferenceId), madeAt: START, modelId: 'm' });
        }
        expect(other.fake.inferences.map(({ id }) => id)).toEqual(all);
        for (const position of [0, 11, 29, 34]) {
          expect(await taskIds(other, { cursor: cursors[position]! })).toEqual(all.slice(position + 1));
        }
      } finally {
        await other.shut();
      }
    }
  });

  test('keeps to the limits of time and number that it is given', async () => {
    const since = new Date(START + 60_000 * 12);
    expect(await taskIds(rig, { cursor: cursors[14]!, since })).toEqual(all.slice(15, 24));
    expect(await taskIds(rig, { cursor: cursors[14]!, limit: 3 })).toEqual(all.slice(15, 18));
  });

  test('marks the last task of each page still', async () => {
    const marked: string[] = [];
    for await (const task of rig.source.all!({ cursor: cursors[14]! }))
      if (task.endsPage === true) marked.push(task.id);
    expect(marked).toEqual([all[19], all[29], all[34]]);
  });

  test('is begun anew where its place is gone for good, after a bounded search', async () => {
    for (const id of all.slice(0, 30)) rig.fake.removeInference(id);
    add(300);
    const now = rig.fake.inferences.map(({ id }) => id);
    const { ids, pages } = await behind(29);
    expect(ids).toEqual(now);
    expect(pages.length - Math.ceil(now.length / PAGE)).toBeLessThanOrEqual(21);
  });

  test('does not look behind the end of the gallery', async () => {
    for (const id of all.slice(0, 30)) rig.fake.removeInference(id);
    const { ids, pages } = await behind(29);
    expect(ids).toEqual(all.slice(30));
    expect(pages).toEqual([2, 1, 0, 0]);
  });
});

describe('a cursor', () => {
  test.each([
    '',
    'page 3',
    '{}',
    '[]',
    '[1]',
    '[1,20]',
    '[2,20,"x"]',
    '[1,-1,"x"]',
    '[1,1.5,"x"]',
    '[1,20,7]',
    '[1,20,"../up"]',
    `[1,20,"${'x'.repeat(1000)}"]`,
  ])('that is none of this source is ignored: %j', async (cursor) => {
    expect(readCursor(cursor)).toBeUndefined();
    expect(await taskIds(rig, { cursor })).toEqual(all);
  });

  test('is short, printable and without secrets', () => {
    for (const cursor of cursors) {
      expect(cursor.length).toBeLessThanOrEqual(1000);
      expect(cursor).toMatch(/^[\x20-\x7e]+$/u);
      expect(cursor).not.toContain(rig.fake.token);
    }
  });

  test('is short with ids of any length too, and has the last one always', () => {
    const listed = Array.from({ length: 8 }, (_, number) => `${number}${'"'.repeat(199)}`);
    const cursor = writeCursor({ offset: Number.MAX_SAFE_INTEGER, listed });
    expect(cursor.length).toBeLessThanOrEqual(1000);
    expect(readCursor(cursor)).toEqual({ offset: Number.MAX_SAFE_INTEGER, listed: listed.slice(0, 2) });
  });

  test('is looked for from its own page outwards', () => {
    expect([...around(2, 3)]).toEqual([2, 3, 1, 4, 0, 5]);
  });
});
