import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { png } from '../../support/pictures.js';
import type { FakeImage, NewInference } from './index.js';
import { START, useFakeHappyAccidents } from './session.js';

const session = useFakeHappyAccidents();
const BROWSER = { Accept: 'image/avif,image/webp,image/apng,image/*,*/*;q=0.8' };
const ANYTHING = { Accept: '*/*' };

const add = (given: NewInference = {}): FakeImage => session.fake.addInference(given).images[0]!;
const load = (image: FakeImage, query = '', headers: Readonly<Record<string, string>> = {}) =>
  exchange(`${session.imageOrigin}/hb42m9hh0/${image.path}${query}`, { headers });

function kindOf(bytes: Buffer): string {
  if (bytes.subarray(8, 12).toString('latin1') === 'WEBP') return 'webp';
  if (bytes.subarray(4, 12).toString('latin1') === 'ftypavif') return 'avif';
  if (bytes.readUInt16BE(0) === 0xffd8) return 'jpeg';
  return bytes.subarray(1, 4).toString('latin1').toLowerCase();
}

describe('the stored picture', () => {
  test('is what orig-true gives, whatever else is asked for', async () => {
    const image = add();
    for (const query of ['?tr=orig-true', '?tr=q-50,f-webp,orig-true']) {
      const { status, headers, body } = await load(image, query, BROWSER);
      expect([status, headers['content-type']]).toEqual([200, 'image/png']);
      expect(body.equals(image.bytes)).toBe(true);
    }
  });

  test('comes in parts, and not at all to those who have it', async () => {
    const image = add();
    const { headers } = await load(image, '?tr=orig-true');
    expect(headers).toMatchObject({ 'accept-ranges': 'bytes', 'last-modified': new Date(START).toUTCString() });
    const part = await load(image, '?tr=orig-true', { Range: 'bytes=10-', 'If-Range': headers.etag! });
    expect(part.status).toBe(206);
    expect(part.body.equals(image.bytes.subarray(10))).toBe(true);
    expect((await load(image, '?tr=orig-true', { 'If-None-Match': headers.etag! })).status).toBe(304);
  });

  test('is another one for every image, or the one that a test gives', async () => {
    const { images } = session.fake.addInference({ count: 4 });
    const all = [...images, add()].map(({ bytes }) => bytes.toString('base64'));
    expect(new Set(all).size).toBe(5);
    const given = png(3, 3, 77);
    expect((await load(add({ pictures: [given] }), '?tr=orig-true')).body.equals(given)).toBe(true);
  });
});

describe('a picture that ImageKit made', () => {
  test.each([
    ['', BROWSER, 'webp'],
    ['', ANYTHING, 'png'],
    ['', {}, 'png'],
    ['?tr=f-auto', BROWSER, 'webp'],
    ['?tr=q-95,f-auto', BROWSER, 'webp'],
    ['?tr=q-95,f-auto', ANYTHING, 'png'],
    ['?tr=q-95,f-auto', { Accept: 'image/png,image/webp;q=0' }, 'png'],
    ['?tr=lo-true,f-png', BROWSER, 'png'],
    ['?tr=f-webp', ANYTHING, 'webp'],
    ['?tr=f-jpg', ANYTHING, 'jpeg'],
    ['?tr=f-avif', ANYTHING, 'avif'],
  ])('for %p and %p is of the kind %s and not the stored file', async (query, headers, kind) => {
    const image = add();
    const answer = await load(image, query, headers);
    expect(answer.status).toBe(200);
    expect(kindOf(answer.body)).toBe(kind);
    expect(answer.headers).toMatchObject({ 'content-type': `image/${kind}`, vary: 'Accept' });
    expect(answer.body.equals(image.bytes)).toBe(false);
  });

  test('is smaller at a lower quality', async () => {
    const image = add({ side: 40 });
    const [low, high] = [await load(image, '?tr=q-50,f-auto', BROWSER), await load(image, '?tr=q-95,f-auto', BROWSER)];
    expect(low.body.length).toBeLessThan(high.body.length);
  });

  test('needs to be asked for where the host does not optimise by itself', async () => {
    await session.restart({ optimises: false });
    const image = add();
    expect((await load(image, '', BROWSER)).body.equals(image.bytes)).toBe(true);
    expect(kindOf((await load(image, '?tr=f-auto', BROWSER)).body)).toBe('webp');
  });
});

describe('a refusal', () => {
  test('of a lost or unknown file is a 404 that names its reason', async () => {
    const image = add();
    image.condition = 'lost';
    for (const answer of [await load(image), await exchange(`${session.imageOrigin}/hb42m9hh0/%ff.png`)]) {
      expect([answer.status, answer.headers['ik-error']]).toEqual([404, 'ENOENT - File not found.']);
    }
    expect((await exchange(`${session.imageOrigin}/another-account/${image.path}`)).status).toBe(404);
  });

  test('of a file that is too large to be transformed still lets the stored one through', async () => {
    const image = add();
    image.condition = 'over-limit';
    const { status, headers } = await load(image, '?tr=q-95,f-auto');
    expect([status, headers['ik-error']]).toEqual([400, expect.stringMatching(/^ELIMIT - /u)]);
    expect((await load(image, '?tr=orig-true')).status).toBe(200);
  });
});
