import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import type { Fault } from './index.js';
import { json, START, useFakeReplicate } from './session.js';

describe('the token', () => {
  const session = useFakeReplicate();
  const { api, bearer, firstLink } = session;

  test.each([
    ['none', {}, 'You did not pass an authentication token'],
    ['another scheme', { Authorization: 'Basic cjhfMQ==' }, 'You did not pass an authentication token'],
    ['an unknown one', bearer('r8_unknown'), 'You did not pass a valid authentication token'],
  ])('%s is refused in the problem form', async (_, headers, detail) => {
    const answer = await api('/predictions', headers as Record<string, string>);
    expect(answer.status).toBe(401);
    expect(json(answer)).toEqual({ title: 'Unauthenticated', detail, status: 401 });
  });

  test('is good in the scheme of old clients too, and tells whose it is', async () => {
    const account = await api('/account', { Authorization: `Token ${session.fake.token}` });
    expect(json(account)).toMatchObject({ type: 'organization', username: 'acme' });
  });

  test('after a rotation only the new one is good', async () => {
    const old = session.fake.token;
    const fresh = session.fake.rotateToken();
    expect((await api('/account', bearer(old))).status).toBe(401);
    expect((await api('/account', bearer(fresh))).status).toBe(200);
  });

  test('that reaches the media host is told, and the file is sent all the same', async () => {
    const link = await firstLink();
    await exchange(link);
    expect(session.fake.leaks()).toEqual([]);
    expect((await exchange(link, { headers: bearer() })).status).toBe(200);
    await exchange(`${link}?token=${session.fake.token}`);
    expect(session.fake.leaks()).toMatchObject([{ host: 'delivery' }, { host: 'delivery' }]);
  });

  test('stays a leak when a redirect led it there', async () => {
    const link = await firstLink();
    session.fake.faults.inject({ host: 'api', what: { kind: 'redirect', to: link } });
    const { headers } = await api('/predictions');
    await exchange(headers.location!, { headers: bearer() });
    expect(session.fake.leaks()).toHaveLength(1);
  });
});

describe('a media host that asks for the token', () => {
  const session = useFakeReplicate({ filesNeedToken: true });

  test('refuses a request without it, and then it is no leak', async () => {
    const link = await session.firstLink();
    expect((await exchange(link)).status).toBe(401);
    expect((await exchange(link, { headers: session.bearer() })).status).toBe(200);
    expect(session.fake.leaks()).toEqual([]);
  });
});

describe('a file', () => {
  const session = useFakeReplicate();

  test('comes whole, in part, or not at all', async () => {
    const link = await session.firstLink();
    const { body, headers } = await exchange(link);
    expect(headers).toMatchObject({ 'content-type': 'image/webp', 'accept-ranges': 'bytes' });
    const part = await exchange(link, { headers: { Range: 'bytes=100-', 'If-Range': headers.etag! } });
    expect([part.status, part.body.equals(body.subarray(100))]).toEqual([206, true]);
    expect((await exchange(link, { headers: { 'If-None-Match': headers.etag! } })).status).toBe(304);
    expect((await exchange(link, { method: 'HEAD' })).body).toHaveLength(0);
    expect((await exchange(link, { method: 'POST' })).status).toBe(405);
    expect((await exchange(link.replace('out-0', 'out-1'))).status).toBe(404);
  });
});

describe('too many requests', () => {
  const session = useFakeReplicate({ requestsPerMinute: 3 });
  const { api } = session;

  test('are refused in words that say how long to wait, and the media host has no part in it', async () => {
    const link = await session.firstLink();
    for (let request = 0; request < 2; request += 1) expect((await api('/account')).status).toBe(200);
    session.fake.clock.advance(30_000);
    const refused = await api('/account');
    expect(refused.status).toBe(429);
    expect(json(refused)).toEqual({ detail: 'Request was throttled. Your rate limit resets in ~30s.' });
    expect(refused.headers).not.toHaveProperty('retry-after');
    expect((await exchange(link)).status).toBe(200);
    session.fake.clock.advance(30_000);
    expect((await api('/account')).status).toBe(200);
  });

  test.each([
    ['7', '7'],
    ['', undefined],
  ])('can be a fault with the header %j', async (retryAfter, header) => {
    session.fake.faults.inject({ what: { kind: 'rate-limit', retryAfter } });
    const { status, headers } = await api('/account');
    expect([status, headers['retry-after']]).toEqual([429, header]);
  });
});

describe('a fault', () => {
  const session = useFakeReplicate();
  const { api, bearer, firstLink } = session;

  test.each([
    ['status', { kind: 'status', status: 500 }, 500, /"status":500/u],
    ['html', { kind: 'html' }, 504, /^<!DOCTYPE html>/u],
    ['empty', { kind: 'empty' }, 200, /^$/u],
    ['shortened', { kind: 'shortened' }, 200, /^\{"type".*[^}]$/u],
  ] as const satisfies readonly (readonly [string, Fault, number, RegExp])[])(
    '%s sends another answer, once',
    async (_, what, status, text) => {
      session.fake.faults.inject({ host: 'api', what });
      const answer = await api('/account');
      expect(answer.status).toBe(status);
      expect(answer.body.toString('utf8')).toMatch(text);
      expect((await api('/account')).status).toBe(200);
    },
  );

  test('of the media host leaves the API alone', async () => {
    const link = await firstLink();
    session.fake.faults.inject({ host: 'delivery', what: { kind: 'reset', when: 'during' } });
    expect((await api('/account')).status).toBe(200);
    expect((await exchange(link)).whole).toBe(false);
    expect((await exchange(link)).whole).toBe(true);
  });

  test('and the status that was meant are recorded', async () => {
    session.fake.faults.inject({ what: { kind: 'html' } });
    await api('/account?x=%3a', bearer());
    const request = { host: 'api', method: 'GET', target: '/v1/account?x=%3a', at: START, status: 200, fault: 'html' };
    expect(session.fake.requests).toMatchObject([request]);
  });
});
