import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ListOptions } from '../../../src/plugin.js';
import type { Answer, FakeAlbum, NewAlbum } from '../../fakes/imgur/index.js';
import { type ImgurRig, openImgurRig } from '../../support/imgur-rig.js';
import { listAll } from '../../support/listed.js';

const TOKEN = 'c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55';

let rig: ImgurRig;
let account: string;

beforeEach(async () => {
  rig = await openImgurRig({ credential: TOKEN, accessToken: TOKEN });
  account = rig.fake.oauth.account.username;
});
afterEach(() => rig.shut());

const history = (options: ListOptions = {}) => rig.source.all!(options);

async function ids(options: ListOptions = {}): Promise<string[]> {
  return (await listAll(history(options))).map(({ task }) => task.id);
}

/** The cursor of a task, of a listing that ends there. */
async function cursorAt(id: string): Promise<string> {
  for await (const { id: own, cursor } of history()) if (own === id) return cursor!;
  throw new Error(`${id} is not listed`);
}

/** Newest first, as the fake lists them. */
function addAlbums(count: number, more: NewAlbum = {}): FakeAlbum[] {
  const made = Array.from({ length: count }, (_entry, number) =>
    rig.fake.addAlbum({ account, created: 1_600_000_000 + number, ...more }),
  );
  return made.reverse();
}

const idsOf = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);
const lists = () => rig.asked().filter((target) => target.startsWith('/3/account/'));

