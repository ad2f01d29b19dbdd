import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FakeAlbum, Fault } from '../../fakes/imgur/index.js';
import {
  bannedCountry,
  cacheError,
  listed,
  olderOverCapacity,
  overCapacity,
  tooFast,
  withoutRateHeaders,
} from '../../fakes/imgur/troubles.js';
import { type ImgurRig, openImgurRig } from '../../support/imgur-rig.js';

let rig: ImgurRig;
let album: FakeAlbum;

beforeEach(async () => {
  rig = await openImgurRig();
  album = rig.fake.addAlbum({ images: 2 });
});
afterEach(() => rig.shut());

const list = () => rig.list(`album:${album.id}`);
const minutes = () => rig.clock.waits.reduce((sum, wait) => sum + wait, 0) / 60_000;
const broken = (what: Fault, count = 1) => rig.fake.faults.inject({ host: 'api', count, what });

describe('over capacity', () => {
  test.each([
    ['403', overCapacity(403)],
    ['429', overCapacity(429)],
    ['an odd status in the body', olderOverCapacity('code')],
    ['plain text', olderOverCapacity('text')],
    ['nothing', olderOverCapacity('false')],
    ['a status that says all is well', olderOverCapacity('text', 200)],
    ['nothing under a status that says all is well', olderOverCapacity('false', 200)],
  ])('is waited for and gone on from (%s), and the person is told', async (_form, what) => {
    broken(what, 2);
    expect((await list())[0]!.items).toHaveLength(2);
    expect(rig.asked()).toHaveLength(3);
    expect(minutes()).toBe(3);
    expect(rig.progress[0]).toBe('Imgur is over capacity for this network address; try 2 of 6 in 60 s');
    expect(rig.progress.at(-1)).toBe('Imgur is over capacity for this network address; try 3 of 6 in 60 s');
  });

  test('that does not end is given up after half an hour, in the words of the service', async () => {
    broken(overCapacity(429), Number.POSITIVE_INFINITY);
    await expect(list()).rejects.toMatchObject({
      code: 'E_RATE_LIMITED',
      plugin: 'imgur',
      reach: 'host',
      message: expect.stringContaining('Imgur is temporarily over capacity. Please try again later. (HTTP 429)'),
      hint: expect.stringContaining('up to an hour'),
    });
    expect(rig.asked()).toHaveLength(6);
    expect(minutes()).toBe(30);
  });

  test('that was given up is not waited for again by what is fetched next, until an hour is over', async () => {
    broken(overCapacity(403), Number.POSITIVE_INFINITY);
    await expect(list()).rejects.toMatchObject({ code: 'E_RATE_LIMITED' });
    await expect(list()).rejects.toMatchObject({ code: 'E_RATE_LIMITED' });
    expect(rig.asked()).toHaveLength(7);
    expect(minutes()).toBe(30);
    await rig.clock.advance(3_600_000);
    await expect(list()).rejects.toMatchObject({ code: 'E_RATE_LIMITED' });
    expect(minutes()).toBe(60);
  });

  test('is not waited for where a credential is only checked', async () => {
    broken(overCapacity(403));
    await expect(rig.source.check!()).rejects.toMatchObject({ code: 'E_RATE_LIMITED' });
    expect(rig.clock.waits).toEqual([]);
  });

  test('an abort ends the wait', async () => {
    await rig.shut();
    rig = await openImgurRig();
    broken(overCapacity(403), 99);
    const controller = new AbortController();
    const work = rig.source.open('album:aB3dE5f', { signal: controller.signal })[Symbol.asyncIterator]().next();
    while (rig.progress.length === 0) await new Promise(setImmediate);
    controller.abort();
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

describe('credits', () => {
  test('are watched: a pause before the limit, until there are new ones', async () => {
    rig.fake.credits.userRemaining = 7;
    rig.fake.credits.userReset = Math.floor(rig.clock.now() / 1000) + 600;
    for (let time = 0; time < 4; time += 1) await list();
    expect(rig.fake.requests.every(({ status }) => status === 200)).toBe(true);
    expect(rig.asked()).toHaveLength(4);
    expect(minutes()).toBeGreaterThanOrEqual(10);
    expect(minutes()).toBeLessThan(11);
    expect(rig.fake.credits.userRemaining).toBeGreaterThan(400);
    expect(rig.progress).toContain('no credits of Imgur are left; going on in 11 minutes');
  });

  test('that are few are told, and until when', async () => {
    rig.fake.credits.userRemaining = 21;
    rig.fake.credits.userReset = Date.UTC(2021, 11, 1, 12, 34, 5) / 1000;
    await list();
    expect(rig.progress).toEqual(['20 credits of Imgur are left until 12:34 UTC']);
  });

  test('that are many are not worth a word', async () => {
    await list();
    expect(rig.progress).toEqual([]);
  });

  test('that no answer tells of are not taken for none', async () => {
    rig.fake.credits.userRemaining = 3;
    broken(withoutRateHeaders(), 3);
    for (let time = 0; time < 3; time += 1) await list();
    expect(rig.clock.waits).toEqual([]);
  });

  test('are counted on where an answer between tells nothing', async () => {
    rig.fake.credits.userRemaining = 8;
    rig.fake.credits.userReset = Math.floor(rig.clock.now() / 1000) + 60;
    await list();
    broken(withoutRateHeaders(), 2);
    for (let time = 0; time < 3; time += 1) await list();
    expect(minutes()).toBeGreaterThanOrEqual(1);
  });

  test('of the web site’s own application never fall, and nobody waits', async () => {
    rig.fake.credits.falls = false;
    for (let time = 0; time < 5; time += 1) await list();
    expect(rig.clock.waits).toEqual([]);
  });

  test('that are gone all the same are waited for once it is known until when', async () => {
    rig.fake.credits.userRemaining = 0;
    rig.fake.credits.userReset = Math.floor(rig.clock.now() / 1000) + 1_200;
    expect((await list())[0]!.items).toHaveLength(2);
    expect(rig.asked()).toHaveLength(2);
    expect(minutes()).toBeGreaterThanOrEqual(20);
    expect(minutes()).toBeLessThan(21);
  });

  test('that come back only much later end the run with the time', async () => {
    rig.fake.credits.userRemaining = 0;
    rig.fake.credits.userReset = Date.UTC(2021, 11, 2, 9) / 1000;
    await expect(list()).rejects.toMatchObject({
      code: 'E_RATE_LIMITED',
      reach: 'run',
      message: 'the credits of Imgur are used up until 2021-12-02T09:00:00.000Z',
    });
    expect(rig.clock.waits).toEqual([]);
  });

  test('of the application that are used up end the run before the limit is reached: five times cost a month', async () => {
    rig.fake.credits.clientRemaining = 6;
    await list();
    await expect(list()).rejects.toMatchObject({
      code: 'E_RATE_LIMITED',
      plugin: 'imgur',
      reach: 'run',
      hint: expect.stringContaining('go on tomorrow'),
    });
    expect(rig.asked()).toHaveLength(1);
    await rig.clock.advance(3_600_000);
    // In a shell that stays open, the service is asked again after a while.
    rig.fake.credits.clientRemaining = 12_000;
    await list();
  });

  test('of the application that are gone are not waited for', async () => {
    rig.fake.credits.clientRemaining = 0;
    await expect(list()).rejects.toMatchObject({ code: 'E_RATE_LIMITED', reach: 'run' });
    expect(rig.asked()).toHaveLength(1);
  });

  test('are not asked for by a check, which tells what is left', async () => {
    await expect(rig.source.check!()).resolves.toBe('500 of 500 credits left, 12500 for the application today');
    expect(rig.asked()).toEqual(['/3/credits']);
    rig.fake.credits.userRemaining = 0;
    await expect(rig.source.check!()).resolves.toBe('0 of 500 credits left, 12500 for the application today');
  });
});

describe('too many requests', () => {
  test('without a word of when are waited for', async () => {
    broken(tooFast());
    expect((await list())[0]!.items).toHaveLength(2);
    expect(minutes()).toBe(1);
    expect(rig.progress).toContain('Imgur asks for time; try 2 of 6 in 60 s');
  });

  test('with a time are tried again then', async () => {
    broken({ kind: 'rate-limit', retryAfter: '17' });
    await list();
    expect(rig.clock.waits).toEqual([17_000]);
  });
});

describe('outages', () => {
  test.each([
    ['a cache that lost its service', cacheError()],
    ['a page of a gateway', { kind: 'html' }],
    ['nothing', { kind: 'empty' }],
    ['half an answer', { kind: 'shortened' }],
    ['a connection that breaks', { kind: 'reset', when: 'during' }],
    ['an error without words', { kind: 'status', status: 500, body: '{"success":false,"status":500}' }],
  ] as const)('%s is tried again', async (_what, what) => {
    broken(what, 2);
    expect((await list())[0]!.items).toHaveLength(2);
    expect(rig.asked()).toHaveLength(3);
  });

  test('that do not end are told as such', async () => {
    broken({ kind: 'status', status: 500 }, 99);
    await expect(list()).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      plugin: 'imgur',
      message: expect.stringContaining('something broke'),
    });
    expect(rig.asked()).toHaveLength(5);
  });
});

describe('refusals', () => {
  test('of a country end the run', async () => {
    broken(bannedCountry());
    await expect(list()).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      reach: 'run',
      message: expect.stringContaining('Banned Country Attempt (IN)'),
    });
    expect(rig.asked()).toHaveLength(1);
  });

  test('in a list of errors are told in its words', async () => {
    broken(listed(401, 'You are not authorized to access this resource.'));
    await expect(list()).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      message: expect.stringContaining('You are not authorized to access this resource.'),
    });
  });

  test('of a Client-ID end the run with a remedy', async () => {
    await rig.shut();
    rig = await openImgurRig({ credential: '0123456789abcde' });
    await expect(rig.list('album:aB3dE5f')).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      message: expect.stringContaining('Invalid client_id'),
      hint: expect.stringContaining('login imgur'),
    });
  });
});
