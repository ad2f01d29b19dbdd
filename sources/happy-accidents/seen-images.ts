/**
 * Which images a listing has had. Images that are made meanwhile push older ones to the next pages, where they come again;
 * those that come again were near, so the last ones are enough, and a gallery of any size takes the same memory.
 */
export class SeenImages {
  /** In the order in which they were last seen. */
  readonly #ids = new Set<string>();
  #onThisPage = 0;
  #onLastPage = 0;

  /** @param most Ids that are kept at most, or those of two pages if these are more. */
  constructor(private readonly most = 20_000) {}

  /** What is added from now on stands on another page. */
  beginPage(): void {
    const kept = Math.max(this.most, this.#onThisPage + this.#onLastPage);
    for (const id of this.#ids) {
      if (this.#ids.size <= kept) break;
      this.#ids.delete(id);
    }
    this.#onLastPage = this.#onThisPage;
    this.#onThisPage = 0;
  }

  get size(): number {
    return this.#ids.size;
  }

  /** @returns Whether it is new. */
  add(id: string): boolean {
    const known = this.#ids.delete(id);
    this.#ids.add(id);
    this.#onThisPage += 1;
    return !known;
  }
}
