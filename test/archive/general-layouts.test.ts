import { describe, expect, test } from '@jest/globals';
import { byTaskLayout, flatLayout } from '../../src/archive/general-layouts.js';
import { type Layout, pathOf } from '../../src/archive/layout.js';
import { recordOf } from '../../src/archive/record.js';
import { templateLayout } from '../../src/archive/template.js';
import type { Document, ExistingFile, Item } from '../../src/plugin.js';
import type { Fetched } from '../../src/transfer/fetch.js';
import { fetchedItem } from '../support/fetched.js';
import { POSIX } from '../support/unkind-paths.js';

const ALBUM: Document = { kind: 'album', id: 'aB3dE5f', json: '{"title":"Robots"}' };
const MODEL: Document = { kind: 'model', id: 'sd-1.5', json: '{"seed":18446744073709551615}' };

function fetchedOf(facts: Partial<Item>): Fetched {
  const fetched = fetchedItem({ id: facts.id ?? 'a' });
  return { ...fetched, item: { ...fetched.item, ...facts } };
}

function planned(layout: Layout, fetched: Fetched) {
  const plan = layout.plan(fetched, { overwrite: false });
  return [...plan.media, ...plan.documents(plan.media.map(({ file }) => file.name))];
}

const paths = (layout: Layout, fetched: Fetched) =>
  planned(layout, fetched).map(({ folder, file }) => pathOf(folder, file.name));

const existing = (text: string): ExistingFile => ({
  size: Buffer.byteLength(text),
  async *open() {
    yield Buffer.from(text);
  },
});

describe('the layout by-task', () => {
  test('puts the files of a task into a folder of its name', () => {
    const fetched = fetchedItem({ id: 'g1', companions: ['p1-source'] });
    expect(paths(byTaskLayout(POSIX), fetched)).toEqual(['task-1/g1.png', 'task-1/p1-source.png', 'task-1/g1.json']);
    expect(byTaskLayout(POSIX).nameOf({ ...fetched.item, mediaType: 'image/webp' })).toBe('task-1/g1.webp');
  });

  test('keeps tasks in folders of their own, whatever they are called', () => {
    const layout = byTaskLayout({ longestName: 255, caseSensitive: false });
    const folders = ['task-1', 'TASK-1', '../task-1', 'a/b', '', 'x'.repeat(300)].map(
      (taskId) => planned(layout, fetchedOf({ taskId }))[0]!.folder,
    );
    expect(folders[0]).toEqual(['task-1']);
    expect(new Set(folders.map(([name]) => name!.toLowerCase())).size).toBe(6);
    for (const folder of folders) {
      expect(folder).toHaveLength(1);
      expect(folder[0]).not.toMatch(/[/\\]|^\.*$/u);
      expect(Buffer.byteLength(folder[0]!)).toBeLessThanOrEqual(255);
    }
  });
});

describe('records that several items share', () => {
  test('lie beside the pictures, one file each, however many items have them', () => {
    const layout = flatLayout(POSIX);
    const [one, other] = ['a', 'b'].map((id) => fetchedOf({ id, documents: [ALBUM, MODEL] }));
    expect(paths(layout, one!)).toEqual(['a.png', 'a.json', 'aB3dE5f_album.json', 'sd-1.5_model.json']);
    expect(paths(layout, other!).slice(2)).toEqual(paths(layout, one!).slice(2));
    const keys = [one!, other!].map((fetched) => planned(layout, fetched)[2]!.file.key);
    expect(keys[0]).toBe(keys[1]);
  });

  test('are written as they came, numbers and all', () => {
    const model = planned(flatLayout(POSIX), fetchedOf({ documents: [MODEL] })).at(-1)!;
    expect(Buffer.from(model.file.bytes.inMemory!).toString('utf8')).toBe('{"seed":18446744073709551615}\n');
    expect(model).toMatchObject({ shared: true, file: { role: 'document', mediaType: 'application/json' } });
  });

  test('are in the folder of their item', () => {
    const fetched = fetchedOf({ taskId: 'task-9', documents: [ALBUM] });
    expect(paths(byTaskLayout(POSIX), fetched).at(-1)).toBe('task-9/aB3dE5f_album.json');
    const template = templateLayout('{source}/{id}', POSIX);
    expect(paths(template, fetched).at(-1)).toBe('dalle2/aB3dE5f_album.json');
  });

  test('of an item whose picture is there already are known without it', () => {
    const { item } = fetchedOf({ taskId: 'task-9', documents: [ALBUM] });
    const known = (layout: Layout) => layout.documentsOf!(item).map(({ folder, file }) => pathOf(folder, file.name));
    expect(known(flatLayout(POSIX))).toEqual(['aB3dE5f_album.json']);
    expect(known(byTaskLayout(POSIX))).toEqual(['task-9/aB3dE5f_album.json']);
    expect(known(templateLayout('{task}/{ext}-{id}', POSIX))).toEqual(['task-9/aB3dE5f_album.json']);
    // Only the bytes say which folder that is.
    expect(known(templateLayout('{ext}/{id}', POSIX))).toEqual([]);
  });

  test('replace what they were, and never the record of an item whose name reads like theirs', async () => {
    const layout = flatLayout(POSIX);
    const { file } = planned(layout, fetchedOf({ documents: [ALBUM] })).at(-1)!;
    const record = recordOf(fetchedItem({ id: 'aB3dE5f_album' }), { media: 'aB3dE5f_album.png', companions: [] });
    expect(file.onDifferent).toBe('suffix');
    expect(await file.replaces?.(existing('{"title":"Old robots"}'))).toBe(true);
    expect(await file.replaces?.(existing('{"tit'))).toBe(true);
    expect(await file.replaces?.(existing(record))).toBe(false);
    expect(await file.replaces?.({ ...existing(''), size: 40_000_000 })).toBe(false);
  });
});
