import { describe, expect, test } from '@jest/globals';
import type { Layout } from '../../src/archive/layout.js';
import type { Item } from '../../src/plugin.js';
import { type FinishedLayout, TaskTracker } from '../../src/shell/task-tracker.js';
import { fetchedItem } from '../support/fetched.js';

const LAYOUT = { name: 'album', finish: () => [] } as Partial<Layout> as Layout;
const WITHOUT_END = { name: 'flat' } as Partial<Layout> as Layout;

const itemOf = (taskId: string, index: number, source = 'imgur'): Item => ({
  ...fetchedItem({ id: `${taskId}${index}`, source }).item,
  taskId,
  index,
});

const trackerOf = (whole = true, layout = LAYOUT) => new TaskTracker(async () => layout, whole);
const told = (finished: FinishedLayout | undefined) =>
  finished &&
  `${finished.task.id}: ${finished.task.items.map(({ id }) => id).join(' ')}${finished.task.complete ? '' : ' …'}`;

describe('a task', () => {
  test('is through when the first item of another one is stored, or the list ends', async () => {
    const tracker = trackerOf();
    expect(told(await tracker.stored(itemOf('a', 1)))).toBeUndefined();
    expect(told(await tracker.stored(itemOf('a', 2)))).toBeUndefined();
    expect(told(await tracker.stored(itemOf('b', 1)))).toBe('a: a1 a2');
    expect(told(await tracker.end(true))).toBe('b: b1');
    expect(told(await tracker.end(true))).toBeUndefined();
  });

  test('is told with the layout of its source', async () => {
    const layouts: string[] = [];
    const tracker = new TaskTracker(async (source) => {
      layouts.push(source);
      return LAYOUT;
    }, true);
    await tracker.stored(itemOf('a', 1, 'imgur'));
    const finished = await tracker.stored(itemOf('a', 1, 'replicate'));
    expect(finished).toMatchObject({ layout: LAYOUT, task: { source: 'imgur', id: 'a' } });
    expect(new Set(layouts)).toEqual(new Set(['imgur', 'replicate']));
  });

  test('has its items in the order of the page, in whichever they were stored', async () => {
    const tracker = trackerOf();
    for (const index of [3, 1, 2]) await tracker.stored(itemOf('a', index));
    expect(told(await tracker.end(true))).toBe('a: a1 a2 a3');
  });

  test('of which something failed is not complete, also where that was told ahead', async () => {
    const tracker = trackerOf();
    await tracker.stored(itemOf('a', 1));
    tracker.failed(itemOf('b', 2));
    expect(told(await tracker.stored(itemOf('b', 1)))).toBe('a: a1');
    expect(told(await tracker.end(true))).toBe('b: b1 …');
  });

  test('that was left before its end is not complete, and those before it are', async () => {
    const tracker = trackerOf();
    await tracker.stored(itemOf('a', 1));
    expect(told(await tracker.stored(itemOf('b', 1)))).toBe('a: a1');
    expect(told(await tracker.end(false))).toBe('b: b1 …');
  });

  test('of which only a part was asked for is never complete', async () => {
    const tracker = trackerOf(false);
    await tracker.stored(itemOf('a', 1));
    expect(told(await tracker.stored(itemOf('b', 1)))).toBe('a: a1 …');
    expect(told(await tracker.end(true))).toBe('b: b1 …');
  });

  test('that another source calls by the same id is another task', async () => {
    const tracker = trackerOf();
    await tracker.stored(itemOf('a', 1, 'imgur'));
    tracker.failed(itemOf('a', 2, 'replicate'));
    expect(told(await tracker.stored(itemOf('a', 1, 'replicate')))).toBe('a: a1');
    expect(told(await tracker.end(true))).toBe('a: a1 …');
  });

  test('whose layout writes nothing at its end is not told, and its items are not kept', async () => {
    const tracker = trackerOf(true, WITHOUT_END);
    await tracker.stored(itemOf('a', 1));
    expect(tracker.isOpen).toBe(false);
    expect(told(await tracker.stored(itemOf('b', 1)))).toBeUndefined();
    expect(told(await tracker.end(true))).toBeUndefined();
  });

  test('is open as long as something is to be written for it', async () => {
    const tracker = trackerOf();
    expect(tracker.isOpen).toBe(false);
    await tracker.stored(itemOf('a', 1));
    expect(tracker.isOpen).toBe(true);
    await tracker.end(true);
    expect(tracker.isOpen).toBe(false);
  });
});