describe('everything of the account', () => {
  test('is its albums in pages of 100 from page 0, newest first, private ones too', async () => {
    const albums = addAlbums(101, { privacy: 'secret' });
    rig.fake.addAlbum({ images: 1 });
    expect(await ids()).toEqual(idsOf(albums));
    expect(lists()).toEqual([
      ...[0, 1, 2].map((page) => `/3/account/me/albums/${page}?perPage=100`),
      '/3/account/me/images/0?perPage=100',
    ]);
  });

  test('has each album with its facts before it is read, and reads it when its items are taken', async () => {
    const [album] = addAlbums(1, { title: 'A trip', images: 2 });
    for await (const task of history()) {
      expect(task).toMatchObject({ id: album!.id, title: 'A trip', createdAt: new Date(1_600_000_000_000) });
      expect(rig.asked()).toEqual(['/3/account/me/albums/0?perPage=100']);
      const items: string[] = [];
      for await (const { id } of task.items) items.push(id);
      expect(items).toEqual(idsOf(album!.images));
    }
  });

  test('has behind the albums the images that are in none of them', async () => {
    const albums = addAlbums(2, { images: 2 });
    const loose = [rig.fake.addImage({ account, created: 5 }), rig.fake.addImage({ account, created: 4 })];
    rig.fake.addImage();
    const listed = await listAll(history());
    expect(listed.map(({ task }) => task.id)).toEqual([...idsOf(albums), ...idsOf(loose)]);
    expect(listed.at(-1)).toMatchObject({ task: { count: 1 }, items: [{ id: loose[1]!.id, taskId: loose[1]!.id }] });
    // Each album once, and the pages.
    expect(rig.asked()).toHaveLength(2 + 2 + 2);
  });

  test('reads albums whose items were not taken before it calls an image loose', async () => {
    const albums = addAlbums(3, { images: 1 });
    const loose = rig.fake.addImage({ account, created: 5 });
    const found: string[] = [];
    for await (const task of history()) found.push(task.id);
    expect(found).toEqual([...idsOf(albums), loose.id]);
    expect(rig.asked().filter((target) => target.startsWith('/3/album/'))).toHaveLength(3);
  });

  test('does not read albums for images that are all known', async () => {
    addAlbums(3);
    for await (const _task of history());
    expect(rig.asked().filter((target) => target.startsWith('/3/album/'))).toEqual([]);
  });

  test('leaves out what cannot be read of its pages with a word, and lists all else', async () => {
    const [newest, oldest] = addAlbums(2);
    const loose = rig.fake.addImage({ account, created: 5 });
    const change = (answer: Answer): Answer => {
      const { data, ...envelope } = JSON.parse(answer.body.toString('utf8'));
      return {
        ...answer,
        body: Buffer.from(JSON.stringify({ ...envelope, data: [null, ...data, { title: 'no id' }] })),
      };
    };
    rig.fake.faults.inject({ path: /\/0\?/u, count: 2, what: { kind: 'changed', change } });
    expect(await ids()).toEqual([newest!.id, oldest!.id, loose.id]);
    expect(rig.warnings).toEqual([
      'reading page 1 of your albums: 2 that cannot be read are left out',
      'reading page 1 of your images: 2 that cannot be read are left out',
    ]);
  });

  test('has nothing where there is nothing', async () => {
    expect(await ids()).toEqual([]);
  });

  test('has each album once when new ones push the list on while it is read', async () => {
    const before = addAlbums(120);
    const found: string[] = [];
    for await (const task of history()) {
      found.push(task.id);
      if (found.length === 100) for (let more = 0; more < 7; more += 1) rig.fake.addAlbum({ account });
    }
    expect(found).toEqual(idsOf(before));
  });

  test('ends with a typed error where the service answers the same page for ever', async () => {
    addAlbums(2);
    let first: Buffer | undefined;
    const change = (answer: Answer): Answer => {
      first ??= answer.body;
      return { ...answer, body: first };
    };
    rig.fake.faults.inject({ path: /albums/u, count: 99, what: { kind: 'changed', change } });
    const found: string[] = [];
    const work = (async () => {
      for await (const task of history()) found.push(task.id);
    })();
    await expect(work).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      message: expect.stringContaining('does not end'),
    });
    expect(found).toHaveLength(2);
    expect(rig.asked()).toHaveLength(4);
  });

  test('leaves an album out that is gone by the time it is read, with a word', async () => {
    const [newest, middle, oldest] = addAlbums(3, { images: 1 });
    const listed: string[][] = [];
    for await (const task of history()) {
      if (task.id === middle!.id) rig.fake.removeAlbum(middle!.id);
      const items: string[] = [];
      for await (const { id } of task.items) items.push(id);
      listed.push([task.id, ...items]);
    }
    expect(listed.slice(0, 3)).toEqual([
      [newest!.id, newest!.images[0]!.id],
      [middle!.id],
      [oldest!.id, oldest!.images[0]!.id],
    ]);
    expect(rig.warnings).toEqual([expect.stringContaining(`the album ${middle!.id} is left out: reading the album`)]);
  });

  describe.each([
    ['an error of the service', { kind: 'status', status: 500 }],
    ['a page of HTML', { kind: 'html', status: 200 }],
  ] as const)('for which the service has nothing but %s', (_what, what) => {
    test('in one album does not keep the others back; that album is told behind them', async () => {
      const [newest, middle, oldest] = addAlbums(3, { images: 1 });
      rig.fake.addImage({ account, created: 5 });
      rig.fake.faults.inject({ path: new RegExp(`/album/${middle!.id}`, 'u'), count: 99, what });
      const found: (string | undefined)[][] = [];
      const work = (async () => {
        for await (const task of history()) {
          const items: string[] = [];
          for await (const { id } of task.items) items.push(id);
          found.push([task.id, task.cursor, ...items]);
        }
      })();
      await expect(work).rejects.toMatchObject({
        plugin: 'imgur',
        retryable: true,
        message: expect.stringContaining(`reading the album ${middle!.id}`),
      });
      expect(found).toEqual([
        [newest!.id, `albums/0/${newest!.id}`, newest!.images[0]!.id],
        [middle!.id, `albums/0/${middle!.id}`],
        [oldest!.id, undefined, oldest!.images[0]!.id],
      ]);
      expect(rig.warnings).toEqual([
        expect.stringContaining(`the album ${middle!.id} is left out`),
        expect.stringContaining('images that are in no album are left out'),
      ]);
    });

    test('in everything is an outage, and ends the list', async () => {
      addAlbums(2, { images: 1 });
      rig.fake.faults.inject({ path: /^\/3\/(?:album|credits)/u, count: 99, what });
      const found: string[] = [];
      const work = (async () => {
        for await (const task of history()) {
          for await (const _item of task.items);
          found.push(task.id);
        }
      })();
      await expect(work).rejects.toMatchObject({ retryable: true });
      expect(found).toEqual([]);
      expect(rig.warnings).toEqual([]);
    });
  });

  test('calls no image loose while an album is no good', async () => {
    const [album] = addAlbums(1, { images: 1 });
    rig.fake.addImage({ account, created: 5 });
    const body = JSON.stringify({ data: { title: 'no id' }, success: true, status: 200 });
    rig.fake.faults.inject({ path: /\/album\//u, what: { kind: 'status', status: 200, body } });
    expect(await ids()).toEqual([album!.id]);
    expect(rig.warnings[1]).toContain('images that are in no album are left out');
  });

  test('an abort between two albums is an interruption', async () => {
    addAlbums(2, { images: 1 });
    const controller = new AbortController();
    const work = (async () => {
      for await (const task of history({ signal: controller.signal })) {
        controller.abort();
        for await (const _item of task.items);
      }
    })();
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

describe('a Client-ID alone', () => {
  test('lists nothing of its own, and is told so with what to do', async () => {
    await rig.shut();
    rig = await openImgurRig();
    await expect(ids()).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      plugin: 'imgur',
      reach: 'run',
      hint: expect.stringContaining('a Client-ID alone is none'),
    });
    expect(rig.asked()).toHaveLength(1);
  });
});

describe('a listing that is taken up again', () => {
  test('goes on behind the album where it was left', async () => {
    const albums = addAlbums(3);
    expect(await ids({ cursor: await cursorAt(albums[0]!.id) })).toEqual(idsOf(albums.slice(1)));
  });

  test('goes on in the middle of a page, which it finds again', async () => {
    const albums = addAlbums(250);
    const cursor = await cursorAt(albums[220]!.id);
    expect(cursor).toBe(`albums/2/${albums[220]!.id}`);
    const before = lists().length;
    expect(await ids({ cursor })).toEqual(idsOf(albums.slice(221)));
    expect(lists()[before]).toBe('/3/account/me/albums/1?perPage=100');
  });

  test('misses none where albums before it were deleted meanwhile', async () => {
    const albums = addAlbums(150);
    const cursor = await cursorAt(albums[100]!.id);
    for (const { id } of albums.slice(0, 30)) rig.fake.removeAlbum(id);
    expect(await ids({ cursor })).toEqual(idsOf(albums.slice(101)));
  });

  test('misses none where that album itself was deleted', async () => {
    const albums = addAlbums(150);
    const cursor = await cursorAt(albums[110]!.id);
    rig.fake.removeAlbum(albums[110]!.id);
    expect(await ids({ cursor })).toEqual(expect.arrayContaining(idsOf(albums.slice(111))));
  });

  test('misses none where new albums pushed it to a later page', async () => {
    const albums = addAlbums(150);
    const cursor = await cursorAt(albums[99]!.id);
    for (let more = 0; more < 20; more += 1) rig.fake.addAlbum({ account });
    expect(await ids({ cursor })).toEqual(expect.arrayContaining(idsOf(albums.slice(100))));
  });

  test('knows images of the albums before it, and does not call them loose', async () => {
    const albums = addAlbums(210, { images: [] });
    rig.fake.setAlbum(albums[3]!.id, { images: 2 });
    rig.fake.setAlbum(albums[209]!.id, { images: 1 });
    const loose = rig.fake.addImage({ account, created: 5 });
    const cursor = await cursorAt(albums[208]!.id);
    expect(await ids({ cursor })).toEqual([albums[209]!.id, loose.id]);
  });

  test.each(['', 'albums', 'albums/x/y', 'images/0/abc', 'albums/9999999/abc'])(
    'from a place that it cannot read (%j) begins anew',
    async (cursor) => {
      const albums = addAlbums(2);
      expect(await ids({ cursor })).toEqual(idsOf(albums));
    },
  );
});
