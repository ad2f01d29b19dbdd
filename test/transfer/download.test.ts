import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sleep } from '../../src/clock.js';
import { AlbarettoError } from '../../src/errors.js';
import { trustedPlace } from '../../src/http/address.js';
import { createAgents } from '../../src/http/agents.js';
import { createHttpClient, type HttpClient } from '../../src/http/client.js';
import type { Digest } from '../../src/model.js';
import type { LocateOptions, Location, Source } from '../../src/plugin.js';
import { type DownloadOptions, download, type Wanted } from '../../src/transfer/download.js';
import {
  chunked,
  closedEarly,
  cut,
  type MediaServer,
  stalled,
  startMediaServer,
  status,
  whole,
} from '../support/media-server.js';
import { mp4, png } from '../support/pictures.js';
import { VirtualClock } from '../support/virtual-clock.js';

const PICTURE = png(30, 20, 1);
const ITEM: Wanted = { id: 'generation-1', taskId: 'task-1' };
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64');
const sha256 = (bytes: Buffer): Digest => ({
  algorithm: 'sha256',
  hex: createHash('sha256').update(bytes).digest('hex'),
});

let server: MediaServer;
let client: HttpClient;
let clock: VirtualClock;
/** What the source was asked, in order. */
let asked: LocateOptions[];

beforeEach(async () => {
  server = await startMediaServer();
  client = createHttpClient({ agents: createAgents({ environmentProxy: () => '' }), userAgent: 'test' });
  clock = new VirtualClock();
  asked = [];
});
afterEach(async () => {
  client.close();
  await server.close();
});

/** A source whose links lead to the server, with what else it says of them. */
function source(facts: Partial<Extract<Location, { kind: 'request' }>> = {}): Source {
  return locating(() => ({ kind: 'request', url: `${server.origin}/picture?sig=${asked.length}`, ...facts }));
}

function locating(locate: () => Location): Source {
  return {
    // biome-ignore lint/correctness/useYield: nothing is listed here
    async *open() {
      throw new Error('nothing is listed here');
    },
    async locate(_item, options) {
      asked.push(options);
      return locate();
    },
  };
}

const options = (more: Partial<DownloadOptions> = {}): DownloadOptions => ({
  client,
  plugin: 'dalle2',
  trusted: [trustedPlace(server.origin)],
  maxBytes: 1_000_000,
  retry: { sleep: clock.sleep, random: () => 1 },
  now: clock.now,
  ...more,
});

const fetchIt = (from: Source = source(), item: Wanted = ITEM, more: Partial<DownloadOptions> = {}) =>
  download(item, from, options(more));

