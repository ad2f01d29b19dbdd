import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sleep } from '../../src/clock.js';
import type { Digest } from '../../src/model.js';
import { type DownloadRig, ITEM, openDownloadRig } from '../support/download-rig.js';
import { chunked, closedEarly, cut, stalled, status, whole } from '../support/media-server.js';
import { mp4, png } from '../support/pictures.js';

const PICTURE = png(30, 20, 1);
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64');
const sha256 = (bytes: Buffer): Digest => ({
  algorithm: 'sha256',
  hex: createHash('sha256').update(bytes).digest('hex'),
});

let rig: DownloadRig;

beforeEach(async () => {
  rig = await openDownloadRig();
});
afterEach(() => rig.close());

describe('a whole body', () => {
  test.each([
    ['with its length', whole(PICTURE)],
    ['in chunked coding', chunked(PICTURE)],
    ['with its Content-MD5', whole(PICTURE, { 'content-md5': md5(PICTURE) })],
    ['under a wrong type', whole(PICTURE, { 'content-type': 'text/html' })],
    ['with a Content-MD5 that is none', whole(PICTURE, { 'content-md5': 'none' })],
  ])('%s is taken for what its bytes are', async (_name, reply) => {
    rig.server.answer(reply);
    const { bytes, ...facts } = await rig.fetch();
    expect(facts).toEqual({ mediaType: 'image/png', width: 30, height: 20 });
    expect(Buffer.from(bytes.inMemory!).equals(PICTURE)).toBe(true);
    expect(bytes.size).toBe(PICTURE.length);
    expect(bytes.digests).toContainEqual(sha256(PICTURE));
    expect(rig.server.requests).toHaveLength(1);
    expect(rig.asked).toEqual([{ signal: undefined, renew: false }]);
  });

  test('that agrees with all that the service declares is taken', async () => {
    rig.server.answer(whole(PICTURE));
    const declared = { size: PICTURE.length, digests: [sha256(PICTURE)] };
    await rig.fetch(rig.source(declared), { ...ITEM, ...declared });
  });

  test('counts every byte that came', async () => {
    rig.server.answer(cut(PICTURE), whole(PICTURE));
    let count = 0;
    await rig.fetch(rig.source(), ITEM, { onBytes: (more) => (count += more) });
    expect(count).toBe((PICTURE.length >> 1) + PICTURE.length);
  });

  test('is asked for with the headers that the source gives, unpacked by nobody, and with no credential', async () => {
    rig.server.answer(whole(PICTURE));
    await rig.fetch(rig.source({ headers: { Accept: 'image/*' } }));
    const { headers } = rig.server.requests[0]!;
    expect(headers).toMatchObject({ accept: 'image/*', 'accept-encoding': 'identity' });
    expect(headers.authorization).toBeUndefined();
  });

  test('that came inside the answer of the service is checked like any other', async () => {
    const inline = (bytes: Uint8Array) => rig.locating(() => ({ kind: 'bytes', bytes }));
    expect(await rig.fetch(inline(PICTURE))).toMatchObject({ mediaType: 'image/png' });
    await expect(rig.fetch(inline(PICTURE.subarray(0, 100)))).rejects.toMatchObject({ code: 'E_TRUNCATED' });
    await expect(rig.fetch(inline(Buffer.from('<html>')))).rejects.toMatchObject({ code: 'E_FORMAT' });
    await expect(rig.fetch(inline(PICTURE), { ...ITEM, size: 1 })).rejects.toMatchObject({ code: 'E_TRUNCATED' });
    const digests = [sha256(Buffer.from('other'))];
    await expect(rig.fetch(inline(PICTURE), { ...ITEM, digests })).rejects.toMatchObject({ code: 'E_DIGEST' });
    expect(rig.server.requests).toHaveLength(0);
  });
});

describe('a body that is not whole', () => {
  test.each([
    ['cut off before its declared length', cut(PICTURE)],
    ['without a length and cut off', closedEarly(PICTURE)],
    ['cut off where the service made its length agree', whole(PICTURE.subarray(0, 150))],
  ])('%s is fetched anew', async (_name, reply) => {
    rig.server.answer(reply, whole(PICTURE));
    expect((await rig.fetch()).bytes.size).toBe(PICTURE.length);
    expect(rig.server.requests).toHaveLength(2);
  });

  test.each([
    ['cut off before its declared length', cut(PICTURE)],
    ['without a length and cut off', closedEarly(PICTURE)],
  ])('%s each time is given up after five tries', async (_name, reply) => {
    rig.server.answer(reply);
    await expect(rig.fetch()).rejects.toMatchObject({ code: 'E_TRUNCATED', plugin: 'dalle2' });
    expect(rig.server.requests).toHaveLength(5);
    expect(rig.clock.waits).toEqual([500, 1000, 2000, 4000]);
    expect(rig.asked).toHaveLength(1);
  });

  test.each([
    ['shorter', PICTURE.length + 1],
    ['longer', PICTURE.length - 1],
  ])(
    '%s than the service declares is another file, which is asked for once more and no oftener',
    async (_name, size) => {
      rig.server.answer(whole(PICTURE));
      await expect(rig.fetch(rig.source({ size }))).rejects.toMatchObject({
        code: 'E_FORMAT',
        message: `generation-1: ${PICTURE.length} bytes came where ${size} were declared`,
        hint: 'the service sends another file in its place',
      });
      expect(rig.server.requests).toHaveLength(2);
      await expect(rig.fetch(rig.source(), { ...ITEM, size })).rejects.toMatchObject({ code: 'E_FORMAT' });
    },
  );

  test('a format that does not say where it ends is taken with a length, and not without one', async () => {
    const video = openEnded(mp4(1, 5000));
    rig.server.answer(whole(video));
    expect((await rig.fetch()).mediaType).toBe('video/mp4');
    for (const none of ['identity', 'aws-chunked', '']) {
      rig.server.answer(whole(video, { 'content-encoding': none }));
      expect((await rig.fetch()).mediaType).toBe('video/mp4');
    }
    rig.server.answer(chunked(video));
    expect((await rig.fetch()).mediaType).toBe('video/mp4');
    rig.server.answer((response) => {
      response.useChunkedEncodingByDefault = false;
      response.shouldKeepAlive = false;
      response.writeHead(200);
      response.end(video);
    });
    await expect(rig.fetch()).rejects.toMatchObject({ code: 'E_TRUNCATED' });
  });
});

