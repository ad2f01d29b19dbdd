import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Links } from '../../../sources/replicate/links.js';
import { sha256, sha256Of } from '../../support/digests.js';
import { openReplicateRig, type ReplicateRig, START } from '../../support/replicate-rig.js';

let rig: ReplicateRig;

beforeEach(async () => {
  rig = await openReplicateRig();
});
afterEach(() => rig.shut());

describe('files', () => {
  test.each(['list', 'single', 'nested', 'video', 'sound', 'data-uri'] as const)(
    'of an output of the kind %s come byte for byte, without the token',
    async (output) => {
      const made = rig.fake.addPrediction({ output });
      const { items } = await rig.open(made.id);
      const digests = await Promise.all(items.map(async (item) => sha256Of(await rig.fetchBytes(item))));
      expect(digests).toEqual(made.outputFiles.map(({ bytes }) => sha256(bytes)));
      expect(rig.asked()).toHaveLength(1);
      expect(rig.fake.leaks()).toEqual([]);
      for (const { host, headers } of rig.fake.requests) {
        expect(headers.authorization).toBe(host === 'api' ? `Bearer ${rig.fake.token}` : undefined);
      }
    },
  );

  test('of the list are at hand without another request', async () => {
    rig.fake.addPredictions(3);
    for (const { items } of await rig.history()) for (const item of items) await rig.fetchBytes(item);
    expect(rig.asked()).toHaveLength(1);
    expect(rig.downloads()).toBe(3);
  });

  test('that were removed between the list and the download are told as what they are', async () => {
    const made = rig.fake.addPrediction({ count: 2 });
    const { items } = await rig.open(made.id);
    rig.fake.clock.advance(2 * 3_600_000);
    const results = await Promise.allSettled(items.map(rig.fetchBytes));
    for (const result of results) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'E_NOT_FOUND', plugin: 'replicate', hint: expect.stringContaining('one hour') },
      });
    }
    expect(rig.asked().slice(1).length).toBeLessThanOrEqual(2);
  });

  test('of a prediction that was deleted are E_NOT_FOUND', async () => {
    const made = rig.fake.addPrediction();
    const { items } = await rig.open(made.id);
    rig.fake.removePrediction(made.id);
    await expect(rig.fetchBytes(items[0]!)).rejects.toMatchObject({ code: 'E_NOT_FOUND', plugin: 'replicate' });
  });

  test('that an output has no more are E_NOT_FOUND', async () => {
    const made = rig.fake.addPrediction({ count: 2 });
    const { items } = await rig.open(made.id);
    await expect(rig.source.locate({ taskId: made.id, id: `${made.id}-3` }, { renew: false })).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: `${made.id}-3: the service has it no more`,
    });
    expect(items).toHaveLength(2);
  });

  test('that the media host refuses for a moment are asked for once more', async () => {
    const made = rig.fake.addPrediction();
    const { items } = await rig.open(made.id);
    rig.fake.faults.inject({ host: 'delivery', what: { kind: 'status', status: 404, body: 'Not Found' } });
    expect(sha256Of(await rig.fetchBytes(items[0]!))).toBe(sha256(made.outputFiles[0]!.bytes));
    expect(rig.asked()).toHaveLength(2);
  });

  test('of predictions of the site are there after many hours', async () => {
    const made = rig.fake.addPrediction({ source: 'web', created: START - 100 * 3_600_000 });
    const { items } = await rig.open(made.id);
    expect(sha256Of(await rig.fetchBytes(items[0]!))).toBe(sha256(made.outputFiles[0]!.bytes));
  });

  test('are located by a prediction id that would lead elsewhere as nothing but an id', async () => {
    const located = rig.source.locate({ taskId: '../account?x=', id: 'x-1' }, { renew: false });
    await expect(located).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    expect(rig.asked()).toEqual(['/predictions/..%2Faccount%3Fx%3D']);
  });

  test('whose one asker is interrupted are still told to the other', async () => {
    const made = rig.fake.addPrediction();
    const controller = new AbortController();
    const ask = (signal?: AbortSignal) =>
      rig.source.locate({ taskId: made.id, id: `${made.id}-1` }, { renew: true, signal });
    const [given, kept] = [ask(controller.signal), ask()];
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    await expect(kept).resolves.toMatchObject({ kind: 'request' });
  });

  test('whose second asker is interrupted lets it go at once, though the first one waits', async () => {
    const made = rig.fake.addPrediction();
    rig.fake.faults.inject({ host: 'api', what: { kind: 'stall', when: 'before' } });
    const first = new AbortController();
    const second = new AbortController();
    const ask = (signal: AbortSignal) =>
      rig.source.locate({ taskId: made.id, id: `${made.id}-1` }, { renew: true, signal });
    const [waits, leaves] = [ask(first.signal), ask(second.signal)];
    const ended = expect(waits).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    while (rig.running() === 0) await new Promise(setImmediate);
    second.abort();
    await expect(leaves).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(rig.running()).toBe(1);
    first.abort();
    await ended;
  });
});

describe('links at hand', () => {
  test('are bounded in number: the oldest go first', () => {
    const links = new Links();
    for (let number = 0; number < 6_000; number += 1) links.set(`id-${number}`, 'https://replicate.delivery/a.png');
    expect(links.get('id-999')).toBeUndefined();
    expect(links.get('id-1000')).toBeDefined();
    expect(links.get('id-5999')).toBeDefined();
  });

  test('are bounded in size, and one that is larger than all of it is not kept', () => {
    const links = new Links();
    const large = 'x'.repeat(30 * 1_048_576);
    for (const id of ['a', 'b', 'c']) links.set(id, large);
    expect([links.get('a'), links.get('b'), links.get('c')]).toEqual([undefined, large, large]);
    links.set('b', 'small');
    links.set('d', large);
    expect([links.get('b'), links.get('c')]).toEqual(['small', large]);
    links.set('e', 'x'.repeat(65 * 1_048_576));
    expect(links.get('e')).toBeUndefined();
    expect(links.get('d')).toBe(large);
  });
});
