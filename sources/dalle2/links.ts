/** The signed links of generations: kept in memory only, and for a bounded number of them. */

export interface Link {
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** History pages hold up to 50 tasks of up to 10 generations; so many links are at hand at once without growing for ever. */
const MOST = 5000;

/** A link is asked for anew when it has less than this left. */
const MARGIN = 30_000;

/** A link works for 59 minutes from the answer that brought it, wherever its own end cannot be read. */
const LIFE = 59 * 60_000;

export class Links {
  readonly #links = new Map<string, Link>();

  set(id: string, url: string, now: number): void {
    this.#links.delete(id);
    this.#links.set(id, { url, expiresAt: (endOf(url) ?? now + LIFE) - MARGIN });
    if (this.#links.size <= MOST) return;
    const oldest = this.#links.keys().next().value;
    if (oldest !== undefined) this.#links.delete(oldest);
  }

  get(id: string): Link | undefined {
    return this.#links.get(id);
  }
}

/** The `se` parameter (signed expiry) of an Azure Blob link: an ISO 8601 time. */
function endOf(url: string): number | undefined {
  const query = url.slice(url.indexOf('?') + 1);
  const end = Date.parse(new URLSearchParams(query).get('se') ?? '');
  return Number.isNaN(end) ? undefined : end;
}
