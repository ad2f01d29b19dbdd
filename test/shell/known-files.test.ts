import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';
import type { MemoryTask } from '../support/memory-service.js';

let rig: ArchiveRig;
let task: MemoryTask;

beforeEach(async () => {
  rig = await openArchiveRig();
  task = rig.service.add({ count: 2 });
});
afterEach(() => rig.close());

const id = (number: number) => task.items[number - 1]!.id;
const exitOf = async (line: string) => (await rig.fresh(line)).exit;
/** The items that were fetched since it was asked last. */
const fetched = () => rig.service.located.splice(0);

describe('a record that is not there whole', () => {
  const line = () => `fetch ${task.id} | save pics`;
  beforeEach(async () => {
    await rig.run(line());
    fetched();
  });

  test.each([
    ['missing', () => rig.remove('pics', `${id(1)}.json`)],
    ['damaged', () => rig.damage('pics', `${id(1)}.json`)],
  ])('and was found %s is written again by the next save, with its own picture alone', async (_state, harm) => {
    harm();
    await rig.run('verify');
    expect(await exitOf(line())).toBe(0);
    expect(fetched()).toEqual([id(1)]);
    expect(rig.names('pics')).toHaveLength(4);
    expect(await exitOf('verify')).toBe(0);
    await rig.run(line());
    expect(fetched()).toEqual([]);
  });

  test('is written again by a look of watch', async () => {
    rig.remove('pics', `${id(1)}.json`);
    await rig.run('verify');
    expect(await exitOf('watch memory --once | save pics')).toBe(0);
    expect(rig.names('pics')).toHaveLength(4);
  });

  test('is nothing to whoever wants none', async () => {
    for (const number of [1, 2]) rig.remove('pics', `${id(number)}.json`);
    for (const before of ['sources', 'verify']) {
      await rig.run(before);
      await rig.run(`${line()} --no-metadata`);
      expect(fetched()).toEqual([]);
    }
  });

  test('and that another layout left in the same folder does not have its picture fetched for ever', async () => {
    const other = `${line()} --layout '{index}-{id}.{ext}'`;
    await rig.run(other.replace(' | ', ' --again | '));
    rig.remove('pics', `${id(1)}.json`);
    await rig.run('verify');
    fetched();
    await rig.run(other);
    expect(fetched()).toEqual([]);
  });
});
