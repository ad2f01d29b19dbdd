import { mkdirSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { png } from '../../support/pictures.js';
import { type FolderRig, openFolderRig } from './folder-rig.js';

const FILES = process.env.ALBARETTO_SWEEP === 'whole' ? 10_000 : 3_000;
/** Characters of each record: all of them together are more than 24 MB, and 80 in the whole. */
const LENGTH = 8_000;
/** What a look through all of them may hold on to: names, ids and numbers. */
const MOST_HELD = FILES * 2_400;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let rig: FolderRig;
beforeAll(() => {
  rig = openFolderRig();
  mkdirSync(rig.path('pics'));
  const picture = png(8, 8, 1);
  const facts = { albaretto: 1, source: 'dalle2', task: 'task-1', size: picture.length, sha256: '0'.repeat(64) };
  for (let number = 1; number <= FILES; number += 1) {
    const id = `generation-${number}`;
    const prompt = `${number} `.padEnd(LENGTH, 'a long prompt ');
    const record = { ...facts, id, index: FILES - number + 1, prompt, file: `${id}.png`, raw: { id } };
    writeFileSync(rig.path('pics', `${id}.png`), picture);
    writeFileSync(rig.path('pics', `${id}.json`), JSON.stringify(record));
  }
}, 300_000);
afterAll(() => rig.close());

test(`${FILES} pictures are listed in order, and their records are never in memory together`, async () => {
  collect();
  const before = process.memoryUsage().heapUsed;
  let [listed, most, prompts] = [0, 0, 0];
  for await (const task of rig.source.open('./pics', {})) {
    expect(task.count).toBe(FILES);
    for await (const { id, index, generation } of task.items) {
      listed += 1;
      expect([id, index]).toEqual([`generation-${FILES - listed + 1}`, listed]);
      prompts += generation.prompt!.length;
      if (listed % 1_000 !== 1) continue;
      collect();
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    }
  }
  expect([listed, prompts]).toEqual([FILES, FILES * LENGTH]);
  expect(most).toBeLessThan(MOST_HELD);
}, 300_000);
