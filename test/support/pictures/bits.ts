/** Writes numbers of any width behind each other, as compressed formats hold them. */

export class BitWriter {
  readonly #bytes: number[] = [];
  #pending = 0;
  #count = 0;

  /**
   * @param order Whether a byte is filled from its lowest bit (WebP) or from its highest (JPEG).
   * @param escaped Given each full byte, answers the bytes that stand for it, for formats that escape some.
   */
  constructor(
    private readonly order: 'lowest-first' | 'highest-first',
    private readonly escaped: (byte: number) => readonly number[] = (byte) => [byte],
  ) {}

  /** Writes the lowest `width` bits of `value`; at most 24. */
  write(value: number, width: number): void {
    const bits = value & ((1 << width) - 1);
    if (this.order === 'lowest-first') this.#pending |= bits << this.#count;
    else this.#pending = (this.#pending << width) | bits;
    this.#count += width;
    while (this.#count >= 8) this.#flush();
  }

  /** Fills the last byte with bits of the given kind. */
  align(bit: 0 | 1): void {
    while (this.#count > 0) this.write(bit, 1);
  }

  /** Whole bytes that are written as they are; only after `align`. */
  raw(...bytes: readonly number[]): void {
    this.#bytes.push(...bytes);
  }

  finish(): Buffer {
    return Buffer.from(this.#bytes);
  }

  #flush(): void {
    this.#count -= 8;
    if (this.order === 'lowest-first') {
      this.#bytes.push(...this.escaped(this.#pending & 0xff));
      this.#pending >>>= 8;
    } else {
      this.#bytes.push(...this.escaped((this.#pending >>> this.#count) & 0xff));
      this.#pending &= (1 << this.#count) - 1;
    }
  }
}
