/** Remembers the values that were asked for last, so many and no more. */
export class Recent<Value> {
  readonly #values = new Map<string, Value>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  async get(key: string, make: () => Promise<Value>): Promise<Value> {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const made = await make();
    // Whoever asked at the same time may have been faster: all get the very same one.
    const first = this.#values.get(key);
    if (first !== undefined) return first;
    this.#values.set(key, made);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#most && oldest !== undefined) this.#values.delete(oldest);
    return made;
  }
}
