/** The gallery page by page: what is new on each page, where it ends, and where it can be taken up again. */

import { AlbarettoError, type ListOptions, type SourceContext } from '../../src/plugin.js';
import { explain, type ImageAnswer, type InferenceAnswer, type PageAnswer, readPage } from './answers.js';
import { around, type Cursor, placeBehind, readCursor, withListed, writeCursor } from './cursor.js';
import { SeenImages } from './seen-images.js';
import type { GallerySettings } from './settings.js';

const PLUGIN = 'happy-accidents';

/** The service stalls for a minute or two after every thousand images or so; its own downloader waits for 240 s. */
export const LISTING_PATIENCE = 300_000;

/** Milliseconds of silence after which the person is told what is being waited for. */
export const SLOW_ANSWER = 15_000;

/** Pages in a row that bring nothing new, though more are promised; a list that goes on like this has no end. */
const MOST_STALE_PAGES = 20;

/** How far around its page a place is looked for before the listing begins anew. */
const FARTHEST = 10;

/** An inference of the gallery, with those of its images that are wanted. */
export interface Listed {
  readonly inference: InferenceAnswer;
  readonly images: readonly ImageAnswer[];
  readonly endsPage: boolean;
  readonly cursor: string;
}

/** A page, and from which entry on it has not been listed yet. */
interface Place {
  readonly number: number;
  readonly page: PageAnswer;
  readonly from: number;
}

export class Gallery {
  constructor(
    private readonly context: SourceContext,
    private readonly settings: GallerySettings,
  ) {}

  /**
   * All inferences with images, newest first. No page is asked for before the last entry of the one before was taken.
   * With `since` it ends after a page on which everything is older, by the images' own times.
   * @throws E_BAD_ANSWER for a list that is none or has no end, E_CREDENTIALS, and what `http` throws.
   */
  async *list(options: ListOptions): AsyncGenerator<Listed> {
    const cursor = readCursor(options.cursor);
    const listing = new Listing(options, cursor, this.settings.pageSize);
    let place = (cursor && (await this.#find(cursor, options.signal))) ?? (await this.#first(options.signal));
    for (;;) {
      yield* listing.entriesOf(place);
      if (listing.isDone || this.#isLast(place.page) || isAllOlder(place.page, options.since)) return;
      if (listing.stalePages >= MOST_STALE_PAGES) throw endless(place.number);
      const number = place.number + 1;
      place = { number, page: await this.#read(number, options.signal), from: 0 };
    }
  }

  async #first(signal: AbortSignal | undefined): Promise<Place> {
    const number = this.settings.startPage;
    return { number, page: await this.#read(number, signal), from: 0 };
  }

  /** Looks for the place that a cursor remembers; `undefined` where it is not found, and all is listed from the start. */
  async #find(cursor: Cursor, signal: AbortSignal | undefined): Promise<Place | undefined> {
    let end = Number.POSITIVE_INFINITY;
    for (const number of around(Math.floor(cursor.offset / this.settings.pageSize), FARTHEST)) {
      if (number > end) continue;
      const page = await this.#read(number, signal);
      const from = placeBehind(page.entries, cursor);
      if (from !== undefined) return { number, page, from };
      if (this.#isLast(page)) end = Math.min(end, number);
      this.context.progress('looking for the place where the gallery was left');
    }
    this.context.debug('the place where the gallery was left is not there any more: listing it from the start');
    return undefined;
  }

  /** Where no further page is announced or denied, a short or empty one is the last; a service may have smaller pages. */
  #isLast({ hasNext, size, pageSize }: PageAnswer): boolean {
    const full = Math.min(this.settings.pageSize, pageSize ?? this.settings.pageSize);
    return hasNext === undefined ? size < full : !hasNext;
  }

  async #read(number: number, signal: AbortSignal | undefined): Promise<PageAnswer> {
    const what = `reading page ${number} of the gallery`;
    const answer = await this.#patiently(number, () =>
      this.context.http.json({
        url: '/inferences',
        query: { current_page: number, page_size: this.settings.pageSize, has_images: true },
        firstByte: LISTING_PATIENCE,
        what,
        signal,
        explain,
      }),
    );
    const page = readPage(answer.value, answer.lossless(), what);
    for (const fault of page.unreadable) this.context.warn(`page ${number} of the gallery: ${fault}`);
    return page;
  }

  /** A stall is not an error, but the person should know of it. */
  async #patiently<T>(number: number, work: () => Promise<T>): Promise<T> {
    const answered = new AbortController();
    const notice = this.context.sleep(SLOW_ANSWER, answered.signal).then(
      () =>
        this.context.progress(
          `page ${number} of the gallery is slow; the service pauses for a minute or two after every 1,000 images`,
        ),
      () => undefined,
    );
    try {
      return await work();
    } finally {
      answered.abort();
      await notice;
    }
  }
}

/** What one walk through the gallery has had so far. Its size does not depend on the gallery's. */
class Listing {
  readonly #seen = new SeenImages();
  readonly #resumed: ReadonlySet<string>;
  #listed: readonly string[];
  #images = 0;
  stalePages = 0;

  constructor(
    private readonly options: ListOptions,
    cursor: Cursor | undefined,
    private readonly pageSize: number,
  ) {
    this.#listed = cursor?.listed ?? [];
    this.#resumed = new Set(this.#listed);
  }

  get isDone(): boolean {
    return this.options.limit !== undefined && this.#images >= this.options.limit;
  }

  /** What of a page is new and wanted. The page is judged as a whole first, so that its last entry is known as that. */
  *entriesOf({ number, page, from }: Place): Generator<Listed> {
    this.#seen.beginPage();
    let news = 0;
    const wanted: Omit<Listed, 'endsPage' | 'cursor'>[] = [];
    const positions: number[] = [];
    for (const [position, inference] of page.entries.entries()) {
      const fresh = inference.images.filter(({ id }) => this.#seen.add(id));
      const isNew = inference.images.length === 0 ? this.#seen.add(inference.id) : fresh.length > 0;
      if (position < from || !isNew || this.#resumed.has(inference.id)) continue;
      news += 1;
      const images = fresh.filter((image) => this.#isWanted(image));
      if (images.length === 0) continue;
      wanted.push({ inference, images });
      positions.push(position);
    }
    this.stalePages = news === 0 && from === 0 ? this.stalePages + 1 : 0;
    for (const [at, entry] of wanted.entries()) {
      if (this.isDone) return;
      this.#images += entry.images.length;
      this.#listed = withListed(this.#listed, entry.inference.id);
      const cursor = writeCursor({ offset: number * this.pageSize + positions[at]!, listed: this.#listed });
      yield { ...entry, endsPage: at === wanted.length - 1, cursor };
    }
  }

  /** By the image's own time; one that tells none is wanted. */
  #isWanted({ createdAt }: ImageAnswer): boolean {
    const { since, until } = this.options;
    if (createdAt === undefined) return true;
    return (since === undefined || createdAt >= since) && (until === undefined || createdAt < until);
  }
}

/** Whether the page has images, and each of them is known to be older. */
function isAllOlder({ entries }: PageAnswer, since: Date | undefined): boolean {
  if (since === undefined) return false;
  const images = entries.flatMap((entry) => entry.images);
  return images.length > 0 && images.every(({ createdAt }) => createdAt !== undefined && createdAt < since);
}

function endless(page: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `the gallery has brought nothing new for ${MOST_STALE_PAGES} pages, up to page ${page}, and does not end`,
    hint: 'the server may take no notice of current_page',
    plugin: PLUGIN,
  });
}
