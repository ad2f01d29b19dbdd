import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Item } from '../../../src/plugin.js';
import type { WorkflowKind } from '../../fakes/civitai/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type CivitaiRig, openCivitaiRig } from '../../support/civitai-rig.js';
import { sha256, sha256Of } from '../../support/digests.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let rig: CivitaiRig;

// Whatever a test is about: nothing was changed at the service, and no key went astray.
const open = closedAfterEach(openCivitaiRig, async (other) => {
  expect(other.fake.changes()).toEqual([]);
  expect(other.fake.leaks()).toEqual([]);
  await other.shut();
});

beforeEach(async () => {
  rig = await open();
});

describe('links to results', () => {
  test.each(['textToImage', 'videoGen', 'comfy', 'upscaled', 'audio'] as const satisfies readonly WorkflowKind[])(
    'of %s are followed to the content host without the key, byte for byte',
    async (kind) => {
      const made = rig.fake.addWorkflow({ kind });
      const { items } = await rig.list(made.id);
      const blobs = new Map(made.steps.flatMap(({ blobs: own }) => own).map((blob) => [blob.id.split('.')[0]!, blob]));
      for (const item of items) {
        const fetched = await rig.fetchBytes(item);
        expect(sha256Of(fetched)).toBe(sha256(blobs.get(item.id)!.bytes));
        expect(fetched.mediaType).toBe(item.mediaType);
      }
      expect(rig.downloads()).toEqual(items.flatMap(() => ['orchestrator 308', 'content 200']));
      const [, first, second] = rig.fake.requests;
      expect(first!.headers.authorization).toBeUndefined();
      expect(second!.headers.authorization).toBeUndefined();
      expect(rig.asked()).toHaveLength(1);
    },
  );

  test('are at hand without another request for nearly five minutes', async () => {
    const made = rig.fake.addWorkflow();
    const [item] = (await rig.list(made.id)).items;
    await rig.clock.advance(4 * MINUTE);
    await rig.fetchBytes(item!);
    expect(rig.asked()).toHaveLength(1);
  });

  test('that ran out are renewed by reading the workflow once, however many items need it', async () => {
    const made = rig.fake.addWorkflow({ blobs: [{}, {}, {}, {}] });
    const { items } = await rig.list(made.id);
    await rig.clock.advance(6 * MINUTE);
    await Promise.all(items.map(rig.fetchBytes));
    expect(rig.asked()).toEqual([`/workflows/${made.id}`, `/workflows/${made.id}`]);
    expect(rig.downloads().filter((asked) => asked.endsWith('403'))).toEqual([]);
  });

  test('whose time is nearly over are not handed out', async () => {
    const made = rig.fake.addWorkflow();
    const [item] = (await rig.list(made.id)).items;
    const old = await rig.source.locate(item!, { renew: false });
    await rig.clock.advance(5 * MINUTE - 10_000);
    const fresh = await rig.source.locate(item!, { renew: false });
    expect(fresh).not.toEqual(old);
    expect(fresh.kind === 'request' && fresh.expiresAt! > rig.clock.now()).toBe(true);
  });

  test('of the list are renewed by reading their workflow, not the list', async () => {
    const made = rig.fake.addWorkflow();
    let item: Item | undefined;
    for await (const task of rig.source.all!({})) for await (const own of task.items) item ??= own;
    await rig.clock.advance(20 * DAY);
    await rig.fetchBytes(item!);
    expect(rig.asked()).toEqual(['/workflows?take=100', `/workflows/${made.id}`]);
  });

  test('of a mature result that was listed with --mature are renewed with it', async () => {
    rig = await open({ options: { mature: true } });
    const made = rig.fake.addWorkflow({ blobs: [{ nsfwLevel: 'xxx' }] });
    let item: Item | undefined;
    for await (const task of rig.source.all!({})) for await (const own of task.items) item = own;
    await rig.clock.advance(6 * MINUTE);
    expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.steps[0]!.blobs[0]!.bytes));
    expect(rig.asked().at(-1)).toBe(`/workflows/${made.id}?hideMatureContent=false`);
  });

  test('that are refused before their time are renewed once', async () => {
    const made = rig.fake.addWorkflow();
    const [item] = (await rig.list(made.id)).items;
    rig.fake.faults.inject({ path: /\/blobs\//u, host: 'orchestrator', what: { kind: 'status', status: 403 } });
    expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.steps[0]!.blobs[0]!.bytes));
    expect(rig.asked()).toHaveLength(2);
  });

  test('that are refused again are told, with no third try', async () => {
    const made = rig.fake.addWorkflow();
    const [item] = (await rig.list(made.id)).items;
    rig.fake.faults.inject({
      path: /\/blobs\//u,
      host: 'orchestrator',
      count: 99,
      what: { kind: 'status', status: 403 },
    });
    await expect(rig.fetchBytes(item!)).rejects.toMatchObject({ code: 'E_EXPIRED', plugin: 'civitai' });
    expect(rig.asked()).toHaveLength(2);
  });

  test('are used once although this machine’s clock is an hour ahead', async () => {
    const ahead = 60 * MINUTE;
    rig = await open({ now: () => Date.now() - ahead });
    const made = rig.fake.addWorkflow();
    const [item] = (await rig.list(made.id)).items;
    expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.steps[0]!.blobs[0]!.bytes));
  });

  test('without a time of their own are taken to be good for some minutes', async () => {
    const made = rig.fake.addWorkflow();
    rig.fake.faults.inject({
      what: {
        kind: 'changed',
        change: (answer) => ({
          ...answer,
          body: Buffer.from(answer.body.toString('utf8').replace(/"urlExpiresAt":"[^"]+"/gu, '"urlExpiresAt":null')),
        }),
      },
    });
    const [item] = (await rig.list(made.id)).items;
    await rig.clock.advance(2 * MINUTE);
    await rig.source.locate(item!, { renew: false });
    expect(rig.asked()).toHaveLength(1);
    await rig.clock.advance(MINUTE);
    await rig.source.locate(item!, { renew: false });
    expect(rig.asked()).toHaveLength(2);
  });

  test('of a workflow that is gone after thirty days are E_NOT_FOUND', async () => {
    const made = rig.fake.addWorkflow();
    const [item] = (await rig.list(made.id)).items;
    await rig.clock.advance(31 * DAY);
    await expect(rig.fetchBytes(item!)).rejects.toMatchObject({ code: 'E_NOT_FOUND', plugin: 'civitai' });
  });

  test('of a result that was blocked since are E_NOT_FOUND with the reason; the old link is not tried again', async () => {
    const made = rig.fake.addWorkflow();
    const [item] = (await rig.list(made.id)).items;
    await rig.clock.advance(6 * MINUTE);
    rig.fake.faults.inject({
      what: {
        kind: 'changed',
        change(answer) {
          const workflow = JSON.parse(answer.body.toString('utf8'));
          Object.assign(workflow.steps[0].output.images[0], {
            available: false,
            url: null,
            blockedReason: 'CSAM filter',
          });
          return { ...answer, body: Buffer.from(JSON.stringify(workflow)) };
        },
      },
    });
    await expect(rig.fetchBytes(item!)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: `${item!.id}: it is blocked (CSAM filter)`,
    });
    expect(rig.downloads()).toEqual([]);
  });

  test('to a private address are not followed', async () => {
    const made = rig.fake.addWorkflow();
    const [item] = (await rig.list(made.id)).items;
    rig.fake.faults.inject({
      path: /\/blobs\//u,
      what: { kind: 'redirect', to: 'http://169.254.169.254/latest/meta-data', status: 308 },
    });
    await expect(rig.fetchBytes(item!)).rejects.toMatchObject({ code: 'E_UNSAFE_ADDRESS' });
  });

  test('a renewal that one caller gives up still serves the others', async () => {
    const made = rig.fake.addWorkflow({ blobs: [{}, {}, {}] });
    const { items } = await rig.list(made.id);
    const controller = new AbortController();
    const work = items.map((item, position) =>
      rig.source.locate(item, { renew: true, ...(position === 0 ? { signal: controller.signal } : {}) }),
    );
    controller.abort();
    const ends = await Promise.allSettled(work);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(rig.asked().length).toBeLessThanOrEqual(3);
  });
});
