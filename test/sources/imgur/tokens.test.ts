import { afterEach, describe, expect, test } from '@jest/globals';
import { keepTokens } from '../../../sources/imgur/tokens.js';
import { overCapacity } from '../../fakes/imgur/troubles.js';
import { type ImgurRig, type ImgurRigOptions, openImgurRig } from '../../support/imgur-rig.js';
import { memorySecrets } from '../../support/memory-secrets.js';

const ACCESS = 'c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55';
const REFRESH = 'decade11decade22decade33decade44decade55';
const CLIENT = { client_id: '7d1f0a93c5e2b84', client_secret: '94b1c07de35f82a6640f1d9b7ce8253ad0417fe2' };
const RECORD = { ...CLIENT, access_token: ACCESS, refresh_token: REFRESH };

let rig: ImgurRig;
afterEach(() => rig.shut());

async function open(options: ImgurRigOptions = {}): Promise<void> {
  rig = await openImgurRig({ accessToken: ACCESS, refreshToken: REFRESH, secrets: RECORD, credential: '', ...options });
}

const addAlbum = () => rig.fake.addAlbum({ privacy: 'secret', images: 2 });
const sentTokens = () =>
  rig.fake.requests.filter(({ host }) => host === 'api').map(({ headers }) => headers.authorization);

describe('a stored access token', () => {
  test('is sent by the source itself: no credential is asked for', async () => {
    await open();
    await rig.list(`album:${addAlbum().id}`);
    expect(sentTokens()).toEqual([`Bearer ${ACCESS}`]);
    expect(rig.fake.leaks()).toEqual([]);
  });

  test('that is refused is renewed once, and the request goes on', async () => {
    await open();
    rig.fake.oauth.expire();
    const { id } = addAlbum();
    expect((await rig.list(`album:${id}`))[0]!.items).toHaveLength(2);
    expect(rig.asked()).toEqual([`/3/album/${id}`, '/oauth2/token', `/3/album/${id}`]);
    const { accessToken, refreshToken } = rig.fake.oauth;
    expect(accessToken).not.toBe(ACCESS);
    expect(sentTokens()).toEqual([`Bearer ${ACCESS}`, undefined, `Bearer ${accessToken}`]);
    expect(rig.secrets.record).toEqual({
      ...CLIENT,
      access_token: accessToken,
      refresh_token: refreshToken,
      account_username: 'someone',
    });
    expect(rig.fake.leaks()).toEqual([]);
  });

  test('is renewed once for all requests that need it, and for a second time only when it ends again', async () => {
    await open();
    rig.fake.oauth.expire();
    const albums = Array.from({ length: 4 }, addAlbum);
    await Promise.all(albums.map(({ id }) => rig.list(`album:${id}`)));
    expect(rig.fake.oauth.renewals).toBe(1);
    rig.fake.oauth.expire();
    await rig.list(`album:${albums[0]!.id}`);
    expect(rig.fake.oauth.renewals).toBe(2);
  });

  test('keeps its refresh token where the service gives no other', async () => {
    await open({ rotates: false });
    rig.fake.oauth.expire();
    await rig.list(`album:${addAlbum().id}`);
    expect(rig.secrets.record).toMatchObject({ refresh_token: REFRESH });
  });

  test('that another process has renewed meanwhile is taken from the record', async () => {
    await open({ accessToken: 'a'.repeat(40), secrets: RECORD });
    const { secrets } = rig;
    const { locked } = secrets;
    // The other process had its turn first.
    Object.assign(secrets, {
      locked: async (work: () => Promise<unknown>) => {
        await secrets.set({ ...RECORD, access_token: 'a'.repeat(40) });
        return locked(work);
      },
    });
    await rig.list(`album:${addAlbum().id}`);
    expect(rig.fake.oauth.renewals).toBe(0);
    expect(sentTokens()).toEqual([`Bearer ${ACCESS}`, `Bearer ${'a'.repeat(40)}`]);
  });

  test('that is not there yet is got with the refresh token', async () => {
    await open({ secrets: { ...CLIENT, refresh_token: REFRESH } });
    await rig.list(`album:${addAlbum().id}`);
    expect(rig.asked()[0]).toBe('/oauth2/token');
    expect(rig.secrets.record).toMatchObject({ access_token: rig.fake.oauth.accessToken });
  });

  test('that cannot be renewed ends the run with a remedy', async () => {
    await open({ secrets: { access_token: ACCESS } });
    rig.fake.oauth.expire();
    await expect(rig.list('album:aB3dE5f')).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      plugin: 'imgur',
      message: expect.stringContaining('The access token provided is invalid.'),
      hint: expect.stringContaining("'logout imgur'"),
    });
    expect(rig.asked()).toHaveLength(1);
  });

  test('whose refresh token is refused too ends the run in the words of the service, without secrets', async () => {
    await open();
    rig.fake.oauth.revoke();
    const error = await rig.list('album:aB3dE5f').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      plugin: 'imgur',
      message: expect.stringContaining('Invalid refresh token'),
      hint: expect.stringContaining("'logout imgur'"),
    });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toMatch(
      new RegExp(Object.values(RECORD).join('|'), 'u'),
    );
    expect(rig.secrets.record).toEqual(RECORD);
    expect(rig.fake.leaks()).toEqual([]);
  });

  test('that is refused again right after its renewal is not renewed for ever', async () => {
    await open();
    const body = JSON.stringify({
      data: { error: 'The access token provided is invalid.' },
      success: false,
      status: 403,
    });
    rig.fake.faults.inject({ path: /album/u, count: 99, what: { kind: 'status', status: 403, body } });
    await expect(rig.list('album:aB3dE5f')).rejects.toMatchObject({ code: 'E_CREDENTIALS' });
    expect(rig.asked()).toHaveLength(3);
  });

  test('that no header can hold is not sent', async () => {
    await open({ secrets: { access_token: 'two\r\nwords' }, credential: CLIENT.client_id });
    await rig.list(`album:${addAlbum().id}`);
    expect(sentTokens()).toEqual([`Client-ID ${CLIENT.client_id}`]);
  });

  test('a renewal that brings none is a bad answer', async () => {
    await open();
    rig.fake.oauth.expire();
    rig.fake.faults.inject({ path: /oauth2/u, what: { kind: 'status', status: 200, body: '{"access_token": 5}' } });
    await expect(rig.list('album:aB3dE5f')).rejects.toMatchObject({ code: 'E_BAD_ANSWER', reach: 'run' });
    expect(rig.secrets.record).toEqual(RECORD);
  });

  test('a renewal while the service is over capacity is told as that', async () => {
    await open();
    rig.fake.oauth.expire();
    rig.fake.faults.inject({ path: /oauth2/u, what: overCapacity(403) });
    await expect(rig.list('album:aB3dE5f')).rejects.toMatchObject({ code: 'E_RATE_LIMITED' });
  });
});