test('a body that breaks off after a long time is worth another try, as one that breaks off at once', async () => {
  rig.server.answer(cut(PICTURE), whole(PICTURE));
  let now = 0;
  const onBytes = () => {
    now += 600_000;
  };
  expect((await rig.fetch(rig.source(), ITEM, { now: () => now, onBytes })).bytes.size).toBe(PICTURE.length);
  expect(rig.server.requests).toHaveLength(2);
});

describe('a digest', () => {
  test('that differs from Content-MD5 leads to another try', async () => {
    rig.server.answer(
      whole(PICTURE, { 'content-md5': md5(Buffer.from('other')) }),
      whole(PICTURE, { 'content-md5': md5(PICTURE) }),
    );
    expect((await rig.fetch()).bytes.size).toBe(PICTURE.length);
    expect(rig.server.requests).toHaveLength(2);
  });

  test.each([
    ['Content-MD5', { header: { 'content-md5': md5(Buffer.from('other')) } }],
    ['what the source says of the link', { facts: { digests: [sha256(Buffer.from('other'))] } }],
    ['what the source says of the item', { item: { digests: [sha256(Buffer.from('other'))] } }],
  ])(
    'that goes on differing from %s is told',
    async (_name, { header, facts, item }: Record<string, object | undefined>) => {
      rig.server.answer(whole(PICTURE, { ...header }));
      await expect(rig.fetch(rig.source(facts), { ...ITEM, ...item })).rejects.toMatchObject({
        code: 'E_DIGEST',
        message: expect.stringMatching(
          /^generation-1: its (md5|sha256) differs from the one that the service declares$/u,
        ),
      });
      expect(rig.server.requests).toHaveLength(5);
    },
  );

  test('of a kind that is not computed here, or in capitals, is no difference', async () => {
    rig.server.answer(whole(PICTURE));
    const { algorithm, hex } = sha256(PICTURE);
    const unknown = { algorithm: 'crc32c' as 'md5', hex: '00' };
    await rig.fetch(rig.source({ digests: [unknown, { algorithm, hex: hex.toUpperCase() }] }));
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
    rig.server.answer(whole(body));
    await expect(rig.fetch()).rejects.toMatchObject({
      code: 'E_FORMAT',
      plugin: 'dalle2',
      hint: 'it was not kept',
      message: expect.stringMatching(/^generation-1: not a whole picture or video \(.+\)$/u),
    });
    expect(rig.server.requests).toHaveLength(2);
  });

  test('does not matter when the second try brings the picture', async () => {
    rig.server.answer(whole(wrong[0]![1]), whole(PICTURE));
    expect((await rig.fetch()).mediaType).toBe('image/png');
  });

  test('is fetched anew once in all, also when the link is renewed in between', async () => {
    rig.server.answer(whole(wrong[0]![1]), status(403), whole(wrong[0]![1]));
    await expect(rig.fetch()).rejects.toMatchObject({ code: 'E_FORMAT' });
    expect(rig.server.requests).toHaveLength(3);
  });
});

describe('a body larger than the cap', () => {
  test('that says so is refused before it is read', async () => {
    rig.server.answer(stalled(Buffer.alloc(5000)));
    await expect(rig.fetch(rig.source(), ITEM, { maxBytes: 4999 })).rejects.toMatchObject({
      code: 'E_TOO_LARGE',
      hint: 'raise limits.itemBytes in the configuration',
    });
    expect(rig.server.requests).toHaveLength(1);
    await until(() => rig.server.running() === 0);
  });

  test('that does not say so is read to the cap', async () => {
    let sent = 0;
    rig.server.answer((response) => {
      const more = (): void => {
        if (response.destroyed) return;
        sent += 65_536;
        response.write(Buffer.alloc(65_536), () => setImmediate(more));
      };
      more();
    });
    await expect(rig.fetch(rig.source(), ITEM, { maxBytes: 500_000 })).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
    await until(() => rig.server.running() === 0);
    expect(sent).toBeLessThan(50_000_000);
  });

  test('at the cap is taken', async () => {
    rig.server.answer(whole(PICTURE));
    await rig.fetch(rig.source(), ITEM, { maxBytes: PICTURE.length });
  });
});

describe('an abort', () => {
  test('before the download asks for nothing', async () => {
    await expect(rig.fetch(rig.source(), ITEM, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
    expect(rig.server.requests).toHaveLength(0);
  });

  test('in the middle of the body ends it, and the connection', async () => {
    rig.server.answer(stalled(PICTURE));
    const controller = new AbortController();
    const work = rig.fetch(rig.source(), ITEM, { signal: controller.signal, onBytes: () => controller.abort() });
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    await until(() => rig.server.running() === 0);
    expect(rig.server.requests).toHaveLength(1);
  });

  test('while it waits for another try ends the wait', async () => {
    rig.server.answer(status(503));
    const controller = new AbortController();
    const retry = { sleep, onWait: () => controller.abort() };
    const work = rig.fetch(rig.source(), ITEM, { signal: controller.signal, retry });
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(rig.server.requests).toHaveLength(1);
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
