import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import folderSource from '../../sources/local-filesystem/index.js';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';
import type { MemoryTask } from '../support/memory-service.js';
import { png } from '../support/pictures.js';

let rig: ArchiveRig;
let task: MemoryTask;

beforeEach(async () => {
  rig = await openArchiveRig({ plugins: [folderSource] });
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

describe('an item that has changed', () => {
  const line = 'fetch ./src | save out';
  const outcomes = () => rig.told('saved').map(({ name, outcome }) => `${name} ${outcome}`);
  beforeEach(async () => {
    mkdirSync(rig.path('src'));
    writeFileSync(rig.path('src', 'a.png'), png(8, 8, 1));
    await rig.run(line);
    writeFileSync(rig.path('src', 'a.png'), png(16, 16, 2));
  });

  test('is fetched once, and lies beside what it was', async () => {
    await rig.fresh(line);
    expect(outcomes()).toEqual(['a-2.png created']);
    await rig.fresh(line);
    expect(rig.told('fetched')).toEqual([]);
    expect(outcomes()).toEqual(['a-2.png present']);
  });

  test('is fetched again where it was taken away, though what it was lies there', async () => {
    await rig.run(line);
    rig.remove('out', 'a-2.png');
    await rig.fresh(line);
    expect(outcomes()).toEqual(['a-2.png created']);
  });
});
