import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { json, START, useFakeHappyAccidents } from './session.js';

const session = useFakeHappyAccidents();
const { api, bearer } = session;
const HOUR = 3_600_000;

describe('the token', () => {
  test('is a JWT that tells when it ends', () => {
    const [head, claims, signature] = session.fake.token.split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown;
    expect(read(head!)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(read(claims!)).toMatchObject({ aud: 'authenticated', exp: Math.floor((START + 4 * HOUR) / 1000) });
    expect(signature).toMatch(/^[\w-]{43}$/u);
  });

  test('stands first in the cookie of the site', () => {
    const [token, refresh, ...rest] = JSON.parse(decodeURIComponent(session.fake.cookie)) as unknown[];
    expect(token).toBe(session.fake.token);
    expect(refresh).toMatch(/^[\w-]{22}$/u);
    expect(rest).toEqual([null, null, null]);
  });

  test.each([
    ['none', {}],
    ['another scheme', { Authorization: 'Basic cGFpbnRlcg==' }],
    ['an unknown one', bearerOf('eyJhbGciOiJIUzI1NiJ9.e30.c2ln')],
  ])('%s is refused with a detail', async (_, headers) => {
    for (const path of ['/inferences', '/inferences/', '/inferences/count']) {
      const answer = await api(path, headers);
      expect(answer.status).toBe(401);
      expect(json(answer)).toEqual({ detail: expect.any(String) });
    }
  });

  test('is refused once its hours are over, and a new one is good', async () => {
    const old = session.fake.token;
    session.fake.clock.advance(4 * HOUR - 1);
    expect((await api('/inferences')).status).toBe(200);
    session.fake.clock.advance(1);
    const answer = await api('/inferences');
    expect([answer.status, json(answer)]).toEqual([401, { detail: 'Signature has expired.' }]);
    const fresh = session.fake.renewToken();
    expect(fresh).not.toBe(old);
    expect((await api('/inferences', bearer(fresh))).status).toBe(200);
    expect((await api('/inferences', bearer(old))).status).toBe(401);
  });

  test('stays good to its end when a new one is fetched', async () => {
    const old = session.fake.token;
    session.fake.renewToken();
    expect((await api('/inferences', bearer(old))).status).toBe(200);
  });

  test('can be one that the test gives, with a life of its own', async () => {
    await session.restart({ token: 'given.by.test', tokenLifetime: 10 });
    expect((await api('/inferences', bearerOf('given.by.test'))).status).toBe(200);
    session.fake.clock.advance(10);
    expect((await api('/inferences', bearerOf('given.by.test'))).status).toBe(401);
  });
});

test('single inferences, images and models are shown without a token', async () => {
  const { id, images } = session.fake.addInference();
  const paths = [`/inferences/${id}`, `/images/${images[0]!.id}`, '/models/metadata-items'];
  for (const path of [...paths, `/models/metadata-items/${session.fake.models[0]!.id}`]) {
    expect((await api(path, {})).status).toBe(200);
  }
});

test('a token that reached the image host in any place is a leak', async () => {
  const url = `${session.imageOrigin}/hb42m9hh0/x.png`;
  const old = session.fake.token;
  await api('/inferences');
  await exchange(url);
  expect(session.fake.leaks()).toEqual([]);
  await exchange(url, { headers: bearer() });
  await exchange(url, { headers: bearerOf('something-else') });
  await exchange(url, { headers: { Cookie: `supabase-auth-token=${session.fake.cookie}` } });
  session.fake.renewToken();
  await exchange(`${url}?token=${old}`);
  expect(session.fake.leaks()).toHaveLength(4);
  expect(session.fake.leaks().every(({ host }) => host === 'image')).toBe(true);
});

function bearerOf(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}
