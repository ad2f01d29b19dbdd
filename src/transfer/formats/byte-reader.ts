/**
 * Reads a body that comes in chunks of any size as if it were there at once. A format's reader is a generator: where it
 * needs a byte that has not come yet, it yields, and it goes on when the next chunk is there. So a format is written in
 * the order of its bytes, and no more than a few kilobytes of a body are ever held.
 */

import { Flaw } from './verdict.js';

/** A step of reading: yields while it waits for bytes. */
export type Reading<T> = Generator<undefined, T, undefined>;

/** The most that `take` holds in memory; an Ogg page, the largest unit that is read whole, has 65,307 bytes. */
const MOST_TAKEN = 65_536;

const NOTHING = new Uint8Array(0);

export class ByteReader {
  /** What is told when the body ends in the middle, as a clause. The format's reader keeps it up to date. */
  cut = 'ends inside its first bytes';
  #chunk: Uint8Array = NOTHING;
  #position = 0;
  #before = 0;
  #ended = false;

  /** Bytes passed so far. */
  get offset(): number {
    return this.#before + this.#position;
  }

  /** Gives the next chunk; only when the reader has yielded, and thus has used up the last one. */
  feed(chunk: Uint8Array): void {
    this.#before += this.#chunk.length;
    this.#chunk = chunk;
    this.#position = 0;
  }

  /** Says that no more chunks come. */
  end(): void {
    this.#ended = true;
  }

  /** Whether the body ends here. */
  *atEnd(): Reading<boolean> {
    while (this.#position === this.#chunk.length) {
      if (this.#ended) return true;
      yield;
    }
    return false;
  }

  /** The next bytes, as a copy of their own. */
  *take(count: number): Reading<Buffer> {
    if (count > MOST_TAKEN) throw new RangeError(`a reader asked for ${count} bytes at once`);
    const taken = Buffer.allocUnsafe(count);
    let filled = 0;
    yield* this.skip(count, (part) => {
      taken.set(part, filled);
      filled += part.length;
    });
    return taken;
  }

  /** Passes bytes by; `look` sees them in pieces that are only good during the call. */
  *skip(count: number, look?: (part: Uint8Array) => void): Reading<void> {
    for (let left = count; left > 0; ) {
      if (yield* this.atEnd()) throw new Flaw('truncated', this.cut);
      const part = Math.min(left, this.#chunk.length - this.#position);
      look?.(this.#chunk.subarray(this.#position, this.#position + part));
      this.#position += part;
      left -= part;
    }
  }

  /** Passes everything by up to and with the next byte of this value. */
  *skipPast(value: number): Reading<void> {
    for (;;) {
      if (yield* this.atEnd()) throw new Flaw('truncated', this.cut);
      const found = this.#chunk.indexOf(value, this.#position);
      this.#position = found < 0 ? this.#chunk.length : found + 1;
      if (found >= 0) return;
    }
  }

  /**
   * Passes everything by up to and with the next byte that follows one or more of this value and is none of `passed`;
   * answers it. Walks a chunk without a step of a generator for each find: entropy-coded data has one every 256 bytes.
   */
  *skipPastPair(value: number, passed: (following: number) => boolean): Reading<number> {
    for (;;) {
      yield* this.skipPast(value);
      let following = value;
      while (following === value) {
        if (yield* this.atEnd()) throw new Flaw('truncated', this.cut);
        following = this.#chunk[this.#position++]!;
      }
      if (!passed(following)) return following;
      const found = this.#pairInChunk(value, passed);
      if (found !== undefined) return found;
    }
  }

  /** The same within the chunk that is here; stands before a last byte of this value where it finds nothing. */
  #pairInChunk(value: number, passed: (following: number) => boolean): number | undefined {
    const chunk = this.#chunk;
    for (let from = this.#position; ; ) {
      const first = chunk.indexOf(value, from);
      let next = first + 1;
      while (first >= 0 && chunk[next] === value) next += 1;
      if (first < 0 || next === chunk.length) {
        this.#position = first < 0 ? chunk.length : first;
        return undefined;
      }
      from = next + 1;
      if (passed(chunk[next]!)) continue;
      this.#position = from;
      return chunk[next]!;
    }
  }

  /** Passes everything by that is left. */
  *skipRest(): Reading<void> {
    while (!(yield* this.atEnd())) this.#position = this.#chunk.length;
  }
}
