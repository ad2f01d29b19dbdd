import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { linkOf, readLinkOptions } from '../../../sources/happy-accidents/links.js';
import type { Item, Located } from '../../../src/plugin.js';
import { sha256 } from '../../support/digests.js';
import {
  type HappyAccidentsRig,
  type HappyAccidentsRigOptions,
  openHappyAccidentsRig,
} from '../../support/happy-accidents-rig.js';
import { listAll } from '../../support/listed.js';

let rig: HappyAccidentsRig;

beforeEach(async () => {
  rig = await openHappyAccidentsRig();
});
afterEach(() => rig.shut());

async function reopen(options: HappyAccidentsRigOptions): Promise<void> {
  await rig.shut();
  rig = await openHappyAccidentsRig(options);
}

async function list(reference: string): Promise<Item[]> {
  return (await listAll(rig.source.open(reference, {}))).flatMap(({ items }) => items);
}

async function urlOf(item: Located, renew = false): Promise<string> {
  const location = await rig.source.locate(item, { renew });
  if (location.kind !== 'request') throw new Error('there is a link');
  return location.url;
}

async function digestOf(item: Located): Promise<string> {
  const { bytes } = await rig.fetchBytes(item);
  return bytes.digests.find(({ algorithm }) => algorithm === 'sha256')!.hex;
}

describe('an image', () => {
  test('comes as it is stored, byte for byte, without the token', async () => {
    const made = rig.fake.addInference({ count: 3 });
    const items = await list(made.id);
    const asked = rig.asked().length;
    for (const [position, item] of items.entries()) {
      expect(await digestOf(item)).toBe(sha256(made.images[position]!.bytes));
      const request = rig.fake.requests.at(-1)!;
      expect(request.host).toBe('image');
      expect(request.target).toBe(`/hb42m9hh0/${made.images[position]!.path}?tr=orig-true`);
      expect(request.headers.authorization).toBeUndefined();
    }
    expect(rig.asked()).toHaveLength(asked);
    expect(rig.fake.leaks()).toEqual([]);
  });

  test('whose record has no link is found by its folder and file name', async () => {
    await reopen({ elsewhere: true });
    const made = rig.fake.addInference({ urls: false });
    const [item] = await list(made.id);
    expect(JSON.parse(item!.raw.json).image.url).toBeUndefined();
    expect(await digestOf(item!)).toBe(sha256(made.images[0]!.bytes));
  });

  test('whose link leads to where the images were is found where they are now', async () => {
    await reopen({ elsewhere: true });
    const made = rig.fake.addInference();
    const [item] = await list(made.id);
    expect(JSON.parse(item!.raw.json).image.url).toMatch(/^https:\/\/ik\.imagekit\.io\/hb42m9hh0\//u);
    expect(await digestOf(item!)).toBe(sha256(made.images[0]!.bytes));
  });

  test('is what the image host makes of it, where that is asked for', async () => {
    await reopen({ options: { tr: 'lo-true,f-webp' } });
    const made = rig.fake.addInference();
    const [item] = await list(made.id);
    expect(await urlOf(item!)).toMatch(/\.png\?tr=lo-true,f-webp$/u);
    expect(await digestOf(item!)).not.toBe(sha256(made.images[0]!.bytes));
  });

  test('is asked for without any parameter, where none is wanted', async () => {
    await reopen({ options: { tr: '' } });
    const made = rig.fake.addInference();
    const [item] = await list(made.id);
    expect(await urlOf(item!)).toMatch(/result-0\.png$/u);
  });

  test('that is over a limit of the image host still comes as it is stored', async () => {
    const made = rig.fake.addInference();
    made.images[0]!.condition = 'over-limit';
    const [item] = await list(made.id);
    expect(await digestOf(item!)).toBe(sha256(made.images[0]!.bytes));
  });

  test('that is lost is E_NOT_FOUND', async () => {
    const made = rig.fake.addInference();
    made.images[0]!.condition = 'lost';
    const [item] = await list(made.id);
    await expect(digestOf(item!)).rejects.toMatchObject({ code: 'E_NOT_FOUND', plugin: 'happy-accidents' });
  });

  test('of which only the ids were written down is found through its inference', async () => {
    const made = rig.fake.addInference({ count: 2 });
    const { id } = made.images[1]!;
    expect(await digestOf({ id, taskId: made.id })).toBe(sha256(made.images[1]!.bytes));
    expect(rig.asked()).toEqual([`/inferences/${made.id}`]);
  });

  test('is asked for anew by one request for all images of its inference', async () => {
    const made = rig.fake.addInference({ count: 4 });
    const items = await list(made.id);
    const before = rig.asked().length;
    const urls = await Promise.all(items.map((item) => urlOf(item, true)));
    expect(new Set(urls).size).toBe(4);
    expect(rig.asked()).toHaveLength(before + 1);
  });

  test('that its inference lists no more, or whose inference is gone, is E_NOT_FOUND', async () => {
    const made = rig.fake.addInference();
    for (const taskId of [made.id, 'gone', '../images/x', '']) {
      const work = rig.source.locate({ id: 'other', taskId }, { renew: false });
      await expect(work).rejects.toMatchObject({ code: 'E_NOT_FOUND', plugin: 'happy-accidents' });
    }
    expect(rig.asked()).toEqual([`/inferences/${made.id}`, '/inferences/gone']);
  });

  test('whose link was signed is not asked for by the link without its signature', async () => {
    const made = rig.fake.addInference({
      imageFields: () => ({ url: 'https://ik.imagekit.io/hb42m9hh0/a.png?ik-s=1&expires=9&signature=f00' }),
    });
    const [item] = await list(made.id);
    expect(item!.raw.redacted).toEqual(['image.url']);
    expect(item!.raw.json).not.toContain('f00');
    expect(await urlOf(item!)).toContain('&signature=f00&tr=orig-true');
  });

  test('that nothing tells the place of is E_BAD_ANSWER', async () => {
    const made = rig.fake.addInference({ urls: false, imageFields: () => ({ filename: undefined }) });
    const [item] = await list(made.id);
    await expect(rig.source.locate(item!, { renew: false })).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      plugin: 'happy-accidents',
    });
  });
});

