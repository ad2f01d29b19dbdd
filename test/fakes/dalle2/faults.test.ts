import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import type { Fault } from './index.js';
import { json, useFakeDalle2 } from './session.js';

const session = useFakeDalle2();
const { api, bearer, firstLink } = session;

describe('a fault', () => {
  test('hits the requests that it is meant for and no others', async () => {
    session.fake.addTask();
    session.fake.faults.inject({ path: /\/billing\//u, hit: 2, count: 2, what: { kind: 'status', status: 503 } });
    const statuses: number[] = [];
    for (let request = 0; request < 5; request += 1) {
      statuses.push((await api('/billing/credit_summary')).status, (await api('/tasks')).status);
    }
    expect(statuses).toEqual([200, 200, 503, 200, 503, 200, 200, 200, 200, 200]);
  });

  test('of the blob host leaves the API alone', async () => {
    session.fake.faults.inject({ host: 'blob', count: Number.POSITIVE_INFINITY, what: { kind: 'empty' } });
    const url = await firstLink();
    expect(await exchange(url)).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    session.fake.faults.clear();
    expect((await exchange(url)).body.length).toBeGreaterThan(1_000);
  });

  test.each([
    ['status', { kind: 'status', status: 500 }, 500, /"error"/u],
    [
      'status with a body',
      { kind: 'status', status: 403, body: 'no', headers: { 'Content-Type': 'text/plain' } },
      403,
      /^no$/u,
    ],
    ['html', { kind: 'html' }, 504, /^<!DOCTYPE html>/u],
    ['empty', { kind: 'empty' }, 200, /^$/u],
    ['rate-limit', { kind: 'rate-limit', retryAfter: '7' }, 429, /rate_limit_exceeded/u],
    ['redirect', { kind: 'redirect', to: 'http://127.0.0.1:9/x' }, 302, /^$/u],
    ['changed', { kind: 'changed', change: (answer) => ({ ...answer, body: Buffer.from('[]') }) }, 200, /^\[\]$/u],
  ] as const satisfies readonly (readonly [string, Fault, number, RegExp])[])(
    '%s sends another answer',
    async (_, what, status, text) => {
      session.fake.faults.inject({ what });
      const answer = await api('/billing/credit_summary');
      expect(answer.status).toBe(status);
      expect(answer.body.toString('utf8')).toMatch(text);
      if (what.kind === 'rate-limit') expect(answer.headers['retry-after']).toBe('7');
      if (what.kind === 'redirect') expect(answer.headers.location).toBe(what.to);
    },
  );

  test('reset before the answer leaves the client without one', async () => {
    session.fake.faults.inject({ what: { kind: 'reset', when: 'before' } });
    await expect(api('/tasks')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test.each([
    ['reset', { kind: 'reset', when: 'during' }],
    ['wrong-length', { kind: 'wrong-length', difference: 10 }],
  ] as const)('%s ends the answer before its declared length', async (_, what) => {
    const url = await firstLink();
    session.fake.faults.inject({ host: 'blob', what });
    const { whole, body, headers } = await exchange(url);
    expect(whole).toBe(false);
    expect(body.length).toBeLessThan(Number(headers['content-length']));
  });

  test('shortened cuts JSON under a length that agrees', async () => {
    session.fake.addTask();
    session.fake.faults.inject({ what: { kind: 'shortened' } });
    const answer = await api('/tasks');
    expect([answer.whole, answer.headers['content-length']]).toEqual([true, String(answer.body.length)]);
    expect(() => json(answer)).toThrow(SyntaxError);
  });

  test('closed-early looks like a whole answer without a length', async () => {
    const url = await firstLink();
    session.fake.faults.inject({ host: 'blob', what: { kind: 'closed-early' } });
    const { whole, body, headers } = await exchange(url);
    const { picture } = session.fake.tasks[0]!.generations[0]!;
    expect(whole).toBe(true);
    expect(headers).not.toHaveProperty('content-length');
    expect(headers).not.toHaveProperty('transfer-encoding');
    expect(body.equals(picture.subarray(0, picture.length >> 1))).toBe(true);
  });

  test('drip sends everything in small portions', async () => {
    const url = await firstLink();
    session.fake.faults.inject({ host: 'blob', what: { kind: 'drip', bytes: 1_000, everyMilliseconds: 1 } });
    const { whole, body } = await exchange(url);
    expect(whole).toBe(true);
    expect(body.equals(session.fake.tasks[0]!.generations[0]!.picture)).toBe(true);
  });

  test.each(['before', 'during'] as const)('stall %s sends nothing more until the client gives up', async (when) => {
    session.fake.faults.inject({ what: { kind: 'stall', when } });
    const patience = AbortSignal.timeout(200);
    const answer = await exchange(`${session.apiUrl}/tasks`, { headers: bearer(), signal: patience }).catch(
      () => undefined,
    );
    expect(patience.aborted).toBe(true);
    expect(answer?.whole).toBe(when === 'during' ? false : undefined);
  });
});