describe('a whole body', () => {
  test.each([
    ['with its length', whole(PICTURE)],
    ['in chunked coding', chunked(PICTURE)],
    ['with its Content-MD5', whole(PICTURE, { 'content-md5': md5(PICTURE) })],
    ['under a wrong type', whole(PICTURE, { 'content-type': 'text/html' })],
    ['with a Content-MD5 that is none', whole(PICTURE, { 'content-md5': 'none' })],
  ])('%s is taken for what its bytes are', async (_name, reply) => {
    server.answer(reply);
    const { bytes, ...facts } = await fetchIt();
    expect(facts).toEqual({ mediaType: 'image/png', width: 30, height: 20 });
    expect(Buffer.from(bytes.inMemory!).equals(PICTURE)).toBe(true);
    expect(bytes.size).toBe(PICTURE.length);
    expect(bytes.digests).toContainEqual(sha256(PICTURE));
    expect(server.requests).toHaveLength(1);
    expect(asked).toEqual([{ signal: undefined, renew: false }]);
  });

  test('that agrees with all that the service declares is taken', async () => {
    server.answer(whole(PICTURE));
    const declared = { size: PICTURE.length, digests: [sha256(PICTURE)] };
    await fetchIt(source(declared), { ...ITEM, ...declared });
  });

  test('counts every byte that came', async () => {
    server.answer(cut(PICTURE), whole(PICTURE));
    let count = 0;
    await fetchIt(source(), ITEM, { onBytes: (more) => (count += more) });
    expect(count).toBe((PICTURE.length >> 1) + PICTURE.length);
  });

  test('is asked for with the headers that the source gives, unpacked by nobody, and with no credential', async () => {
    server.answer(whole(PICTURE));
    await fetchIt(source({ headers: { Accept: 'image/*' } }));
    const { headers } = server.requests[0]!;
    expect(headers).toMatchObject({ accept: 'image/*', 'accept-encoding': 'identity' });
    expect(headers.authorization).toBeUndefined();
  });

  test('that came inside the answer of the service is checked like any other', async () => {
    const inline = (bytes: Uint8Array) => locating(() => ({ kind: 'bytes', bytes }));
    expect(await fetchIt(inline(PICTURE))).toMatchObject({ mediaType: 'image/png' });
    await expect(fetchIt(inline(PICTURE.subarray(0, 100)))).rejects.toMatchObject({ code: 'E_TRUNCATED' });
    await expect(fetchIt(inline(Buffer.from('<html>')))).rejects.toMatchObject({ code: 'E_FORMAT' });
    await expect(fetchIt(inline(PICTURE), { ...ITEM, size: 1 })).rejects.toMatchObject({ code: 'E_TRUNCATED' });
    const digests = [sha256(Buffer.from('other'))];
    await expect(fetchIt(inline(PICTURE), { ...ITEM, digests })).rejects.toMatchObject({ code: 'E_DIGEST' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('a body that is not whole', () => {
  test.each([
    ['cut off before its declared length', cut(PICTURE)],
    ['without a length and cut off', closedEarly(PICTURE)],
    ['cut off where the service made its length agree', whole(PICTURE.subarray(0, 150))],
  ])('%s is fetched anew', async (_name, reply) => {
    server.answer(reply, whole(PICTURE));
    expect((await fetchIt()).bytes.size).toBe(PICTURE.length);
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    ['cut off before its declared length', cut(PICTURE)],
    ['without a length and cut off', closedEarly(PICTURE)],
  ])('%s each time is given up after five tries', async (_name, reply) => {
    server.answer(reply);
    await expect(fetchIt()).rejects.toMatchObject({ code: 'E_TRUNCATED', plugin: 'dalle2' });
    expect(server.requests).toHaveLength(5);
    expect(clock.waits).toEqual([500, 1000, 2000, 4000]);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['shorter', PICTURE.length + 1],
    ['longer', PICTURE.length - 1],
  ])(
    '%s than the service declares is another file, which is asked for once more and no oftener',
    async (_name, size) => {
      server.answer(whole(PICTURE));
      await expect(fetchIt(source({ size }))).rejects.toMatchObject({
        code: 'E_FORMAT',
        message: `generation-1: ${PICTURE.length} bytes came where ${size} were declared`,
        hint: 'the service sends another file in its place',
      });
      expect(server.requests).toHaveLength(2);
      await expect(fetchIt(source(), { ...ITEM, size })).rejects.toMatchObject({ code: 'E_FORMAT' });
    },
  );

  test('a format that does not say where it ends is taken with a length, and not without one', async () => {
    const video = openEnded(mp4(1, 5000));
    server.answer(whole(video));
    expect((await fetchIt()).mediaType).toBe('video/mp4');
    server.answer(chunked(video));
    expect((await fetchIt()).mediaType).toBe('video/mp4');
    server.answer((response) => {
      response.useChunkedEncodingByDefault = false;
      response.shouldKeepAlive = false;
      response.writeHead(200);
      response.end(video);
    });
    await expect(fetchIt()).rejects.toMatchObject({ code: 'E_TRUNCATED' });
  });
});

describe('a digest', () => {
  test('that differs from Content-MD5 leads to another try', async () => {
    server.answer(
      whole(PICTURE, { 'content-md5': md5(Buffer.from('other')) }),
      whole(PICTURE, { 'content-md5': md5(PICTURE) }),
    );
    expect((await fetchIt()).bytes.size).toBe(PICTURE.length);
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    ['Content-MD5', { header: { 'content-md5': md5(Buffer.from('other')) } }],
    ['what the source says of the link', { facts: { digests: [sha256(Buffer.from('other'))] } }],
    ['what the source says of the item', { item: { digests: [sha256(Buffer.from('other'))] } }],
  ])(
    'that goes on differing from %s is told',
    async (_name, { header, facts, item }: Record<string, object | undefined>) => {
      server.answer(whole(PICTURE, { ...header }));
      await expect(fetchIt(source(facts), { ...ITEM, ...item })).rejects.toMatchObject({
        code: 'E_DIGEST',
        message: expect.stringMatching(
          /^generation-1: its (md5|sha256) differs from the one that the service declares$/u,
        ),
      });
      expect(server.requests).toHaveLength(5);
    },
  );

  test('of a kind that is not computed here, or in capitals, is no difference', async () => {
    server.answer(whole(PICTURE));
    const { algorithm, hex } = sha256(PICTURE);
    const unknown = { algorithm: 'crc32c' as 'md5', hex: '00' };
    await fetchIt(source({ digests: [unknown, { algorithm, hex: hex.toUpperCase() }] }));
  });
});

describe('a body that is no picture', () => {
  const wrong: [string, Buffer][] = [
    ['a page of HTML', Buffer.from('<!DOCTYPE html><html><body>sorry</body></html>')],
    ['the first bytes of a PNG and zeros', Buffer.concat([PICTURE.subarray(0, 8), Buffer.alloc(50)])],
    ['JSON', Buffer.from('{"error":"no"}')],
    ['nothing at all', Buffer.alloc(0)],
    ['a program', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(600)])],
  ];

  test.each(wrong)('%s is fetched anew once and then told', async (_name, body) => {
    server.answer(whole(body));
    await expect(fetchIt()).rejects.toMatchObject({
      code: 'E_FORMAT',
      plugin: 'dalle2',
      hint: 'it was not kept',
      message: expect.stringMatching(/^generation-1: not a whole picture or video \(.+\)$/u),
    });
    expect(server.requests).toHaveLength(2);
  });

  test('does not matter when the second try brings the picture', async () => {
    server.answer(whole(wrong[0]![1]), whole(PICTURE));
    expect((await fetchIt()).mediaType).toBe('image/png');
  });

  test('is fetched anew once in all, also when the link is renewed in between', async () => {
    server.answer(whole(wrong[0]![1]), status(403), whole(wrong[0]![1]));
    await expect(fetchIt()).rejects.toMatchObject({ code: 'E_FORMAT' });
    expect(server.requests).toHaveLength(3);
  });
});

describe('a link that is refused', () => {
  test.each([401, 403, 404, 410])('with %i is asked for anew, once', async (code) => {
    server.answer(status(code), whole(PICTURE));
    await fetchIt();
    expect(asked.map(({ renew }) => renew)).toEqual([false, true]);
    expect(server.requests.map(({ url }) => url)).toEqual(['/picture?sig=1', '/picture?sig=2']);
    expect(clock.waits).toEqual([]);
  });

  test.each([
    [401, 'E_EXPIRED'],
    [403, 'E_EXPIRED'],
    [404, 'E_NOT_FOUND'],
    [410, 'E_NOT_FOUND'],
  ] as const)('with %i again is told as %s', async (code, expected) => {
    server.answer(status(code));
    await expect(fetchIt()).rejects.toMatchObject({
      code: expected,
      plugin: 'dalle2',
      message: `generation-1: the link to its bytes was refused (HTTP ${code}), also after asking for a new one`,
    });
    expect(server.requests).toHaveLength(2);
    expect(asked).toHaveLength(2);
  });

  test('after an outage has its own tries', async () => {
    server.answer(status(503), status(503), status(503), status(403), status(503), whole(PICTURE));
    await fetchIt();
    expect(asked).toHaveLength(2);
  });

  test('and that the source cannot renew is what the source says', async () => {
    server.answer(status(403));
    const gone = new AlbarettoError({ code: 'E_NOT_FOUND', message: 'the service has it no more' });
    const from = locating(() => {
      if (asked.length > 1) throw gone;
      return { kind: 'request', url: `${server.origin}/picture` };
    });
    await expect(fetchIt(from)).rejects.toMatchObject({ code: 'E_NOT_FOUND', message: 'the service has it no more' });
    expect(asked).toHaveLength(2);
  });

  test('because its time is over is renewed before it is tried', async () => {
    server.answer(whole(PICTURE));
    await fetchIt(
      locating(() => ({
        kind: 'request',
        url: `${server.origin}/picture?sig=${asked.length}`,
        expiresAt: clock.now() + (asked.length > 1 ? 1000 : 0),
      })),
    );
    expect(asked.map(({ renew }) => renew)).toEqual([false, true]);
    expect(server.requests.map(({ url }) => url)).toEqual(['/picture?sig=2']);
  });

  test('whose new time is over as well, by a clock that is wrong, is tried all the same', async () => {
    server.answer(whole(PICTURE));
    await fetchIt(source({ expiresAt: 1 }));
    expect(asked).toHaveLength(2);
  });
});

describe('an outage', () => {
  test('is waited out, as long as the service says', async () => {
    server.answer(status(429, { 'retry-after': '7' }), status(503, { 'retry-after': '2' }), whole(PICTURE));
    await fetchIt();
    expect(clock.waits).toEqual([7000, 2000]);
    expect(asked).toHaveLength(1);
  });

  test('that is to last longer than anybody waits is told at once', async () => {
    server.answer(status(429, { 'retry-after': '3600' }));
    await expect(fetchIt()).rejects.toMatchObject({ code: 'E_RATE_LIMITED', retryable: true });
    expect(server.requests).toHaveLength(1);
  });

  test('that does not end is given up', async () => {
    server.answer(status(500));
    await expect(fetchIt()).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      message: 'generation-1: its bytes could not be fetched (HTTP 500)',
    });
    expect(server.requests).toHaveLength(5);
  });

  test.each([204, 400])('status %i is no picture and no outage', async (code) => {
    server.answer(status(code));
    await expect(fetchIt()).rejects.toMatchObject({ code: 'E_BAD_ANSWER' });
    expect(server.requests).toHaveLength(1);
  });

  test('of the source itself is not tried again here: its own client has done that', async () => {
    const outage = new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'down', retryable: true });
    const from = locating(() => {
      throw outage;
    });
    await expect(fetchIt(from)).rejects.toMatchObject({ code: 'E_UNAVAILABLE', retryable: true, plugin: 'dalle2' });
    expect(asked).toHaveLength(1);
  });
});

