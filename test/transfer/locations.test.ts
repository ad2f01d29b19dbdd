import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError } from '../../src/errors.js';
import type { Location } from '../../src/plugin.js';
import type { DownloadOptions, Wanted } from '../../src/transfer/download.js';
import { createMemoryBudget, openMemoryWriter, openSpoolWriter } from '../../src/transfer/spool.js';
import { type DownloadRig, ITEM, openDownloadRig } from '../support/download-rig.js';
import { cut, type Reply, status, whole } from '../support/media-server.js';
import { png } from '../support/pictures.js';

const PICTURE = png(60, 40, 1);

let rig: DownloadRig;

beforeEach(async () => {
  rig = await openDownloadRig('local');
});
afterEach(() => rig.close());

const fetchFrom = (location: Location, item?: Wanted, more?: Partial<DownloadOptions>) =>
  rig.fetch(
    rig.locating(() => location),
    item,
    more,
  );

const linkTo = (path: string, more: Partial<Extract<Location, { kind: 'request' }>> = {}): Location => ({
  kind: 'request',
  url: `${rig.server.origin}${path}`,
  ...more,
});

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

describe('bytes that the source reads itself', () => {
  const streamOf = (...parts: readonly Uint8Array[]): Location => ({ kind: 'stream', open: () => chunks(...parts) });
  const [head, tail] = [PICTURE.subarray(0, 100), PICTURE.subarray(100)];

  test('are taken for what they are, and counted', async () => {
    let count = 0;
    const { bytes, ...facts } = await fetchFrom(streamOf(head, tail), ITEM, { onBytes: (more) => (count += more) });
    expect(facts).toEqual({ mediaType: 'image/png', width: 60, height: 40 });
    expect(Buffer.from(bytes.inMemory!).equals(PICTURE)).toBe(true);
    expect(count).toBe(PICTURE.length);
    expect(rig.server.requests).toEqual([]);
  });

  test.each<[string, Location, Partial<Wanted>, string]>([
    ['end too soon', streamOf(head), {}, 'E_TRUNCATED'],
    ['are none', streamOf(), {}, 'E_FORMAT'],
    ['are no picture', streamOf(Buffer.from('<html>')), {}, 'E_FORMAT'],
    ['are fewer than were told of the item', streamOf(head, tail), { size: PICTURE.length + 1 }, 'E_TRUNCATED'],
    ['are fewer than were told of the place', { ...streamOf(head, tail), size: 9999 } as Location, {}, 'E_TRUNCATED'],
    ['have another digest', streamOf(head, tail), { digests: [{ algorithm: 'sha256', hex: 'ab' }] }, 'E_DIGEST'],
  ])('that %s are an error, like any others', async (_name, location, facts, code) => {
    await expect(fetchFrom(location, { ...ITEM, ...facts })).rejects.toMatchObject({ code, plugin: 'local' });
  });

  test('that agree with what is told of them are taken', async () => {
    const hex = createHash('sha256').update(PICTURE).digest('hex');
    const item: Wanted = { ...ITEM, size: PICTURE.length, digests: [{ algorithm: 'sha256', hex }] };
    expect((await fetchFrom(streamOf(head, tail), item)).bytes.size).toBe(PICTURE.length);
  });

  test('beyond the cap are not taken', async () => {
    await expect(fetchFrom(streamOf(head, tail), ITEM, { maxBytes: 150 })).rejects.toMatchObject({
      code: 'E_TOO_LARGE',
    });
  });

  test('that fail in the middle fail with their own cause, and leave no room taken', async () => {
    const refused = new AlbarettoError({ code: 'E_DESTINATION', message: 'the disk fails' });
    async function* failing() {
      yield head;
      throw refused;
    }
    let discarded = 0;
    const openSpool = () => {
      const writer = openMemoryWriter();
      const discard = writer.discard.bind(writer);
      writer.discard = () => {
        discarded += 1;
        return discard();
      };
      return writer;
    };
    await expect(fetchFrom({ kind: 'stream', open: failing }, ITEM, { openSpool })).rejects.toMatchObject({
      message: 'the disk fails',
    });
    expect(discarded).toBeGreaterThan(0);
  });

  test('end at once when they are interrupted, also where the next of them never comes', async () => {
    const controller = new AbortController();
    let ended = false;
    async function* silent() {
      try {
        yield head;
        await new Promise(() => undefined);
      } finally {
        ended = true;
      }
    }
    const work = fetchFrom({ kind: 'stream', open: silent }, ITEM, {
      signal: controller.signal,
      onBytes: () => setImmediate(() => controller.abort()),
    });
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    // A generator that waits for ever cannot be ended; one that comes to a yield is.
    expect(ended).toBe(false);
  });

  test('are let go when they are interrupted between two of them', async () => {
    const controller = new AbortController();
    let ended = false;
    async function* endless() {
      try {
        for (;;) {
          yield head;
          await new Promise(setImmediate);
        }
      } finally {
        ended = true;
      }
    }
    const work = fetchFrom({ kind: 'stream', open: endless }, ITEM, {
      signal: controller.signal,
      maxBytes: 1e9,
      onBytes: () => controller.abort(),
    });
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    expect(ended).toBe(true);
  });
});

