import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError } from '../../src/errors.js';
import { type DownloadRig, openDownloadRig } from '../support/download-rig.js';
import { status, whole } from '../support/media-server.js';
import { png } from '../support/pictures.js';

const PICTURE = png(30, 20, 1);

let rig: DownloadRig;

beforeEach(async () => {
  rig = await openDownloadRig();
});
afterEach(() => rig.close());

describe('a link that is refused', () => {
  test.each([401, 403, 404, 410])('with %i is asked for anew, once', async (code) => {
    rig.server.answer(status(code), whole(PICTURE));
    await rig.fetch();
    expect(rig.asked.map(({ renew }) => renew)).toEqual([false, true]);
    expect(rig.server.requests.map(({ url }) => url)).toEqual(['/picture?sig=1', '/picture?sig=2']);
    expect(rig.clock.waits).toEqual([]);
  });

  test.each([
    [401, 'E_EXPIRED'],
    [403, 'E_EXPIRED'],
    [404, 'E_NOT_FOUND'],
    [410, 'E_NOT_FOUND'],
  ] as const)('with %i again is told as %s', async (code, expected) => {
    rig.server.answer(status(code));
    await expect(rig.fetch()).rejects.toMatchObject({
      code: expected,
      plugin: 'dalle2',
      message: `generation-1: the link to its bytes was refused (HTTP ${code}), also after asking for a new one`,
      hint: expected === 'E_EXPIRED' ? expect.stringContaining('run out') : expect.stringContaining('removed'),
    });
    expect(rig.server.requests).toHaveLength(2);
    expect(rig.asked).toHaveLength(2);
  });

  test('after an outage has its own tries', async () => {
    rig.server.answer(status(503), status(503), status(503), status(403), status(503), whole(PICTURE));
    await rig.fetch();
    expect(rig.asked).toHaveLength(2);
  });

  test('and that the source cannot renew is what the source says', async () => {
    rig.server.answer(status(403));
    const gone = new AlbarettoError({ code: 'E_NOT_FOUND', message: 'the service has it no more' });
    const from = rig.locating(() => {
      if (rig.asked.length > 1) throw gone;
      return { kind: 'request', url: `${rig.server.origin}/picture` };
    });
    await expect(rig.fetch(from)).rejects.toMatchObject({ code: 'E_NOT_FOUND', message: 'the service has it no more' });
    expect(rig.asked).toHaveLength(2);
  });

  test('because its time is over is renewed before it is tried', async () => {
    rig.server.answer(whole(PICTURE));
    await rig.fetch(
      rig.locating(() => ({
        kind: 'request',
        url: `${rig.server.origin}/picture?sig=${rig.asked.length}`,
        expiresAt: rig.clock.now() + (rig.asked.length > 1 ? 1000 : 0),
      })),
    );
    expect(rig.asked.map(({ renew }) => renew)).toEqual([false, true]);
    expect(rig.server.requests.map(({ url }) => url)).toEqual(['/picture?sig=2']);
  });

  test('whose new time is over as well, by a clock that is wrong, is tried all the same', async () => {
    rig.server.answer(whole(PICTURE));
    await rig.fetch(rig.source({ expiresAt: 1 }));
    expect(rig.asked).toHaveLength(2);
  });
});

describe('an outage', () => {
  test('is waited out, as long as the service says', async () => {
    rig.server.answer(status(429, { 'retry-after': '7' }), status(503, { 'retry-after': '2' }), whole(PICTURE));
    await rig.fetch();
    expect(rig.clock.waits).toEqual([7000, 2000]);
    expect(rig.asked).toHaveLength(1);
  });

  test('that is to last longer than anybody waits is told at once', async () => {
    rig.server.answer(status(429, { 'retry-after': '3600' }));
    await expect(rig.fetch()).rejects.toMatchObject({ code: 'E_RATE_LIMITED', retryable: true });
    expect(rig.server.requests).toHaveLength(1);
  });

  test('that does not end is given up', async () => {
    rig.server.answer(status(500));
    await expect(rig.fetch()).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      message: 'generation-1: its bytes could not be fetched (HTTP 500)',
    });
    expect(rig.server.requests).toHaveLength(5);
  });

  test.each([204, 400])('status %i is no picture and no outage', async (code) => {
    rig.server.answer(status(code));
    await expect(rig.fetch()).rejects.toMatchObject({ code: 'E_BAD_ANSWER' });
    expect(rig.server.requests).toHaveLength(1);
  });

  test('of the source itself is not tried again here: its own client has done that', async () => {
    const outage = new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'down', retryable: true });
    const from = rig.locating(() => {
      throw outage;
    });
    await expect(rig.fetch(from)).rejects.toMatchObject({ code: 'E_UNAVAILABLE', retryable: true, plugin: 'dalle2' });
    expect(rig.asked).toHaveLength(1);
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
    rig.server.answer(status(302, { location: to }));
    await expect(rig.fetch()).rejects.toMatchObject({ code: 'E_UNSAFE_ADDRESS', plugin: 'dalle2', retryable: false });
    expect(rig.server.requests).toHaveLength(1);
  });

  test('a link of the service itself to a private address is refused too', async () => {
    const from = rig.locating(() => ({ kind: 'request', url: 'https://192.168.1.1/a.png' }));
    await expect(rig.fetch(from)).rejects.toMatchObject({ code: 'E_UNSAFE_ADDRESS' });
    const plain = rig.locating(() => ({ kind: 'request', url: 'http://example.org/a.png' }));
    await expect(rig.fetch(plain)).rejects.toMatchObject({ code: 'E_UNSAFE_ADDRESS' });
  });
});
