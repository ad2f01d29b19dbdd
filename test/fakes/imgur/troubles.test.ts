import { describe, expect, test } from '@jest/globals';
import type { Fault } from './index.js';
import { json, useFakeImgur } from './session.js';
import {
  bannedCountry,
  cacheError,
  listed,
  notFoundPage,
  olderOverCapacity,
  overCapacity,
  tooFast,
  withoutRateHeaders,
} from './troubles.js';

const session = useFakeImgur();
const CAPACITY = 'Imgur is temporarily over capacity. Please try again later.';

async function askedWith(what: Fault) {
  const { id } = session.fake.addAlbum();
  session.fake.faults.inject({ host: 'api', what });
  return session.api(`/3/album/${id}`);
}

test.each([
  ['over capacity', overCapacity(403), 403, { data: { error: CAPACITY }, success: false, status: 403 }],
  [
    'over capacity, under another status',
    overCapacity(429),
    429,
    { data: { error: CAPACITY }, success: false, status: 500 },
  ],
  ['a status that HTTP does not have', olderOverCapacity('code'), 500, { data: { error: CAPACITY }, status: 1203 }],
  ['a text in place of data', olderOverCapacity('text'), 500, { data: CAPACITY, status: 500 }],
  ['nothing in place of data', olderOverCapacity('false', 200), 200, { data: false, success: false }],
  ['an object as the error', tooFast(), 429, { data: { error: { code: 429, type: 'ImgurException' } }, status: 400 }],
  ['a banned country', bannedCountry(), 403, { data: { error: 'Banned Country Attempt (IN)' } }],
  ['a list of errors', listed(403, 'no'), 403, { errors: [{ code: '403', detail: 'no' }] }],
] as const)('%s is told as the service tells it, without a word of credits', async (_, what, status, body) => {
  const answer = await askedWith(what);
  expect(answer.status).toBe(status);
  expect(json(answer)).toMatchObject(body);
  expect(Object.keys(answer.headers).filter((name) => /rate-?limit|retry/u.test(name))).toEqual([]);
});

test.each([
  ['what is missing', notFoundPage(), 404, /^<!DOCTYPE html>/u],
  ['a cache in trouble', cacheError(), 503, /^<\?xml /u],
] as const)('%s may be a page and no JSON', async (_, what, status, text) => {
  const answer = await askedWith(what);
  expect([answer.status, answer.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8']);
  expect(answer.body.toString('utf8')).toMatch(text);
});

describe('a good answer', () => {
  test('may come without the headers of the credits', async () => {
    const answer = await askedWith(withoutRateHeaders());
    expect(json(answer).success).toBe(true);
    expect(Object.keys(answer.headers).join()).not.toMatch(/ratelimit/u);
  });

  test.each([
    ['reset', { kind: 'reset', when: 'during' }],
    ['wrong-length', { kind: 'wrong-length', difference: 10 }],
  ] as const)('of the file host can be cut off: %s', async (_, what) => {
    const image = session.fake.addImage();
    session.fake.faults.inject({ host: 'media', what });
    const answer = await session.file(`/${image.id}.jpg`);
    expect([answer.whole, answer.body.length < Number(answer.headers['content-length'])]).toEqual([false, true]);
    expect((await session.file(`/${image.id}.jpg`)).whole).toBe(true);
  });

  test('of the file host can be slow', async () => {
    const image = session.fake.addImage();
    session.fake.faults.inject({ host: 'media', what: { kind: 'drip', bytes: 1_000, everyMilliseconds: 1 } });
    expect((await session.file(`/${image.id}.jpg`)).body.equals(image.files.original!)).toBe(true);
  });
});
