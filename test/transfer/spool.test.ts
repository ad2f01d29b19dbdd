import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { disk } from '../../src/disk.js';
import type { Bytes } from '../../src/plugin.js';
import { digestsOf } from '../../src/transfer/bytes.js';
import {
  createMemoryBudget,
  type HeldBytes,
  openMemoryWriter,
  openSpoolWriter,
  type SpoolWriter,
} from '../../src/transfer/spool.js';
import { noiseBytes } from '../support/pictures/noise.js';
import { ERRNOS, failingDisk } from './failing-disk.js';
import { below, freshFolder } from './folders.js';

const BODY = noiseBytes(7, 10_000);

function spool(limit: number, port = disk) {
  const folder = freshFolder();
  const budget = createMemoryBudget(limit);
  let asked = 0;
  const open = () =>
    openSpoolWriter({
      budget,
      disk: port,
      folder: async () => {
        asked += 1;
        return folder;
      },
    });
  return { folder, budget, open, asked: () => asked };
}

async function fill(writer: SpoolWriter, body: Uint8Array, step = 1000): Promise<void> {
  for (let at = 0; at < body.length; at += step) await writer.write(body.subarray(at, at + step));
}

async function read(bytes: Bytes, offset?: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes.open(offset)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a budget', () => {
  test('is taken to its last byte and not beyond, and given back', () => {
    const budget = createMemoryBudget(100);
    expect(budget.take(60)).toBe(true);
    expect(budget.take(41)).toBe(false);
    expect(budget.used).toBe(60);
    expect(budget.take(40)).toBe(true);
    expect(budget.take(1)).toBe(false);
    budget.give(100);
    expect(budget.used).toBe(0);
  });

  type Step = readonly [who: number, what: 'write' | 'reset' | 'discard' | 'finish' | 'release', size: number];
  const step: fc.Arbitrary<Step> = fc.tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom('write' as const, 'write' as const, 'write' as const, 'reset', 'discard', 'finish', 'release'),
    fc.integer({ min: 0, max: 700 }),
  );

  test('is never exceeded by several bodies at once, whatever becomes of them, and is free again after them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { folder, budget, open } = spool(1000);
        const writers = Array.from({ length: 4 }, open);
        const finished: HeldBytes[] = [];
        for (const [who, what, size] of steps) {
          const writer = writers[who]!;
          if (what === 'write') await writer.write(noiseBytes(who, size));
          else if (what === 'finish') {
            finished.push(await writer.finish([]));
            writers[who] = open();
          } else if (what === 'release') await finished[size % (finished.length + 1)]?.release();
          else await writer[what]();
          expect(budget.used).toBeLessThanOrEqual(1000);
        }
        for (const writer of writers) await writer.discard();
        for (const bytes of [...finished, ...finished]) await bytes.release();
        expect(budget.used).toBe(0);
        expect(below(folder)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a body', () => {
  test.each([
    ['that fits stays in memory', 10_000, 0],
    ['that does not fit any more goes to the disk in its middle', 9_999, 1],
    ['that is larger than the whole budget goes to the disk', 500, 1],
    ['for which there is no memory at all goes to the disk', 0, 1],
  ])('%s, and reads the same from any place', async (_name, limit, files) => {
    const { folder, budget, open, asked } = spool(limit);
    const writer = open();
    await fill(writer, BODY);
    expect(writer.size).toBe(BODY.length);
    const bytes = await writer.finish(digestsOf(BODY));
    expect(below(folder)).toHaveLength(files);
    expect(asked()).toBe(files);
    expect(budget.used).toBe(files === 0 ? BODY.length : 0);
    expect(bytes).toMatchObject({ size: BODY.length, digests: digestsOf(BODY) });
    expect(bytes.inMemory === undefined).toBe(files === 1);
    for (const offset of [undefined, 0, 1, 4_999, 9_999, 10_000]) {
      expect((await read(bytes, offset)).equals(BODY.subarray(offset ?? 0))).toBe(true);
    }
    await bytes.release();
    expect(budget.used).toBe(0);
    expect(below(folder)).toEqual([]);
  });

  test('that comes in one chunk larger than the budget goes to the disk', async () => {
    const { budget, open } = spool(9_999);
    const writer = open();
    await writer.write(BODY);
    const bytes = await writer.finish([]);
    expect((await read(bytes)).equals(BODY)).toBe(true);
    expect(budget.used).toBe(0);
    await bytes.release();
  });

  test('that went to the disk stays there, in one file, also when memory is free again', async () => {
    const { folder, budget, open } = spool(5_000);
    const other = open();
    await other.write(BODY.subarray(0, 4_000));
    const writer = open();
    await fill(writer, BODY.subarray(0, 2_000));
    await other.discard();
    await fill(writer, BODY.subarray(2_000));
    expect(budget.used).toBe(0);
    expect(below(folder)).toHaveLength(1);
    const bytes = await writer.finish([]);
    expect((await read(bytes)).equals(BODY)).toBe(true);
    await bytes.release();
  });

  test('much larger than memory takes no more of it than the budget', async () => {
    const { budget, open } = spool(1_000_000);
    const writer = open();
    const chunk = noiseBytes(1, 65_536);
    let most = 0;
    for (let count = 0; count < 1024; count += 1) {
      await writer.write(chunk);
      most = Math.max(most, budget.used);
    }
    expect(most).toBeGreaterThan(900_000);
    expect(most).toBeLessThanOrEqual(1_000_000);
    const bytes = await writer.finish([]);
    expect(statSync(bytes.path!).size).toBe(67_108_864);
    await bytes.release();
  });

  test('on the disk can be read by its owner alone, and is named as what was not verified', async () => {
    const { open } = spool(0);
    const writer = open();
    await writer.write(BODY);
    const bytes = await writer.finish([]);
    expect(basename(bytes.path!)).toMatch(/^[0-9a-f-]{36}\.part$/u);
    expect(statSync(bytes.path!).mode & 0o777).toBe(0o600);
    await bytes.release();
  });

  test('without a budget is all in memory', async () => {
    const writer = openMemoryWriter();
    await fill(writer, BODY);
    const bytes = await writer.finish([]);
    expect(Buffer.from(bytes.inMemory!).equals(BODY)).toBe(true);
    await bytes.release();
    await openMemoryWriter().discard();
  });
});

