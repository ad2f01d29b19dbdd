import { beforeEach, describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { json, useFakeImgur } from './session.js';

const session = useFakeImgur();
const { api, bearer, client, renew } = session;

describe('an application', () => {
  test('is let in by its Client-ID, on either API', async () => {
    session.fake.addAlbum({ id: 'aB3dE5f' });
    expect((await api('/3/album/aB3dE5f')).status).toBe(200);
    expect((await api('/post/v1/albums/aB3dE5f')).status).toBe(200);
  });

  test('may put it into the query of the newer API, but not of the older one', async () => {
    session.fake.addAlbum({ id: 'aB3dE5f' });
    const query = `?client_id=${session.fake.oauth.clientId}`;
    expect((await api(`/post/v1/albums/aB3dE5f${query}`, {})).status).toBe(200);
    expect((await api(`/3/album/aB3dE5f${query}`, {})).status).toBe(401);
    expect((await api('/post/v1/albums/aB3dE5f?client_id=1', {})).status).toBe(403);
  });

  test.each([
    ['an unknown id', { Authorization: 'Client-ID 123' }, 403, 'Invalid client_id'],
    ['an id without the word in front', { Authorization: '7d1f0a93c5e2b84' }, 403, 'Malformed auth header'],
    ['nothing', {}, 401, 'Authentication required'],
    ['an unknown token', { Authorization: 'Bearer 123' }, 403, 'The access token provided is invalid.'],
  ])('%s is refused in the envelope', async (_, headers, status, error) => {
    const answer = await api('/3/image/aB3dE5f', headers as Record<string, string>);
    expect(answer.status).toBe(status);
    const data = { error, request: '/3/image/aB3dE5f', method: 'GET' };
    expect(json(answer)).toEqual({ data, success: false, status });
    expect(answer.headers).not.toHaveProperty('x-ratelimit-userremaining');
  });

  test('is told by albums, and by the newer API, in a list of errors', async () => {
    const detail = 'You are not authorized to access this resource.';
    expect(json(await api('/3/album/aB3dE5f', {})).errors[0]).toMatchObject({ code: '401', detail });
    const { errors } = json(await api('/post/v1/media/aB3dE5f', client('123')));
    expect(errors).toEqual([expect.objectContaining({ status: 'Forbidden', detail: 'Invalid client_id' })]);
  });
});

describe('an access token', () => {
  test('that has ended is refused with 403 until it is renewed', async () => {
    expect((await api('/3/account/me', bearer())).status).toBe(200);
    session.fake.oauth.expire();
    expect((await api('/3/account/me', bearer())).status).toBe(403);
    expect((await renew()).status).toBe(200);
    expect((await api('/3/account/me', bearer())).status).toBe(200);
  });

  test('is no longer good once another was issued', async () => {
    const old = session.fake.oauth.accessToken;
    await renew();
    expect((await api('/3/account/me', bearer(old))).status).toBe(403);
  });
});

describe('the token endpoint', () => {
  test('answers without an envelope, and with another refresh token', async () => {
    const { oauth } = session.fake;
    const old = oauth.refreshToken;
    const answer = json(await renew());
    expect(answer).toEqual({
      access_token: oauth.accessToken,
      expires_in: 315_360_000,
      token_type: 'bearer',
      scope: '',
      refresh_token: oauth.refreshToken,
      account_id: 12_345,
      account_username: 'someone',
    });
    expect(answer.access_token).toMatch(/^[0-9a-f]{40}$/u);
    expect([oauth.refreshToken === old, oauth.renewals]).toEqual([false, 1]);
  });

  test('costs no credit', async () => {
    await renew();
    expect(session.fake.credits).toMatchObject({
      clientRemaining: 12_500,
      userRemaining: 500,
      accountRemaining: 2_000,
    });
  });

  describe('refuses in an envelope', () => {
    let spent: string;
    beforeEach(async () => {
      spent = session.fake.oauth.refreshToken;
      await renew();
    });

    test('what is wrong in the form', async () => {
      const wrong = [
        { refresh_token: spent },
        { refresh_token: 'x' },
        { client_id: 'x' },
        { client_secret: 'x' },
        { grant_type: 'pin' },
      ];
      for (const form of wrong) {
        const answer = await renew(form as Record<string, string>);
        expect(answer.status).toBe(400);
        const data = { error: expect.any(String), request: '/oauth2/token', method: 'POST' };
        expect(json(answer)).toEqual({ data, success: false, status: 400 });
      }
    });

    test('everything after the user has taken the permission back', async () => {
      session.fake.oauth.revoke();
      expect((await renew()).status).toBe(400);
    });
  });
});

describe('a leak', () => {
  test('is none where the secrets belong', async () => {
    await renew();
    await api('/3/account/me', bearer());
    await api(`/post/v1/media/x?client_id=${session.fake.oauth.clientId}`, {});
    await exchange(`${session.mediaOrigin}/x.jpg`);
    expect(session.fake.leaks()).toEqual([]);
  });

  test('is any of them on the host of the files or on the web site', async () => {
    const { clientId, clientSecret, accessToken, refreshToken } = session.fake.oauth;
    const secrets = [clientId, clientSecret, accessToken, refreshToken];
    for (const origin of [session.mediaOrigin, session.webOrigin]) {
      for (const secret of secrets) await exchange(`${origin}/x.jpg?y=${secret}`);
      await exchange(`${origin}/x.jpg`, { headers: { Authorization: 'Client-ID of somebody' } });
    }
    expect(session.fake.leaks()).toHaveLength(10);
  });

  test('is what renews tokens anywhere but at the token endpoint, and in its address', async () => {
    const { clientSecret, refreshToken } = session.fake.oauth;
    await api(`/3/credits?refresh_token=${refreshToken}`);
    await api('/3/image/x', client(clientSecret));
    await api('/3/image/x/favorite', client(), { headers: client(), method: 'POST', body: `x=${clientSecret}` });
    await api(`/oauth2/token?client_secret=${clientSecret}`, {});
    expect(session.fake.leaks().map(({ host, target }) => [host, target.replace(/=.*/u, '')])).toEqual([
      ['api', '/3/credits?refresh_token'],
      ['api', '/3/image/x'],
      ['api', '/3/image/x/favorite'],
      ['api', '/oauth2/token?client_secret'],
    ]);
  });
});
