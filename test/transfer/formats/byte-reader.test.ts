import { expect, test } from '@jest/globals';
import { ByteReader, type Reading } from '../../../src/transfer/formats/byte-reader.js';

/** Runs a reading over chunks; answers what it came to, or what it threw. */
function run<T>(chunks: readonly (readonly number[])[], read: (reader: ByteReader) => Reading<T>): T {
  const reader = new ByteReader();
  const reading = read(reader);
  for (const chunk of chunks) {
    reader.feed(Uint8Array.from(chunk));
    const step = reading.next();
    if (step.done) return step.value;
  }
  reader.end();
  const step = reading.next();
  if (!step.done) throw new Error('it waits for bytes after the end');
  return step.value;
}

test('bytes are taken across the borders of chunks, empty ones too', () => {
  const taken = run([[1], [], [2, 3], [4, 5, 6]], function* (reader) {
    const first = yield* reader.take(4);
    return [...first, reader.offset, ...(yield* reader.take(2)), reader.offset];
  });
  expect(taken).toEqual([1, 2, 3, 4, 4, 5, 6, 6]);
});

test('what is passed by is seen once and in order', () => {
  const seen: number[] = [];
  run([[1, 2], [3], [4, 5]], (reader) => reader.skip(5, (part) => void seen.push(...part)));
  expect(seen).toEqual([1, 2, 3, 4, 5]);
});

test('a byte is found in a later chunk', () => {
  const offset = run([[1, 2], [3], [4, 9, 9]], function* (reader) {
    yield* reader.skipPast(9);
    return reader.offset;
  });
  expect(offset).toBe(5);
});

test('the end of the body is only known when it was said', () => {
  const ends = run([[1], []], function* (reader) {
    const before = yield* reader.atEnd();
    yield* reader.take(1);
    return [before, yield* reader.atEnd()];
  });
  expect(ends).toEqual([false, true]);
});

test.each([
  ['take', (reader: ByteReader) => reader.take(3)],
  ['skip', (reader: ByteReader) => reader.skip(3)],
  ['skipPast', (reader: ByteReader) => reader.skipPast(9)],
] as const)('%s tells in the words of the format that the body is cut', (_, read) => {
  expect(() =>
    run([[1], [2]], function* (reader) {
      reader.cut = 'ends inside its middle';
      yield* read(reader) as Reading<unknown>;
    }),
  ).toThrow(expect.objectContaining({ problem: 'truncated', detail: 'ends inside its middle' }));
});

test('no format can make it hold more than 64 KiB', () => {
  expect(() => run([], (reader) => reader.take(65_537))).toThrow(RangeError);
});
