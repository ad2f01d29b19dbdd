import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { type Fault, INSUFFICIENT_QUOTA, SLOW_DOWN } from './index.js';
import { duration } from './rate.js';
import { json, START, useFakeOpenAi } from './session.js';

describe('the key', () => {
  const session = useFakeOpenAi();
  const { api, bearer } = session;

  test.each([
    ['none', {}, null],
    ['another scheme', { Authorization: 'Basic c2stMQ==' }, null],
    ['an unknown one', bearer('sk-proj-abcdefghijklmnopqrstuvwxyz'), 'invalid_api_key'],
  ])('%s is refused with the error envelope', async (_, headers, code) => {
    const { id } = session.fake.addResponse();
    const answer = await api(`/responses/${id}`, headers as Record<string, string>);
    expect(answer.status).toBe(401);
    expect(json(answer)).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param: null, code },
    });
    expect(answer.body.toString('utf8')).not.toContain('abcdef');
  });

  test('of another project is good but finds nothing', async () => {
    const { id } = session.fake.addResponse({ conversation: session.fake.addConversation({ id: 'conv_0123456789' }) });
    for (const path of [`/responses/${id}`, '/conversations/conv_0123456789']) {
      expect((await api(path)).status).toBe(200);
      expect((await api(path, bearer(session.fake.strangersKey))).status).toBe(404);
    }
  });

  test('after a rotation only the new one is good', async () => {
    const { id } = session.fake.addResponse();
    const old = session.fake.key;
    const fresh = session.fake.rotateKey();
    expect((await api(`/responses/${id}`, bearer(old))).status).toBe(401);
    expect((await api(`/responses/${id}`, bearer(fresh))).status).toBe(200);
  });

  test('that reaches the host of a picture is told', async () => {
    const link = `${session.pictureOrigin}/inputs/1.png`;
    await exchange(link);
    expect(session.fake.leaks()).toEqual([]);
    await exchange(link, { headers: bearer() });
    await exchange(`${link}?key=${session.fake.key}`);
    expect(session.fake.leaks()).toMatchObject([{ host: 'pictures' }, { host: 'pictures' }]);
  });

  test('is no leak where it belongs', async () => {
    await api('/responses/resp_none');
    expect(session.fake.leaks()).toEqual([]);
  });
});

describe('too many requests', () => {
  const session = useFakeOpenAi({ requestsPerMinute: 2 });
  const { api } = session;

  test('are told before they are refused, and end with the minute', async () => {
    const { id } = session.fake.addResponse();
    const first = await api(`/responses/${id}`);
    expect(first.headers).toMatchObject({
      'x-request-id': expect.stringMatching(/^req_[0-9a-f]{32}$/u),
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '1m0s',
      'x-ratelimit-reset-tokens': '0s',
    });
    await api(`/responses/${id}`);
    session.fake.clock.advance(40_000);
    const refused = await api(`/responses/${id}`);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '20']);
    expect(json(refused)).toMatchObject({ error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' } });
    session.fake.clock.advance(20_000);
    expect((await api(`/responses/${id}`)).status).toBe(200);
  });

  test('are counted in lengths of time, not in points of time', () => {
    expect([0, 12, 1_000, 59_001, 390_000].map(duration)).toEqual(['0s', '12ms', '1s', '1m0s', '6m30s']);
  });
});

describe('a fault', () => {
  const session = useFakeOpenAi();
  const { api } = session;

  test.each([
    ['a limit with a time to wait', { kind: 'rate-limit', retryAfter: '1' }, 429, 'rate_limit_exceeded', '1'],
    ['a limit without one', { kind: 'rate-limit', retryAfter: '' }, 429, 'rate_limit_exceeded', undefined],
    ['a quota that is used up', INSUFFICIENT_QUOTA, 429, 'insufficient_quota', undefined],
    ['a wish to slow down', SLOW_DOWN, 429, 'slow_down', undefined],
    ['an overload', { kind: 'status', status: 503 }, 503, 'server_is_overloaded', undefined],
    ['an error', { kind: 'status', status: 500 }, 500, null, undefined],
  ] as const satisfies readonly (readonly [string, Fault, number, string | null, string | undefined])[])(
    'can be %s, once',
    async (_, what, status, code, retryAfter) => {
      const { id } = session.fake.addResponse();
      session.fake.faults.inject({ what });
      const answer = await api(`/responses/${id}`);
      expect([answer.status, answer.headers['retry-after']]).toEqual([status, retryAfter]);
      expect(json(answer)).toMatchObject({ error: { code, param: null } });
      expect(answer.headers).toHaveProperty('x-request-id');
      expect((await api(`/responses/${id}`)).status).toBe(200);
    },
  );

  test('can end a large answer in the middle', async () => {
    const { id } = session.fake.addResponse({ images: [{ bytes: 500_000 }] });
    session.fake.faults.inject({ what: { kind: 'reset', when: 'during' } });
    expect((await api(`/responses/${id}`)).whole).toBe(false);
    session.fake.faults.inject({ what: { kind: 'shortened' } });
    const shortened = await api(`/responses/${id}`);
    expect(shortened.whole).toBe(true);
    expect(() => json(shortened)).toThrow(SyntaxError);
  });

  test('and the status that was meant are recorded', async () => {
    session.fake.faults.inject({ what: { kind: 'html' } });
    await api('/responses/resp_none?x=%3a');
    const request = { host: 'api', method: 'GET', at: START, status: 404, fault: 'html' };
    expect(session.fake.requests).toMatchObject([{ ...request, target: '/v1/responses/resp_none?x=%3a' }]);
  });
});