describe('where a link must not lead', () => {
  test.each([
    ['http', 'http://pictures.example.org/a.png'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:image/png;base64,AAAA'],
    ['the metadata address of a cloud', 'https://169.254.169.254/latest/meta-data'],
    ['a private network', 'https://10.0.0.1/a.png'],
    ['a private network in another notation', 'https://0xa000001/a.png'],
    ['a user name', 'https://user:password@example.org/a.png'],
  ])('a redirect to %s is refused, with no request', async (_name, to) => {
    server.answer(status(302, { location: to }));
    await expect(fetchIt()).rejects.toMatchObject({ code: 'E_UNSAFE_ADDRESS', plugin: 'dalle2', retryable: false });
    expect(server.requests).toHaveLength(1);
  });

  test('a link of the service itself to a private address is refused too', async () => {
    const from = locating(() => ({ kind: 'request', url: 'https://192.168.1.1/a.png' }));
    await expect(fetchIt(from)).rejects.toMatchObject({ code: 'E_UNSAFE_ADDRESS' });
    const plain = locating(() => ({ kind: 'request', url: 'http://example.org/a.png' }));
    await expect(fetchIt(plain)).rejects.toMatchObject({ code: 'E_UNSAFE_ADDRESS' });
  });
});

describe('a body larger than the cap', () => {
  test('that says so is refused before it is read', async () => {
    server.answer(stalled(Buffer.alloc(5000)));
    await expect(fetchIt(source(), ITEM, { maxBytes: 4999 })).rejects.toMatchObject({
      code: 'E_TOO_LARGE',
      hint: 'raise limits.itemBytes in the configuration',
    });
    expect(server.requests).toHaveLength(1);
    await until(() => server.running() === 0);
  });

  test('that does not say so is read to the cap', async () => {
    let sent = 0;
    server.answer((response) => {
      const more = (): void => {
        if (response.destroyed) return;
        sent += 65_536;
        response.write(Buffer.alloc(65_536), () => setImmediate(more));
      };
      more();
    });
    await expect(fetchIt(source(), ITEM, { maxBytes: 500_000 })).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
    await until(() => server.running() === 0);
    expect(sent).toBeLessThan(50_000_000);
  });

  test('at the cap is taken', async () => {
    server.answer(whole(PICTURE));
    await fetchIt(source(), ITEM, { maxBytes: PICTURE.length });
  });
});

describe('an abort', () => {
  test('before the download asks for nothing', async () => {
    await expect(fetchIt(source(), ITEM, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
    expect(server.requests).toHaveLength(0);
  });

  test('in the middle of the body ends it, and the connection', async () => {
    server.answer(stalled(PICTURE));
    const controller = new AbortController();
    const work = fetchIt(source(), ITEM, { signal: controller.signal, onBytes: () => controller.abort() });
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    await until(() => server.running() === 0);
    expect(server.requests).toHaveLength(1);
  });

  test('while it waits for another try ends the wait', async () => {
    server.answer(status(503));
    const controller = new AbortController();
    const retry = { sleep, onWait: () => controller.abort() };
    const work = fetchIt(source(), ITEM, { signal: controller.signal, retry });
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(server.requests).toHaveLength(1);
  });
});

/** The last box of the file with the size 0: it goes on to the end of the file, wherever that is. */
function openEnded(video: Buffer): Buffer {
  let at = 0;
  for (let size = video.readUInt32BE(0); at + size < video.length; size = video.readUInt32BE(at)) at += size;
  const open = Buffer.from(video);
  open.writeUInt32BE(0, at);
  return open;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}