describe('a placeholder', () => {
  const REMOVED = png(4, 4, 9);
  const redirected: Reply = (response, request) => {
    if (request.url === '/removed.png') whole(REMOVED)(response, request);
    else response.writeHead(302, { location: '/removed.png' }).end();
  };

  test('is known by where the link led to, never kept, and counts as gone', async () => {
    rig.server.answer(redirected);
    const seen: unknown[] = [];
    const location = linkTo('/a.png', {
      isPlaceholder: (answer) => {
        seen.push(answer);
        return answer.url.endsWith('/removed.png');
      },
    });
    await expect(fetchFrom(location)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'local',
      message: 'generation-1: the service answers a placeholder in its place',
    });
    expect(seen[0]).toEqual({ url: `${rig.server.origin}/removed.png`, size: REMOVED.length });
    // A new link may lead to the file itself.
    expect(rig.asked.map(({ renew }) => renew)).toEqual([false, true]);
  });

  test('is known by what its bytes are, and leaves no room taken', async () => {
    rig.server.answer(whole(PICTURE));
    const budget = createMemoryBudget(1_000_000);
    const openSpool = () => openSpoolWriter({ budget, disk: undefined as never, folder: () => Promise.reject() });
    const location = linkTo('/a.mp4', { isPlaceholder: ({ mediaType }) => mediaType === 'image/png' });
    await expect(fetchFrom(location, ITEM, { openSpool })).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    expect(rig.server.requests.map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
    expect(budget.used).toBe(0);
  });

  test('is no other file: what is not one is fetched', async () => {
    rig.server.answer(whole(PICTURE));
    const location = linkTo('/a.png', { isPlaceholder: ({ size }) => size === REMOVED.length });
    expect((await fetchFrom(location)).bytes.size).toBe(PICTURE.length);
  });

  test('is not mistaken for the rest of a file that happens to be as long', async () => {
    const half = PICTURE.length >> 1;
    const rest: Reply = (response, request) => {
      expect(request.headers.range).toBe(`bytes=${half}-`);
      response.writeHead(206, {
        etag: '"1"',
        'content-length': String(PICTURE.length - half),
        'content-range': `bytes ${half}-${PICTURE.length - 1}/${PICTURE.length}`,
      });
      response.end(PICTURE.subarray(half));
    };
    const first: Reply = (response, request) => {
      response.setHeader('etag', '"1"');
      cut(PICTURE)(response, request);
    };
    rig.server.answer(first, rest);
    const sizes: unknown[] = [];
    const location = linkTo('/a.png', {
      isPlaceholder: ({ size }) => {
        sizes.push(size);
        return size === PICTURE.length - half;
      },
    });
    expect((await fetchFrom(location)).bytes.size).toBe(PICTURE.length);
    // Before each of the two answers, and of the whole.
    expect(sizes).toEqual([PICTURE.length, PICTURE.length, PICTURE.length]);
  });
});

describe('a host that gives no answer', () => {
  const destroyed: Reply = (response) => void response.destroy();
  /** `tries path` of what came to the rig.server. */
  const tries = (path: string) => rig.server.requests.filter(({ url }) => url === path).length;
  const get = (path: string, downHosts: Set<string>) =>
    fetchFrom(linkTo(path), { ...ITEM, id: path }, { downHosts }).then(
      () => 'fetched',
      (thrown: AlbarettoError) => thrown.code,
    );

  test('is tried five times for the first item, and once for each of the others', async () => {
    rig.server.answer(destroyed);
    const down = new Set<string>();
    expect([await get('/a', down), await get('/b', down), await get('/c', down)]).toEqual(Array(3).fill('E_NETWORK'));
    expect([tries('/a'), tries('/b'), tries('/c')]).toEqual([5, 1, 1]);
  });

  test('is tried as ever as soon as it has answered again', async () => {
    let isDown = true;
    rig.server.answer((response, request) => (isDown ? response.destroy() : whole(PICTURE)(response, request)));
    const down = new Set<string>();
    expect(await get('/a', down)).toBe('E_NETWORK');
    isDown = false;
    expect([await get('/b', down), await get('/c', down)]).toEqual(['fetched', 'fetched']);
    isDown = true;
    expect(await get('/d', down)).toBe('E_NETWORK');
    expect(tries('/d')).toBe(5);
  });

  test('for one file alone costs the files behind it nothing', async () => {
    rig.server.answer((response, request) =>
      request.url === '/bad' ? response.destroy() : whole(PICTURE)(response, request),
    );
    const down = new Set<string>();
    const results: string[] = [];
    for (const path of ['/a', '/bad', '/b', '/c']) results.push(await get(path, down));
    expect(results).toEqual(['fetched', 'E_NETWORK', 'fetched', 'fetched']);
  });

  test('and then one that it may mend has all its tries for it', async () => {
    let count = 0;
    rig.server.answer((response, request) => {
      count += 1;
      if (count <= 5) response.destroy();
      else if (count <= 7) status(503)(response, request);
      else whole(PICTURE)(response, request);
    });
    const down = new Set<string>();
    expect([await get('/a', down), await get('/b', down)]).toEqual(['E_NETWORK', 'fetched']);
  });

  test('keeps nobody from another host', async () => {
    const down = new Set(['pictures.example.org']);
    rig.server.answer(cut(PICTURE), whole(PICTURE));
    expect(await get('/a', down)).toBe('fetched');
    expect(tries('/a')).toBe(2);
    expect([...down]).toEqual(['pictures.example.org']);
  });

  test('is not taken for down because somebody interrupts', async () => {
    rig.server.answer(destroyed);
    const down = new Set<string>();
    const controller = new AbortController();
    const retry = { sleep: rig.clock.sleep, onWait: () => controller.abort() };
    const work = fetchFrom(linkTo('/a'), ITEM, { downHosts: down, signal: controller.signal, retry });
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect([...down]).toEqual([]);
  });
});
