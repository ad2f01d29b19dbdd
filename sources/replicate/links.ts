/** Where the outputs are that were listed a moment ago: kept in memory only, and for a bounded number of them. */

/** Fifty pages of a list; so many links are at hand at once without growing for ever. */
const MOST_LINKS = 5_000;

/** Characters of all links and `data:` URIs together. What was put out is asked for again. */
const MOST_TEXT = 64 * 1_048_576;

export class Links {
  readonly #uris = new Map<string, string>();
  #length = 0;

  set(id: string, uri: string): void {
    this.#delete(id);
    if (uri.length > MOST_TEXT) return;
    this.#uris.set(id, uri);
    this.#length += uri.length;
    while (this.#uris.size > MOST_LINKS || this.#length > MOST_TEXT) {
      this.#delete(this.#uris.keys().next().value ?? '');
    }
  }

  get(id: string): string | undefined {
    return this.#uris.get(id);
  }

  #delete(id: string): void {
    this.#length -= this.#uris.get(id)?.length ?? 0;
    this.#uris.delete(id);
  }
}
