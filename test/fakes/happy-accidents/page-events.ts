/** What happens while a client goes from page to page: the service grows slow, and the gallery changes. */

export interface PageEventsOptions {
  /** The listing goes silent before the answer that follows every so many listed images. */
  readonly stall?: Stall;
  wait(milliseconds: number): Promise<void>;
}

export interface Stall {
  readonly everyImages: number;
  readonly milliseconds: number;
}

export interface PageEvents {
  /** Runs `change` once, as soon as so many more pages of inferences have been answered. */
  afterPages(count: number, change: () => void): void;
  /** To be awaited before a page is looked up. */
  asked(): Promise<void>;
  answered(images: number): void;
}

export function createPageEvents({ stall, wait }: PageEventsOptions): PageEvents {
  let pages = 0;
  let listed = 0;
  let stalls = 0;
  let changes: { readonly at: number; readonly change: () => void }[] = [];
  return {
    afterPages: (count, change) => void changes.push({ at: pages + count, change }),
    async asked() {
      if (stall === undefined || Math.floor(listed / stall.everyImages) <= stalls) return;
      stalls = Math.floor(listed / stall.everyImages);
      await wait(stall.milliseconds);
    },
    answered(images) {
      pages += 1;
      listed += images;
      const due = changes.filter(({ at }) => at <= pages);
      changes = changes.filter(({ at }) => at > pages);
      for (const { change } of due) change();
    },
  };
}
