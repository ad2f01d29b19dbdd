import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Item } from '../../../src/plugin.js';
import { type Dalle2Rig, openDalle2Rig } from '../../support/dalle2-rig.js';
import { sha256, sha256Of } from '../../support/digests.js';

let rig: Dalle2Rig;

beforeEach(async () => {
  rig = await openDalle2Rig();
});
afterEach(() => rig.shut());

async function list(reference: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const task of rig.source.open(reference, {})) for await (const item of task.items) items.push(item);
  return items;
}

describe('links to pictures', () => {
  test('are followed byte for byte as they were received, without the token', async () => {
    const made = rig.fake.addTask();
    const items = await list(made.id);
    for (const [position, item] of items.entries()) {
      const location = await rig.source.locate(item, { renew: false });
      if (location.kind !== 'request') throw new Error('there is a link');
      expect(location.url).toMatch(/se=[^&]*%3A.*&sig=(?=[^&]*%2B)(?=[^&]*\/)[^&]*%3D$/u);
      expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(made.generations[position]!.picture));
      const request = rig.fake.requests.at(-1)!;
      expect(`http://${rig.blobHost}${request.target}`).toBe(location.url);
      expect(request.headers.authorization).toBeUndefined();
    }
    expect(rig.fake.leaks()).toEqual([]);
    expect(rig.asked()).toHaveLength(1);
  });

  test('are at hand without another request for 58 minutes', async () => {
    const made = rig.fake.addTask();
    const [item] = await list(made.id);
    rig.fake.clock.advance(0);
    await rig.clock.advance(58 * 60_000);
    await rig.fetchBytes(item!);
    expect(rig.asked()).toHaveLength(1);
  });

  test('are renewed after 59 minutes by asking for the task once, however many items need it', async () => {
    const made = rig.fake.addTask();
    const items = await list(made.id);
    await rig.clock.advance(59 * 60_000);
    await Promise.all(items.map(rig.fetchBytes));
    expect(rig.asked()).toEqual([`/tasks/${made.id}`, `/tasks/${made.id}`]);
    expect(rig.fake.requests.filter(({ host, status }) => host === 'blob' && status === 403)).toEqual([]);
  });

  test('whose time is nearly over are not handed out', async () => {
    const made = rig.fake.addTask({ count: 1 });
    const [item] = await list(made.id);
    const old = await rig.source.locate(item!, { renew: false });
    await rig.clock.advance(59 * 60_000 - 20_000);
    const fresh = await rig.source.locate(item!, { renew: false });
    expect(fresh).not.toEqual(old);
    expect(fresh.kind === 'request' && fresh.expiresAt! > rig.clock.now()).toBe(true);
    expect(rig.asked()).toHaveLength(2);
  });

  test('of the history are renewed by asking for their task', async () => {
    const made = rig.fake.addTask({ count: 1 });
    let item: Item | undefined;
    for await (const task of rig.source.all!({})) for await (const own of task.items) item = own;
    await rig.clock.advance(60 * 60_000);
    await rig.fetchBytes(item!);
    expect(rig.asked()).toEqual(['/tasks?page=1&limit=50', `/tasks/${made.id}`]);
  });

  test('that are refused before their time are renewed once', async () => {
    const made = rig.fake.addTask({ count: 1 });
    const [item] = await list(made.id);
    rig.fake.faults.inject({ host: 'blob', what: { kind: 'status', status: 403, body: '<Error/>' } });
    expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.generations[0]!.picture));
    expect(rig.asked()).toHaveLength(2);
    expect(rig.downloads()).toBe(2);
  });

  test('that are refused again are told, with no third try', async () => {
    const made = rig.fake.addTask({ count: 1 });
    const [item] = await list(made.id);
    rig.fake.faults.inject({ host: 'blob', count: 99, what: { kind: 'status', status: 403, body: '<Error/>' } });
    await expect(rig.fetchBytes(item!)).rejects.toMatchObject({ code: 'E_EXPIRED', plugin: 'dalle2' });
    expect(rig.asked()).toHaveLength(2);
    expect(rig.downloads()).toBe(2);
  });

  test('of a task that was deleted meanwhile are E_NOT_FOUND', async () => {
    const made = rig.fake.addTask({ count: 1 });
    const [item] = await list(made.id);
    rig.fake.removeTask(made.id);
    await rig.clock.advance(59 * 60_000);
    await expect(rig.fetchBytes(item!)).rejects.toMatchObject({ code: 'E_NOT_FOUND', plugin: 'dalle2' });
  });

  test('of a picture that its task lists no more are E_NOT_FOUND: the old link is not tried again', async () => {
    const made = rig.fake.addTask({ count: 2 });
    const [item] = await list(made.id);
    await rig.clock.advance(59 * 60_000);
    rig.fake.faults.inject({
      host: 'api',
      what: {
        kind: 'changed',
        change(answer) {
          const task = JSON.parse(answer.body.toString('utf8'));
          task.generations.data.shift();
          return { ...answer, body: Buffer.from(JSON.stringify(task)) };
        },
      },
    });
    await expect(rig.fetchBytes(item!)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    expect(rig.downloads()).toBe(0);
  });

  test('of two pictures whose ids differ by case alone lead to two pictures', async () => {
    const made = rig.fake.addTask({ count: 2, caseTwins: true });
    const [first, second] = await list(made.id);
    expect(first!.id.toLowerCase()).toBe(second!.id.toLowerCase());
    expect(first!.id).not.toBe(second!.id);
    const [one, other] = await Promise.all([rig.fetchBytes(first!), rig.fetchBytes(second!)]);
    expect(sha256Of(one)).toBe(sha256(made.generations[0]!.picture));
    expect(sha256Of(other)).toBe(sha256(made.generations[1]!.picture));
  });

  test('of two tasks whose ids differ by case alone lead to their own pictures', async () => {
    const one = rig.fake.addTask({ count: 1, id: 'task-aaaaBBBBccccDDDDeeeeFFFF' });
    const other = rig.fake.addTask({ count: 1, id: 'task-AAAAbbbbCCCCddddEEEEffff' });
    for (const made of [one, other]) {
      const [item] = await list(made.id);
      expect(item!.id).toBe(made.generations[0]!.id);
      expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.generations[0]!.picture));
    }
  });

  test('lead to the source picture and the mask of an edit as well', async () => {
    const made = rig.fake.addTask({ kind: 'inpainting', count: 1 });
    const [item] = await list(made.id);
    const [source, mask] = await Promise.all(item!.companions!.map(rig.fetchBytes));
    expect(sha256Of(source!)).toBe(sha256(made.promptPictures.get('image')!));
    expect(sha256Of(mask!)).toBe(sha256(made.promptPictures.get('masked_image')!));
    expect(rig.fake.leaks()).toEqual([]);
  });
});