describe('a link', () => {
  const options = readLinkOptions({});
  const link = (image: object, own = options) => linkOf(image as Record<string, unknown>, 'img', own);

  test.each([
    ['folder and name', { folderPath: 'u/inferences/i', filename: 'result-0.png' }, 'u/inferences/i/result-0.png'],
    ['a name that holds the folder', { filename: 'u/inferences/i/result-0.png' }, 'u/inferences/i/result-0.png'],
    ['both, one in the other', { folderPath: 'u/i', filename: 'u/i/result-0.png' }, 'u/i/result-0.png'],
    ['slashes around them', { folderPath: '/u/i/', filename: '/result-0.png' }, 'u/i/result-0.png'],
    ['an empty folder', { folderPath: '', filename: 'result-0.png' }, 'result-0.png'],
    ['blanks and signs', { folderPath: 'u/a b', filename: '100%?#.png' }, 'u/a%20b/100%25%3F%23.png'],
    ['a way out', { folderPath: '../..', filename: './../x.png' }, 'x.png'],
    ['half of a character', { folderPath: 'u', filename: '\ud800.png' }, 'u/%EF%BF%BD.png'],
    ['an address that is none', { url: '/a.png', folderPath: 'u', filename: 'a.png' }, 'u/a.png'],
  ])('is made from %s', (_what, image, path) => {
    expect(link(image)).toBe(`https://ik.imagekit.io/hb42m9hh0/${path}?tr=orig-true`);
  });

  test.each([
    ['https://ik.imagekit.io/hb42m9hh0/a%20b.png', 'https://ik.imagekit.io/hb42m9hh0/a%20b.png?tr=orig-true'],
    ['https://cdn.example/a.png?v=2', 'https://cdn.example/a.png?v=2&tr=orig-true'],
    ['https://cdn.example/a.png?tr=q-50,f-auto&v=2', 'https://cdn.example/a.png?v=2&tr=orig-true'],
    ['https://cdn.example/a.png?', 'https://cdn.example/a.png?tr=orig-true'],
    ['https://cdn.example/a.png?a?b#c', 'https://cdn.example/a.png?a?b&tr=orig-true'],
  ])('that the service gives is kept as it is, but for its transformation: %s', (url, expected) => {
    expect(link({ url, folderPath: 'u', filename: 'a.png' })).toBe(expected);
  });

  test('has a transformation in the notation of ImageKit, whatever stands in it', () => {
    const own = { ...options, transformation: 'w-1,h-2:rt-90&x=ü' };
    expect(link({ url: 'https://a.example/b.png' }, own)).toBe('https://a.example/b.png?tr=w-1,h-2:rt-90%26x%3D%C3%BC');
  });

  test('into the folder of the service follows the images; others do not', () => {
    const own = readLinkOptions({ 'image-base-url': 'https://my.server/pictures/' });
    expect(link({ url: 'https://ik.imagekit.io/hb42m9hh0/u/a.png' }, own)).toBe(
      'https://my.server/pictures/u/a.png?tr=orig-true',
    );
    expect(link({ url: 'https://ik.imagekit.io/hb42m9hh00/u/a.png' }, own)).toContain('https://ik.imagekit.io/');
    expect(link({ folderPath: 'u', filename: 'a.png' }, own)).toBe('https://my.server/pictures/u/a.png?tr=orig-true');
  });

  test.each(['images', 'ftp://my.server/', 'https://my.server/?x=1', 'https://my.server/#x', true])(
    'cannot be made with the base %j',
    (base) => {
      expect(() => readLinkOptions({ 'image-base-url': base })).toThrow(
        '--image-base-url is not an http or https address',
      );
    },
  );
});
