import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { INSUFFICIENT_QUOTA, SLOW_DOWN } from '../../fakes/openai/index.js';
import { type OpenAiRig, openOpenAiRig } from '../../support/openai-rig.js';

let rig: OpenAiRig;

beforeEach(async () => {
  rig = await openOpenAiRig();
});
afterEach(() => rig.shut());

const openNew = () => rig.open(rig.fake.addResponse().id);

describe('the key', () => {
  test('reaches the API as a bearer, and no other host', async () => {
    await rig.open(rig.fake.addResponse({ inputPicture: true }).id);
    for (const { host, target, headers } of rig.fake.requests) {
      expect([host, headers.authorization]).toEqual(['api', `Bearer ${rig.fake.key}`]);
      expect(target).not.toContain('sk-');
    }
    expect(rig.fake.leaks()).toEqual([]);
  });

  test('is proved by asking for what nobody has', async () => {
    await expect(rig.source.check?.()).resolves.toBeUndefined();
    expect(rig.asked()).toEqual([`/responses/resp_${'0'.repeat(48)}`]);
  });

  test('one that is not in force any more ends the run with a remedy, in the words of the service', async () => {
    const made = rig.fake.addResponse();
    const old = rig.fake.key;
    rig.fake.rotateKey();
    const refused = rig.open(made.id);
    await expect(refused).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      message: expect.stringContaining('Incorrect API key provided: sk-proj-***'),
      hint: expect.stringContaining('platform.openai.com/api-keys'),
    });
    await refused.catch((error: Error) => expect(String(error.stack)).not.toContain(old));
    expect(rig.asked()).toHaveLength(1);
  });

  test('of another project finds nothing, and the hint says that', async () => {
    await rig.shut();
    rig = await openOpenAiRig({ credential: `sk-proj-other${rig.fake.key.slice(13)}` });
    expect(rig.fake.strangersKey).toBe(`sk-proj-other${rig.fake.key.slice(13)}`);
    await expect(openNew()).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      hint: expect.stringContaining('own project alone'),
    });
  });

  test('that may not read is told so', async () => {
    const body = JSON.stringify({
      error: { message: 'Missing scopes: api.responses.read', type: 'invalid_request_error' },
    });
    rig.fake.faults.inject({ what: { kind: 'status', status: 403, body } });
    await expect(openNew()).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      message: expect.stringContaining('api.responses.read'),
      hint: expect.stringContaining('what the key may do'),
    });
  });

  test('does not go along with a redirect to another host', async () => {
    const made = rig.fake.addResponse();
    rig.fake.faults.inject({ host: 'api', what: { kind: 'redirect', to: `${rig.pictureOrigin}/inputs/1.json` } });
    await expect(rig.open(made.id)).rejects.toMatchObject({ plugin: 'openai' });
    expect(rig.fake.requests.map(({ host }) => host)).toContain('pictures');
    expect(rig.fake.leaks()).toEqual([]);
  });
});

describe('asked to slow down', () => {
  test('it waits as long as the header says', async () => {
    rig.fake.faults.inject({ what: { kind: 'rate-limit', retryAfter: '17' } });
    expect((await openNew()).items).toHaveLength(1);
    expect(rig.clock.waits).toEqual([17_000]);
  });

  test('it waits as many milliseconds as the service’s own header says', async () => {
    rig.fake.faults.inject({ what: SLOW_DOWN });
    expect((await openNew()).items).toHaveLength(1);
    expect(rig.clock.waits).toEqual([250]);
  });

  test('without a header it waits as it sees fit, and goes on', async () => {
    rig.fake.faults.inject({ what: { kind: 'rate-limit', retryAfter: '' } });
    expect((await openNew()).items).toHaveLength(1);
    expect(rig.clock.waits).toHaveLength(1);
    expect(rig.clock.waits[0]).toBeLessThanOrEqual(500);
  });

  test('because the credit is used up, it does not try again', async () => {
    rig.fake.faults.inject({ count: 99, what: INSUFFICIENT_QUOTA });
    await expect(openNew()).rejects.toMatchObject({
      code: 'E_RATE_LIMITED',
      retryable: false,
      reach: 'run',
      message: expect.stringContaining('You exceeded your current quota'),
      hint: expect.stringContaining('billing'),
    });
    expect(rig.asked()).toHaveLength(1);
  });

  test('more requests than a minute bears are made in the next one', async () => {
    await rig.shut();
    rig = await openOpenAiRig({ requestsPerMinute: 3 });
    for (let number = 0; number < 2; number += 1) expect((await openNew()).items).toHaveLength(1);
    expect(rig.clock.waits).toEqual([60_000]);
  });
});

describe('outages', () => {
  test.each([
    ['answered with 500', { kind: 'status', status: 500 }],
    ['answered with 503', { kind: 'status', status: 503 }],
    ['answered with a page of HTML', { kind: 'html', status: 502 }],
    ['reset before the answer', { kind: 'reset', when: 'before' }],
    ['reset in the middle of the answer', { kind: 'reset', when: 'during' }],
    ['answered with half of the JSON', { kind: 'shortened' }],
    ['answered with nothing', { kind: 'empty' }],
    ['refused, to be tried again', { kind: 'status', status: 409, headers: { 'x-should-retry': 'true' } }],
  ] as const)('a request that is %s is sent again', async (_name, what) => {
    rig.fake.faults.inject({ what });
    expect((await openNew()).items).toHaveLength(1);
    expect(rig.asked()).toHaveLength(3);
  });

  test.each([
    ['that does not end', {}, 5],
    ['that the service says is of no use to try again', { 'x-should-retry': 'false' }, 1],
  ])('one %s is given up', async (_what, headers, tries) => {
    rig.fake.faults.inject({ count: 99, what: { kind: 'status', status: 500, headers } });
    await expect(openNew()).rejects.toMatchObject({ code: 'E_UNAVAILABLE', plugin: 'openai' });
    expect(rig.asked()).toHaveLength(tries);
  });
});
