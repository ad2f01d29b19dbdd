import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openFormatCheck } from '../../../src/transfer/formats/index.js';
import { png } from '../../support/pictures.js';
import { inChunks, judge, judgeChunks } from './judge.js';
import { SAMPLES } from './samples.js';

const CUTS = 64;

/** All lengths that are too short where there are few of them, else many that are spread and all close to the ends. */
function cutsOf(length: number): number[] {
  if (length <= 1_500) return Array.from({ length }, (_, cut) => cut);
  const spread = Array.from({ length: CUTS }, (_, step) => Math.floor((step * length) / CUTS));
  const edges = Array.from({ length: 40 }, (_, step) => [step, length - 1 - step]).flat();
  return [...new Set([...spread, ...edges])];
}

describe.each(Object.entries(SAMPLES))('%s', (_, { bytes, facts, openEnd }) => {
  const options = openEnd ? { declaredSize: bytes.length } : {};

  test('is good when it is whole', () => {
    const verdict = judge(bytes, options);
    expect(verdict).toMatchObject({ ok: true, ...facts });
    expect(Object.keys(verdict).sort()).toEqual(['ok', ...(openEnd ? ['detail'] : []), ...Object.keys(facts)].sort());
  });

  test('is caught when it is cut anywhere, without any length declared', () => {
    const missed = cutsOf(bytes.length).filter((cut) => judge(bytes.subarray(0, cut)).ok);
    expect(missed).toEqual([]);
  });

  test('is told to be cut, and not damaged, once its first bytes have said what it is', () => {
    const verdicts = cutsOf(bytes.length)
      .filter((cut) => cut >= 12)
      .map((cut) => ({ cut, ...judge(bytes.subarray(0, cut)) }));
    const others = verdicts.filter((verdict) => verdict.ok || verdict.problem !== 'truncated' || !verdict.mediaType);
    expect(others).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(20);
  });

  test('gets the same verdict byte by byte and in chunks of any size', () => {
    const whole = judge(bytes, options);
    expect(judgeChunks(inChunks(bytes, [1]), options)).toEqual(whole);
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 3_000 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(sizes, fc.nat({ max: bytes.length }), (sizes, cut) => {
        expect(judgeChunks(inChunks(bytes, sizes), options)).toEqual(whole);
        expect(judgeChunks(inChunks(bytes.subarray(0, cut), sizes))).toEqual(judge(bytes.subarray(0, cut)));
      }),
      { numRuns: 30 },
    );
  });

  test('gets a verdict and never an exception, whatever is changed in it', () => {
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), fc.nat({ max: bytes.length }), (changes, start) => {
        const spoiled = Buffer.from(bytes);
        for (const [at, value] of changes) spoiled[at] = value;
        expect(judge(spoiled, options)).toHaveProperty('ok');
        // A splice: the front of one body with the rest of another behind it.
        expect(judge(Buffer.concat([bytes.subarray(0, start), spoiled]), options)).toHaveProperty('ok');
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(Object.entries(SAMPLES).filter(([, { openEnd }]) => openEnd))(
  '%s, which does not say where it ends',
  (_, { bytes }) => {
    test('is only good when a declared length was met, and says so', () => {
      expect(judge(bytes, { declaredSize: bytes.length })).toMatchObject({
        ok: true,
        detail: expect.stringContaining('declared length'),
      });
      expect(judge(bytes)).toMatchObject({
        ok: false,
        problem: 'truncated',
        detail: expect.stringMatching(/^may be cut: .*no length was declared$/u),
      });
      expect(judge(bytes, { declaredSize: bytes.length + 1 })).toMatchObject({ ok: false, problem: 'truncated' });
    });

    test('is good as well when the transfer marked its end', () => {
      expect(judge(bytes, { endMarked: true })).toMatchObject({
        ok: true,
        detail: expect.stringContaining('transfer'),
      });
    });
  },
);

describe.each(['png', 'apng', 'interlaced png of libpng', 'ogg'])('%s', (name) => {
  const { bytes } = SAMPLES[name]!;

  test('is caught when any single byte of it is changed, for it has a CRC', () => {
    const missed = [...bytes.keys()].filter((at) => {
      const spoiled = Buffer.from(bytes);
      spoiled[at]! ^= 1 << (at % 8);
      return judge(spoiled).ok;
    });
    expect(missed).toEqual([]);
  });
});

test('a body without a byte is empty', () => {
  expect(judge(Buffer.alloc(0))).toEqual({ ok: false, problem: 'empty', detail: 'has no bytes' });
  expect(judgeChunks([Buffer.alloc(0), Buffer.alloc(0)])).toMatchObject({ problem: 'empty' });
  expect(judgeChunks([])).toMatchObject({ problem: 'empty' });
});

test('empty chunks among others change nothing', () => {
  const { bytes } = SAMPLES.gif!;
  const chunks = [...inChunks(bytes, [100])].flatMap((chunk) => [Buffer.alloc(0), chunk]);
  expect(judgeChunks(chunks)).toEqual(judge(bytes));
});

test('a chunk may be used again as soon as it was written', () => {
  for (const { bytes } of Object.values(SAMPLES)) {
    const check = openFormatCheck({ declaredSize: bytes.length });
    const chunk = Buffer.alloc(100);
    for (const part of inChunks(bytes, [chunk.length])) {
      chunk.set(part);
      check.write(chunk.subarray(0, part.length));
      chunk.fill(0xff);
    }
    expect(check.end()).toMatchObject({ ok: true });
  }
});

test('the verdict stays the same when it is asked for again', () => {
  const check = openFormatCheck();
  check.write(png(3, 3, 1));
  expect(check.end()).toBe(check.end());
});

test('a signature with nothing but noise behind it is never good', () => {
  const heads = Object.values(SAMPLES).map(({ bytes }) => bytes.subarray(0, 12));
  fc.assert(
    fc.property(fc.constantFrom(...heads), fc.uint8Array({ minLength: 0, maxLength: 2_000 }), (head, noise) => {
      expect(judge(Buffer.concat([head, noise])).ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('any bytes at all get a verdict that a person can read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1_200 }), (bytes) => {
      const verdict = judge(bytes);
      if (!verdict.ok) expect(verdict.detail).toMatch(/^[\x20-\x7e×©]+$/u);
    }),
    { numRuns: 500 },
  );
});
