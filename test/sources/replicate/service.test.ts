import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openReplicateRig, type ReplicateRig } from '../../support/replicate-rig.js';

let rig: ReplicateRig;

beforeEach(async () => {
  rig = await openReplicateRig();
});
afterEach(() => rig.shut());

describe('the token', () => {
  test('reaches the API as a bearer, and in no other form', async () => {
    await rig.open(rig.fake.addPrediction().id);
    const [request] = rig.fake.requests;
    expect(request!.headers.authorization).toBe(`Bearer ${rig.fake.token}`);
    expect(request!.target).not.toContain('r8_');
  });

  test('is proved by asking whose account it is', async () => {
    await expect(rig.source.check?.()).resolves.toBe('acme');
    expect(rig.asked()).toEqual(['/account']);
  });

  test('one that was replaced meanwhile ends the run with a remedy, in the words of the service', async () => {
    const made = rig.fake.addPrediction();
    rig.fake.rotateToken();
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      message: expect.stringContaining('Unauthenticated: You did not pass a valid authentication token'),
      hint: expect.stringContaining('replicate.com/account/api-tokens'),
    });
    expect(rig.asked()).toHaveLength(1);
  });

  test('does not go along with a redirect to another host', async () => {
    const made = rig.fake.addPrediction();
    const to = `http://${rig.deliveryHost}/elsewhere`;
    rig.fake.faults.inject({ host: 'api', what: { kind: 'redirect', to } });
    await expect(rig.open(made.id)).rejects.toMatchObject({ plugin: 'replicate' });
    expect(rig.downloads()).toBe(1);
    expect(rig.fake.leaks()).toEqual([]);
  });
});

describe('asked to slow down', () => {
  test('it waits as long as the header says', async () => {
    const made = rig.fake.addPrediction();
    rig.fake.faults.inject({ what: { kind: 'rate-limit', retryAfter: '17' } });
    await rig.open(made.id);
    expect(rig.clock.waits).toEqual([17_000]);
  });

  test('it waits as long as the words say where there is no header', async () => {
    const made = rig.fake.addPrediction();
    const body = JSON.stringify({ detail: 'Request was throttled. Your rate limit resets in ~23s.' });
    rig.fake.faults.inject({ what: { kind: 'status', status: 429, body } });
    await rig.open(made.id);
    expect(rig.clock.waits).toEqual([23_000]);
  });

  test('it gives up, in the words of the service, where that goes on', async () => {
    const made = rig.fake.addPrediction();
    rig.fake.faults.inject({ count: 99, what: { kind: 'rate-limit', retryAfter: '' } });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_RATE_LIMITED',
      message: expect.stringContaining('Request was throttled'),
    });
    expect(rig.clock.waits).toEqual([1000, 1000, 1000, 1000]);
  });

  test('more requests than a minute bears are made in the next one', async () => {
    await rig.shut();
    rig = await openReplicateRig({ requestsPerMinute: 2 });
    const made = rig.fake.addPredictions(3);
    for (const { id } of made) expect((await rig.open(id)).items).toHaveLength(1);
    expect(rig.clock.waits).toEqual([60_000]);
  });
});

describe('outages', () => {
  test.each([
    ['answered with 500', { kind: 'status', status: 500 }],
    ['answered with a page of HTML', { kind: 'html', status: 502 }],
    ['reset before the answer', { kind: 'reset', when: 'before' }],
    ['reset in the middle of the answer', { kind: 'reset', when: 'during' }],
    ['answered with half of the JSON', { kind: 'shortened' }],
    ['answered with nothing', { kind: 'empty' }],
  ] as const)('a request that is %s is sent again', async (_name, what) => {
    const made = rig.fake.addPrediction();
    rig.fake.faults.inject({ what });
    expect((await rig.open(made.id)).items).toHaveLength(1);
    expect(rig.asked()).toHaveLength(2);
  });

  test('one that does not end is given up after five tries', async () => {
    const made = rig.fake.addPrediction();
    rig.fake.faults.inject({ count: 99, what: { kind: 'status', status: 500 } });
    await expect(rig.open(made.id)).rejects.toMatchObject({ code: 'E_UNAVAILABLE', plugin: 'replicate' });
    expect(rig.asked()).toHaveLength(5);
  });

  test('a request that is refused for good is not sent again', async () => {
    const made = rig.fake.addPrediction();
    const body = JSON.stringify({ title: 'Invalid version', detail: 'it is forbidden', status: 422 });
    rig.fake.faults.inject({ count: 99, what: { kind: 'status', status: 422, body } });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      message: expect.stringContaining('Invalid version: it is forbidden (HTTP 422)'),
      retryable: false,
    });
    expect(rig.asked()).toHaveLength(1);
  });
});
