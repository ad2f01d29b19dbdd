import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { HttpsProxyAgent } from 'hpagent';
import { exchange } from '../../support/exchange.js';
import { startProxy } from '../proxy.js';
import { API_HOST, createFakeHappyAccidents, type Fault, IMAGE_HOST } from './index.js';
import { type InferenceRecord, json, type List, START, useFakeHappyAccidents } from './session.js';

const session = useFakeHappyAccidents();

describe('a fault', () => {
  test.each([401, 429, 500, 503])('with the status %d has a detail of one text', async (status) => {
    session.fake.faults.inject({ host: 'api', what: { kind: 'status', status } });
    const answer = await session.api('/inferences');
    expect([answer.status, json(answer)]).toEqual([status, { detail: expect.any(String) }]);
  });

  test('with the status 422 has a detail of a list', async () => {
    session.fake.faults.inject({ host: 'api', what: { kind: 'status', status: 422 } });
    const answer = await session.api('/inferences');
    expect(json(answer)).toEqual({
      detail: [{ loc: ['query', expect.any(String)], msg: expect.any(String), type: expect.any(String) }],
    });
  });

  test.each([
    ['rate-limit', { kind: 'rate-limit', retryAfter: '7' }, 429, /^\{"detail":/u],
    ['empty', { kind: 'empty' }, 200, /^$/u],
    ['html', { kind: 'html' }, 504, /^<!DOCTYPE html>/u],
  ] as const satisfies readonly (readonly [string, Fault, number, RegExp])[])(
    '%s sends another answer',
    async (_, what, status, text) => {
      session.fake.faults.inject({ path: /\/inferences/u, what });
      const answer = await session.api('/inferences');
      expect(answer.status).toBe(status);
      expect(answer.body.toString('utf8')).toMatch(text);
      if (what.kind === 'rate-limit') expect(answer.headers['retry-after']).toBe('7');
      expect((await session.api('/inferences')).status).toBe(200);
    },
  );

  test('of the image host leaves the API alone', async () => {
    session.fake.faults.inject({ host: 'image', count: 2, what: { kind: 'reset', when: 'during' } });
    const { images } = session.fake.addInference();
    expect((await session.page(0)).items).toHaveLength(1);
    expect((await exchange(`${session.imageOrigin}/hb42m9hh0/${images[0]!.path}`)).whole).toBe(false);
  });
});

test('every request is recorded as it was sent', async () => {
  await session.api('/inferences?x=%3a');
  await exchange(`${session.imageOrigin}/hb42m9hh0/a.png?tr=orig-true`);
  expect(session.fake.requests).toMatchObject([
    { host: 'api', method: 'GET', target: '/v1/inferences?x=%3a', at: START, leaksToken: false, status: 200 },
    { host: 'image', method: 'GET', target: '/hb42m9hh0/a.png?tr=orig-true', leaksToken: false, status: 404 },
  ]);
});

test('behind a proxy it answers under the names of the service', async () => {
  const fake = createFakeHappyAccidents({ slashes: 'with' });
  const proxy = await startProxy({ hosts: { [API_HOST]: fake.apiListener, [IMAGE_HOST]: fake.imageListener } });
  const agent = new HttpsProxyAgent({ proxy: proxy.url, ca: readFileSync(proxy.caFile) });
  try {
    const { images } = fake.addInference();
    const headers = { Authorization: `Bearer ${fake.token}` };
    const moved = await exchange(`https://${API_HOST}/v1/inferences`, { headers, agent });
    expect(moved.headers.location).toBe(`https://${API_HOST}/v1/inferences/`);
    const { items } = json<List<InferenceRecord>>(await exchange(moved.headers.location!, { headers, agent }));
    const url = items[0]!.images[0]!.url!;
    expect(url).toBe(`https://ik.imagekit.io/hb42m9hh0/${images[0]!.path}`);
    expect((await exchange(`${url}?tr=orig-true`, { agent })).body.equals(images[0]!.bytes)).toBe(true);
    expect(fake.leaks()).toEqual([]);
  } finally {
    agent.destroy();
    await proxy.close();
  }
});