describe('a token that the person gave', () => {
  test('and that is refused is replaced where the record can bring another one', async () => {
    await open({ credential: 'b'.repeat(40), secrets: { ...CLIENT, refresh_token: REFRESH, access_token: '' } });
    rig.fake.oauth.expire();
    await rig.list(`album:${addAlbum().id}`);
    expect(rig.fake.oauth.renewals).toBe(1);
  });

  test('and that is refused ends the run where it cannot', async () => {
    await open({ credential: 'b'.repeat(40), secrets: {} });
    await expect(rig.list('album:aB3dE5f')).rejects.toMatchObject({ code: 'E_CREDENTIALS', reach: 'run' });
    expect(rig.asked()).toHaveLength(1);
  });
});

describe('an abort during a renewal', () => {
  test('is told at once, and the service is given a little time before nothing is left running', async () => {
    await open({ rotates: false });
    rig.fake.oauth.expire();
    rig.fake.faults.inject({ path: /oauth2/u, what: { kind: 'stall', when: 'before' } });
    const controller = new AbortController();
    const work = rig.source.open('album:aB3dE5f', { signal: controller.signal })[Symbol.asyncIterator]().next();
    while (!rig.asked().includes('/oauth2/token')) await new Promise(setImmediate);
    controller.abort();
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    while (rig.running() > 0) await new Promise(setImmediate);
    expect(rig.clock.waits).toEqual([3_000]);
    // The next request begins a renewal of its own.
    await rig.list(`album:${addAlbum().id}`);
    expect(rig.fake.oauth.renewals).toBeGreaterThan(0);
  });

  test('before it began makes no request', async () => {
    await open({ secrets: { ...CLIENT, refresh_token: REFRESH } });
    const tasks = rig.source.open('album:aB3dE5f', { signal: AbortSignal.abort() });
    await expect(tasks[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(rig.asked()).toEqual([]);
  });
});

test('every secret that is read or brought is kept out of what is printed', async () => {
  await open();
  const hidden: string[] = [];
  const next = { access_token: 'a'.repeat(40), refresh_token: 'b'.repeat(40) };
  const answer = { status: 200, headers: {}, value: next, lossless: () => next };
  const tokens = keepTokens({
    secrets: memorySecrets(RECORD),
    redact: (secret) => void hidden.push(secret),
    debug: (text) => expect(text).not.toMatch(/[0-9a-f]{40}/u),
    sleep: rig.clock.sleep,
    http: { json: async () => answer, bytes: () => Promise.reject(new Error('not asked')), fetch },
  });
  expect((await tokens.sender(undefined)).headers).toEqual({ authorization: `Bearer ${ACCESS}` });
  expect(await tokens.renew(ACCESS, undefined)).toBe(true);
  expect(hidden).toEqual([ACCESS, REFRESH, CLIENT.client_secret, next.access_token, next.refresh_token]);
});