describe.each([
  ['in memory', 20_000],
  ['on the disk', 3_000],
])('a body %s', (_name, limit) => {
  test('that is fetched anew is the new one, and nothing of the old one is left', async () => {
    const { folder, budget, open } = spool(limit);
    const writer = open();
    await fill(writer, noiseBytes(1, 8_000));
    await writer.reset();
    expect([writer.size, budget.used, below(folder)]).toEqual([0, 0, []]);
    await fill(writer, BODY);
    const bytes = await writer.finish([]);
    expect((await read(bytes)).equals(BODY)).toBe(true);
    await bytes.release();
    expect(below(folder)).toEqual([]);
  });

  test('that is given up leaves nothing, also when it is given up twice', async () => {
    const { folder, budget, open } = spool(limit);
    const writer = open();
    await fill(writer, BODY);
    await writer.discard();
    await writer.discard();
    expect([budget.used, below(folder)]).toEqual([0, []]);
  });

  test('that is released twice gives nothing back that belongs to others', async () => {
    const { budget, open } = spool(limit);
    const other = open();
    await other.write(BODY.subarray(0, 2_000));
    const writer = open();
    await fill(writer, BODY);
    const bytes = await writer.finish([]);
    await bytes.release();
    await bytes.release();
    await writer.discard();
    expect(budget.used).toBe(2_000);
    await other.discard();
  });
});

describe('a disk that fails', () => {
  const spill = async (writer: SpoolWriter) => {
    await fill(writer, BODY);
    return writer.finish([]);
  };

  test.each(ERRNOS)('with %s at any call is told, and leaves no file and no memory taken', async (errno) => {
    const sound = failingDisk(0, errno);
    const whole = await spill(spool(3_000, sound).open());
    const calls = sound.calls.length;
    expect(calls).toBeGreaterThanOrEqual(12);
    await whole.release();
    for (let failing = 1; failing <= calls; failing += 1) {
      const { folder, budget, open } = spool(3_000, failingDisk(failing, errno));
      const writer = open();
      await expect(spill(writer)).rejects.toMatchObject({ code: errno });
      await writer.discard();
      expect([failing, budget.used, below(folder)]).toEqual([failing, 0, []]);
    }
  });

  test('while what it holds is given up keeps nobody from going on', async () => {
    const port = { ...disk, remove: () => Promise.reject(new Error('stuck')) };
    const { folder, budget, open } = spool(3_000, port);
    const writer = open();
    await fill(writer, noiseBytes(1, 8_000));
    await writer.reset();
    const bytes = await spill(writer);
    expect((await read(bytes)).equals(BODY)).toBe(true);
    expect(budget.used).toBe(0);
    // The old part could not be removed; whoever cleans up knows it by its name.
    expect(below(folder).every((name) => name.endsWith('.part'))).toBe(true);
  });
});
