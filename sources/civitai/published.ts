/** What others see: single images, and the images of a post. */

import { type Item, interrupted, type SourceContext, type Task } from '../../src/plugin.js';
import { type ImagePage, type PublishedImage, toItem } from './images.js';
import type { Link, Links } from './links.js';
import { type Reference, readReference } from './reference.js';
import type { Site } from './site.js';
import { endless, gone } from './words.js';

export type PublishedReference = Extract<Reference, { kind: 'image' | 'post' }>;

export interface PublishedParts {
  readonly context: Pick<SourceContext, 'now' | 'warn'>;
  readonly site: Site;
  readonly links: Links;
}

const LEFT_OUT = 'the site tells of no such thing; it leaves some out that have a page';

/** @throws E_NOT_FOUND */
export async function openPublished(
  parts: PublishedParts,
  named: PublishedReference,
  signal: AbortSignal | undefined,
): Promise<Task> {
  const taskId = `${named.kind}-${named.id}`;
  if (named.kind === 'image') return openImage(parts, named.id, signal);
  const first = await parts.site.post(named.id, undefined, signal);
  const [oldest] = first.images;
  if (oldest === undefined) throw gone(taskId, LEFT_OUT);
  return {
    source: 'civitai',
    id: taskId,
    ...(first.next === undefined ? { count: first.images.length } : {}),
    ...factsOf(oldest),
    items: imagesOf(parts, named.id, first, signal),
  };
}

async function openImage(parts: PublishedParts, id: string, signal: AbortSignal | undefined): Promise<Task> {
  const taskId = `image-${id}`;
  const image = (await parts.site.image(id, signal)).images.find((own) => own.id === id);
  if (image === undefined) throw gone(taskId, LEFT_OUT);
  keep(parts, taskId, image);
  const item = toItem(image, taskId, 1);
  async function* items(): AsyncGenerator<Item> {
    if (signal?.aborted) throw interrupted(signal.reason);
    yield item;
  }
  return { source: 'civitai', id: taskId, count: 1, ...factsOf(image), raw: item.raw, items: items() };
}

function factsOf({ generation: { prompt }, created }: PublishedImage) {
  return {
    ...(prompt === undefined ? {} : { prompt }),
    ...(created === undefined ? {} : { createdAt: new Date(created) }),
  };
}

/** Only the cursor of a page leads on: its link to the next one could lead anywhere. */
async function* imagesOf(
  parts: PublishedParts,
  post: string,
  first: ImagePage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  const taskId = `post-${post}`;
  const tell = ({ unreadable }: ImagePage) => {
    if (unreadable > 0) parts.context.warn(`${taskId}: images that cannot be read are left out (${unreadable})`);
  };
  for await (const [position, image] of allOf(parts.site, post, first, signal, tell)) {
    if (signal?.aborted) throw interrupted(signal.reason);
    keep(parts, taskId, image);
    yield toItem(image, taskId, position + 1);
  }
}

/** A post with more images than that is none. */
const MOST_PAGES = 100;

async function* allOf(
  site: Site,
  post: string,
  first: ImagePage,
  signal: AbortSignal | undefined,
  onPage?: (page: ImagePage) => void,
) {
  const seen = new Set<string>();
  let page = first;
  for (let pages = 1; ; pages += 1) {
    onPage?.(page);
    const fresh = page.images.filter(({ id }) => !seen.has(id));
    for (const image of fresh) {
      seen.add(image.id);
      yield [seen.size - 1, image] as const;
    }
    if (page.next === undefined || fresh.length === 0) return;
    if (pages === MOST_PAGES) throw endless(pages);
    page = await site.post(post, page.next, signal);
  }
}

function keep({ links, context }: PublishedParts, taskId: string, { id, url }: PublishedImage): void {
  if (url !== undefined) links.set(taskId, id, url, 'never', context.now());
}

/**
 * The site is asked by the image's own number; one that it does not tell of that way is looked for in its post.
 * @throws E_NOT_FOUND
 */
export async function findLink(
  parts: PublishedParts,
  { taskId, id }: Pick<Item, 'taskId' | 'id'>,
  signal: AbortSignal | undefined,
): Promise<Link> {
  const image = (await parts.site.image(id, signal)).images.find((own) => own.id === id) ?? (await findInPost());
  if (image === undefined) throw gone(id, LEFT_OUT);
  parts.links.delete(taskId, id);
  keep(parts, taskId, image);
  const link = parts.links.get(taskId, id);
  if (link === undefined) throw gone(id, 'the site tells no link to it');
  return link;

  async function findInPost(): Promise<PublishedImage | undefined> {
    const named = readReference(taskId);
    if (named.kind !== 'post') return undefined;
    const first = await parts.site.post(named.id, undefined, signal);
    for await (const [, own] of allOf(parts.site, named.id, first, signal)) if (own.id === id) return own;
    return undefined;
  }
}
