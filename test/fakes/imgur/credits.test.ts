import { describe, expect, test } from '@jest/globals';
import { json, START, useFakeImgur } from './session.js';

const session = useFakeImgur();
const { api, bearer, client, data } = session;
const RESET = Math.floor(START / 1000) + 3_600;

describe('the credits', () => {
  test('fall with each request, those of an application and of the account apart', async () => {
    const { id } = session.fake.addAlbum();
    await api(`/3/album/${id}`);
    expect((await api(`/3/album/${id}`)).headers).toMatchObject({
      'x-ratelimit-userlimit': '500',
      'x-ratelimit-userremaining': '498',
      'x-ratelimit-userreset': String(RESET),
      'x-ratelimit-clientlimit': '12500',
      'x-ratelimit-clientremaining': '12498',
    });
    expect((await api(`/3/album/${id}`, bearer())).headers).toMatchObject({
      'x-ratelimit-userremaining': '1999',
      'x-ratelimit-clientremaining': '12497',
    });
  });

  test('are told by an address of their own, which costs none', async () => {
    session.fake.credits.userRemaining = 0;
    expect(await data('/3/credits')).toEqual({
      UserLimit: 500,
      UserRemaining: 0,
      UserReset: RESET,
      ClientLimit: 12_500,
      ClientRemaining: 12_500,
    });
  });

  test('that are used up mean 429, until the reset', async () => {
    const { id } = session.fake.addAlbum();
    session.fake.credits.userRemaining = 1;
    expect((await api(`/3/album/${id}`)).status).toBe(200);
    const refused = await api(`/3/album/${id}`);
    expect([refused.status, json(refused).status]).toEqual([429, 429]);
    expect(refused.headers).toMatchObject({ 'x-ratelimit-userremaining': '0', 'x-ratelimit-userreset': String(RESET) });
    expect(refused.headers).not.toHaveProperty('retry-after');
    expect((await api(`/3/album/${id}`, bearer())).status).toBe(200);
    session.fake.clock.advance(3_600_000);
    expect((await api(`/3/album/${id}`)).headers['x-ratelimit-userremaining']).toBe('499');
  });

  test('of the application are full again after a day', async () => {
    const { id } = session.fake.addAlbum();
    session.fake.credits.clientRemaining = 0;
    session.fake.clock.advance(3_600_000);
    expect((await api(`/post/v1/albums/${id}`)).status).toBe(429);
    session.fake.clock.advance(23 * 3_600_000);
    expect((await api(`/post/v1/albums/${id}`)).status).toBe(200);
  });

  test('are also spent on an answer that the client has already', async () => {
    const { id } = session.fake.addAlbum();
    const { etag } = (await api(`/3/album/${id}`)).headers;
    const known = await api(`/3/album/${id}`, { ...client(), 'If-None-Match': etag! });
    expect([known.status, known.headers['x-ratelimit-userremaining']]).toEqual([304, '498']);
  });

  test('may be told and yet never fall', async () => {
    const { id } = session.fake.addAlbum();
    session.fake.credits.falls = false;
    await api(`/3/album/${id}`);
    expect((await api(`/3/album/${id}`)).headers['x-ratelimit-userremaining']).toBe('500');
  });
});
