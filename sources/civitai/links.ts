/** The links of files: kept in memory only, and for a bounded number of them. */

export interface Link {
  readonly url: string;
  /** Milliseconds since the epoch; none for a link without an end. */
  readonly expiresAt?: number;
}

/** A page of the list has 100 workflows with a few files each. */
const MOST = 5000;

/** A link is asked for anew when it has less than this left. */
const MARGIN = 15_000;

/** How long a signed link works from the answer that brought it, where its end cannot be read; the service says minutes. */
const LIFE = 180_000;

export class Links {
  readonly #links = new Map<string, Link>();

  /** @param end When the service says that the link stops working; `never` for a public one. */
  set(taskId: string, id: string, url: string, end: number | undefined | 'never', now: number): void {
    const key = keyOf(taskId, id);
    this.#links.delete(key);
    this.#links.set(key, end === 'never' ? { url } : { url, expiresAt: (end ?? now + LIFE) - MARGIN });
    const oldest = this.#links.size > MOST ? this.#links.keys().next().value : undefined;
    if (oldest !== undefined) this.#links.delete(oldest);
  }

  get(taskId: string, id: string): Link | undefined {
    return this.#links.get(keyOf(taskId, id));
  }

  delete(taskId: string, id: string): void {
    this.#links.delete(keyOf(taskId, id));
  }
}

function keyOf(taskId: string, id: string): string {
  return `${taskId}\n${id}`;
}

/** Whether a link still works by this machine's clock, which may be wrong: a fresh one is used in any case. */
export function isGood({ expiresAt }: Link, now: number): boolean {
  return expiresAt === undefined || expiresAt > now;
}
