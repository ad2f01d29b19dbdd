import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { changed, type OpenAiRig, openOpenAiRig, START } from '../../support/openai-rig.js';

const DAY = 24 * 3_600_000;

let chained: OpenAiRig;
beforeEach(async () => {
  chained = await openOpenAiRig({ options: { chain: true } });
});
afterEach(() => chained.shut());

describe('with --chain', () => {
  const tasks = async (id: string, since?: Date) =>
    (await chained.openAll(id, since === undefined ? {} : { since })).map(({ task }) => task.id);

  test('a response is followed by those that it goes on from, newest first', async () => {
    const chain = chained.fake.addChain(4, (index) => ({ prompt: `turn ${index}` }));
    const listed = await chained.openAll(chain[3]!.id);
    expect(listed.map(({ task }) => task.id)).toEqual(chain.map(({ id }) => id).toReversed());
    expect(listed.map(({ task }) => task.prompt)).toEqual(['turn 3', 'turn 2', 'turn 1', 'turn 0']);
    for (const { task, items } of listed) expect(items.map(({ taskId }) => taskId)).toEqual([task.id]);
    expect(chained.warnings).toEqual([]);
  });

  test('none is asked for before it is needed', async () => {
    const chain = chained.fake.addChain(3);
    for await (const task of chained.source.open(chain[2]!.id, {})) {
      expect(task.id).toBe(chain[2]!.id);
      break;
    }
    expect(chained.asked().filter((path) => !path.includes('input_items'))).toEqual([`/responses/${chain[2]!.id}`]);
  });

  test('each says which one it goes on from, and how long it took', async () => {
    const [oldest, newest] = chained.fake.addChain(2);
    const [first] = await chained.openAll(newest!.id);
    expect(first!.items[0]!.generation).toMatchObject({
      parent: oldest!.id,
      durationMs: (newest!.completedAt! - newest!.created) * 1000,
    });
  });

  test('those without pictures are passed over', async () => {
    const chain = chained.fake.addChain(5, (index) => {
      if (index === 1) return { images: 0 };
      if (index === 2) return { status: 'failed' };
      return index === 4 ? { images: [{ status: 'failed' }] } : {};
    });
    expect(await tasks(chain[4]!.id)).toEqual([chain[3]!.id, chain[0]!.id]);
    expect(chained.warnings).toEqual([]);
  });

  test('a chain that has none is told as its newest is', async () => {
    const chain = chained.fake.addChain(2, () => ({ images: 0 }));
    await expect(tasks(chain[1]!.id)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: `${chain[1]!.id} has no pictures`,
    });
  });

  test('it ends, with a word, where the service has nothing any more', async () => {
    const [oldest, middle, newest] = chained.fake.addChain(3);
    chained.fake.removeResponse(oldest!.id);
    expect(await tasks(newest!.id)).toEqual([newest!.id, middle!.id]);
    expect(chained.warnings).toEqual([
      `the chain ends at ${middle!.id}: the service has ${oldest!.id} no more (it keeps responses thirty days)`,
    ]);
  });

  test('it ends, with a word, where it leads round in a circle', async () => {
    const chain = chained.fake.addChain(2);
    const [older, newer] = chain;
    const circle = changed((json) => ({ ...json, previous_response_id: json.previous_response_id ?? newer!.id }));
    chained.fake.faults.inject({ path: /\/responses\/[^/]+$/u, count: 99, what: circle });
    expect(await tasks(newer!.id)).toEqual([newer!.id, older!.id]);
    expect(chained.warnings).toEqual([expect.stringContaining('leads round in a circle')]);
  });

  test.each(['../../up', 'resp_\u001b[2J', '', 7])('an id like %j leads nowhere', async (previous) => {
    const made = chained.fake.addResponse();
    const change = changed((json) => ({ ...json, previous_response_id: previous }));
    chained.fake.faults.inject({ path: /\/responses\/[^/]+$/u, what: change });
    expect(await tasks(made.id)).toEqual([made.id]);
    expect(chained.asked()).toHaveLength(2);
  });

  test('it ends where everything is older than is wanted', async () => {
    const chain = chained.fake.addChain(5, (index) => ({ created: Math.floor((START - (5 - index) * DAY) / 1000) }));
    expect(await tasks(chain[4]!.id, new Date(START - 2.5 * DAY))).toEqual([4, 3, 2].map((at) => chain[at]!.id));
    expect(chained.asked().some((path) => path.includes(chain[1]!.id))).toBe(false);
  });

  test('an outage in the middle ends it: nothing is left out silently', async () => {
    const [older, newer] = chained.fake.addChain(2);
    chained.fake.faults.inject({ path: new RegExp(older!.id, 'u'), count: 99, what: { kind: 'status', status: 500 } });
    await expect(tasks(newer!.id)).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });

  test('one picture of a response is one picture', async () => {
    const [, newer] = chained.fake.addChain(2);
    expect(await tasks(`${newer!.id}/${newer!.images[0]!.id}`)).toEqual([newer!.id]);
  });
});
