/** Filters, orders and pages of `/api/v1/images`. */

import type { IdName, ImageQuery, Period } from './image-query.js';
import type { FakePublicImage } from './public-images.js';

export interface ImagePage {
  readonly images: readonly FakePublicImage[];
  /** Undefined on the last page. */
  readonly nextCursor: string | undefined;
}

const DAY = 24 * 3_600_000;
const PERIODS: Readonly<Record<Period, number>> = {
  AllTime: Number.POSITIVE_INFINITY,
  Year: 365 * DAY,
  Month: 30 * DAY,
  Week: 7 * DAY,
  Day: DAY,
};

/**
 * A cursor names the sort value and the id of the first picture of the next page, so that one which is published in
 * between does not move the pages.
 */
export function pageOfImages(all: readonly FakePublicImage[], query: ImageQuery, now: number): ImagePage {
  const { key, ascending } = orderOf(query);
  const compare = (one: FakePublicImage, other: FakePublicImage) =>
    (key(one) - key(other) || one.id - other.id) * (ascending ? 1 : -1);
  const sorted = all.filter((image) => matches(image, query, now)).sort(compare);
  const start = query.cursor === undefined ? pageStart(query) : cursorStart(sorted, query.cursor, key, ascending);
  const next = query.limit === 0 ? undefined : sorted[start + query.limit];
  return {
    images: sorted.slice(start, start + query.limit),
    nextCursor: next === undefined ? undefined : `${key(next)}|${next.id}`,
  };
}

/** Whether the query goes past the search index, which knows neither pictures nor models. */
export function isAnsweredByDatabase({ ids }: ImageQuery): boolean {
  return ids.imageId !== undefined || (ids.modelId !== undefined && ids.modelVersionId === undefined);
}

interface Order {
  key(image: FakePublicImage): number;
  readonly ascending: boolean;
}

/** The database has the orders by popularity switched off. */
function orderOf(query: ImageQuery): Order {
  const byPopularity = query.sort.startsWith('Most ') && !isAnsweredByDatabase(query);
  if (!byPopularity) return { key: ({ created }) => created, ascending: query.sort === 'Oldest' };
  const byComments = query.sort === 'Most Comments';
  return { key: ({ likes, comments }) => (byComments ? comments : likes), ascending: false };
}

function pageStart({ page, limit }: ImageQuery): number {
  return page === undefined ? 0 : (Math.max(1, page) - 1) * limit;
}

function cursorStart(
  sorted: readonly FakePublicImage[],
  cursor: string,
  key: (image: FakePublicImage) => number,
  ascending: boolean,
): number {
  const [value = 0, id = 0] = cursor.split('|').map(Number);
  const start = sorted.findIndex((image) => {
    const later = key(image) - value || image.id - id;
    return ascending ? later >= 0 : later <= 0;
  });
  return start < 0 ? sorted.length : start;
}

function matches(image: FakePublicImage, query: ImageQuery, now: number): boolean {
  return (
    image.listed &&
    (image.browsingLevel & query.browsingLevel) !== 0 &&
    Object.entries(query.ids).every(([name, id]) => hasId(image, name as IdName, id)) &&
    (query.username === undefined || image.username.toLowerCase() === query.username.toLowerCase()) &&
    (query.type === undefined || image.type === query.type) &&
    query.tags.every((tag) => image.tags.some(({ id }) => id === tag)) &&
    (!query.requiringMeta || image.meta !== null) &&
    now - image.created <= PERIODS[query.period]
  );
}

/** The number of a user stands in no record, so nobody has one. */
function hasId(image: FakePublicImage, name: IdName, id: number): boolean {
  if (name === 'imageId') return image.id === id;
  if (name === 'modelVersionId') return image.modelVersionIds.includes(id);
  return name !== 'userId' && image[name] === id;
}
