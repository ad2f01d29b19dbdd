/**
 * Pictures that came with an answer and were not asked for yet. They are bytes that would have to be fetched once more,
 * and they are large: so many of them are kept, and the others are asked for again.
 */

/** Bytes. */
const MOST = 64 * 1_048_576;

interface Kept {
  readonly taskId: string;
  readonly bytes: Uint8Array;
}

export class Undelivered {
  readonly #kept = new Map<string, Kept>();
  #size = 0;

  constructor(private readonly most = MOST) {}

  get size(): number {
    return this.#size;
  }

  /**
   * Keeps a picture until it is taken, where there is room for it. Room is made by letting go what other tasks left; what
   * its own task lists before it will be asked for first, and stays.
   */
  offer(taskId: string, id: string, bytes: Uint8Array): void {
    this.take(taskId, id);
    if (bytes.length > this.most) return;
    for (const [key, kept] of this.#kept) {
      if (this.#size + bytes.length <= this.most) break;
      if (kept.taskId !== taskId) this.#delete(key, kept);
    }
    if (this.#size + bytes.length > this.most) return;
    this.#kept.set(keyOf(taskId, id), { taskId, bytes });
    this.#size += bytes.length;
  }

  /** Hands a picture over: it is not kept any longer. */
  take(taskId: string, id: string): Uint8Array | undefined {
    const key = keyOf(taskId, id);
    const kept = this.#kept.get(key);
    if (kept !== undefined) this.#delete(key, kept);
    return kept?.bytes;
  }

  #delete(key: string, { bytes }: Kept): void {
    this.#kept.delete(key);
    this.#size -= bytes.length;
  }
}

function keyOf(taskId: string, id: string): string {
  return `${taskId} ${id}`;
}
