import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import descriptor from '../../../sources/imgur/index.js';
import { extensionOf } from '../../../src/archive/names.js';
import { sourceLayout } from '../../../src/archive/source-layout.js';
import type { Item, Source, SourceLayout, Task } from '../../../src/plugin.js';
import { type Answered, openAnswered } from '../../support/answered-source.js';
import { exchange } from '../../support/exchange.js';
import { openImgurRig } from '../../support/imgur-rig.js';
import { memorySecrets } from '../../support/memory-secrets.js';
import { mutated } from '../../support/mutated-documents.js';
import {
  DOCUMENTS,
  demand,
  demandForm,
  demandItem,
  demandJson,
  demandPrintable,
  demandSingleName,
  demandTask,
  Ends,
  MOST_TIME,
  runMutated,
  TWO_TRIES,
} from '../../support/mutation-run.js';

const BASE = 'https://api.invalid';
const TOKENS = { access_token: 'a'.repeat(40), refresh_token: 'b'.repeat(40), client_id: 'c'.repeat(15) };

/** What a plain id may be: nothing that means something in a path or in a URL. */
const PLAIN_ID = /^(?!\.{1,2}$)[^/\\?#%\p{Cc}\p{Cf}\p{Cs}]{1,210}$/u;

let answering: Answered;
let source: Source;
let layout: SourceLayout;
let documents: Readonly<Record<'album' | 'image' | 'albums' | 'images' | 'tokens' | 'error' | 'listed', unknown>>;

beforeAll(async () => {
  documents = await goodDocuments();
  answering = await openAnswered({
    descriptor,
    baseUrl: BASE,
    policy: TWO_TRIES,
    options: { animated: 'both' },
    secrets: memorySecrets({ ...TOKENS, client_secret: 'd'.repeat(40) }),
    told: demandPrintable,
  });
  layout = (await descriptor.layout!.load()).create({ extensionOf });
});

/** A fresh one for each document: what one answer says of credits must not end the next. */
beforeEach(() => {
  source = answering.another();
});

/** As the faithful fake sends them. */
async function goodDocuments(): Promise<typeof documents> {
  const rig = await openImgurRig({ accessToken: TOKENS.access_token });
  const { fake } = rig;
  try {
    const account = fake.oauth.account.username;
    const album = fake.addAlbum({ account, images: [{ description: 'x' }, { format: 'gif' }, { format: 'mp4' }] });
    const read = async (path: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${TOKENS.access_token}` };
      return JSON.parse((await exchange(`http://${rig.apiHost}${path}`, { headers })).body.toString('utf8'));
    };
    return {
      album: await read(`/3/album/${album.id}`),
      image: await read(`/3/image/${album.images[1]!.id}`),
      albums: await read('/3/account/me/albums/0'),
      images: await read('/3/account/me/images/0'),
      tokens: { access_token: 'e'.repeat(40), refresh_token: 'f'.repeat(40), account_username: 'someone' },
      error: {
        data: { error: 'Imgur is temporarily over capacity.', request: '/3/x', method: 'GET' },
        success: false,
        status: 403,
      },
      listed: {
        errors: [{ id: 'x', code: '403', status: 'Forbidden', detail: 'The access token provided is invalid.' }],
      },
    };
  } finally {
    await rig.shut();
  }
}

const WAYS: Readonly<Record<string, () => AsyncIterable<Task>>> = {
  album: () => source.open('album:aB3dE5f', {}),
  images: () => source.open('image:aB3dE5f,c0VeR11', {}),
  any: () => source.open('any:aB3dE5f', {}),
  history: () => source.all!({}),
  resumed: () => source.all!({ cursor: 'albums/3/aB3dE5f' }),
};

/** How the walks ended, and how many documents their layout made. */
const ends = Object.assign(new Ends(Object.values(TOKENS)), { documents: 0 });
const forms = { source: 'imgur', id: PLAIN_ID, cursor: /^albums\/\d+\/[^\p{Cc}\p{Cf}]{1,200}$/u };

/** Walks all that a document leads to; only an AlbarettoError may end that. */
async function walk(way: string): Promise<void> {
  await ends.orTypedError(async () => {
    for await (const task of WAYS[way]!()) {
      demandTask(task, forms);
      const items: Item[] = [];
      for await (const item of task.items) {
        items.push(item);
        ends.items += 1;
        demandItem(item, task, PLAIN_ID);
        demand(item.size === undefined || item.size > 0, `${item.id} has no bytes`);
        if (items.length > 2) continue;
        for (const { id } of [item, ...(item.companions ?? [])]) {
          await ends.orTypedError(async () => {
            const location = await source.locate({ id, taskId: item.taskId }, { renew: false });
            demand(location.kind === 'request', `${id} is at no link`);
            demandForm(location.url, /^https?:\/\/[^?#]*$/u);
          });
        }
      }
      demandDocuments(task, items);
    }
  });
}

/** What the archive's layout makes of it: names that every system takes, and documents that can be read. */
function demandDocuments(task: Task, items: readonly Item[]): void {
  const safe = sourceLayout('imgur-archive', layout, { longestName: 255, caseSensitive: false });
  const finished = safe.finish!({ source: 'imgur', id: task.id, items, complete: true });
  ends.documents += finished.length;
  const paths = [
    ...items.map((item) => safe.nameOf(item)),
    ...finished.map(({ folder, file }) => [...folder, file.name].join('/')),
  ];
  for (const name of new Set(paths.flatMap((path) => path.split('/')))) demandSingleName(name);
  for (const { file, merge } of finished) {
    const text = Buffer.from(file.bytes.inMemory!).toString('utf8');
    demandForm(text, /^\n?[\x20-\x7e]*$/u);
    demandJson(text);
    demand(merge!(text) === undefined, 'a document that is there is not left alone');
  }
}

/** What was asked for lies where it should: what a service says did not become a way to somewhere else. */
function demandPlainRequests(): void {
  for (const { url } of answering.asked) {
    demandForm(
      new URL(url).pathname,
      /^\/(?:3\/(?:album|image)\/[^/]+(?:\/images)?|3\/account\/me\/(?:albums|images)\/\d+|oauth2\/token)$/u,
    );
  }
}

const counters = fc.constantFrom('', '0', '5', '-1', '99999999999', '1e9', 'NaN', '1640000000');

const served = () =>
  fc.record({
    body: fc.oneof(...Object.values(documents).map((document) => mutated(document))),
    way: fc.constantFrom(...Object.keys(WAYS)),
    status: fc.oneof({ weight: 9, arbitrary: fc.constant(200) }, fc.constantFrom(400, 401, 403, 404, 429, 500, 503)),
    headers: fc.oneof(
      { weight: 4, arbitrary: fc.constant({}) },
      fc.record({
        'x-ratelimit-userremaining': counters,
        'x-ratelimit-userreset': counters,
        'x-ratelimit-clientremaining': counters,
      }),
    ),
  });

test(`${DOCUMENTS} mutated documents end in valid tasks or typed errors, each within ${MOST_TIME} ms, and reach no path`, async () => {
  await runMutated(served(), async ({ body, way, status, headers }) => {
    answering.answer(body, status, headers);
    source = answering.another();
    await walk(way);
    demandPlainRequests();
  });
  expect(ends.items).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.errors).toBeGreaterThan(DOCUMENTS / 10);
  expect(ends.documents).toBeGreaterThan(DOCUMENTS / 10);
}, 600_000);

test('a good document passes the same way', async () => {
  answering.answer(JSON.stringify(documents.album));
  const before = { ...ends };
  await walk('album');
  expect([ends.items - before.items, ends.errors - before.errors, ends.documents - before.documents]).toEqual([
    3, 0, 4,
  ]);
});

test('an answer that is mutated inside its records keeps what is whole of them', async () => {
  const album = structuredClone(documents.album) as { data: { images: Record<string, unknown>[] } };
  Object.assign(album.data.images[0]!, {
    title: 7,
    datetime: 'x',
    size: -1,
    width: 1e300,
    type: 'image/\u0000',
    link: null,
  });
  answering.answer(JSON.stringify(album));
  const items: Item[] = [];
  for await (const task of source.open('album:aB3dE5f', {})) for await (const item of task.items) items.push(item);
  expect(items).toHaveLength(3);
  expect(items[0]).not.toHaveProperty('title');
  expect(items[0]).not.toHaveProperty('size');
  expect(items[0]).not.toHaveProperty('mediaType');
  expect(JSON.parse(items[0]!.raw.json).image).toMatchObject({ size: -1, width: 1e300 });
});
