/** Loads an album from an answer of the older API, so that the fake gives just that answer again. */

import { givenFiles } from './image-files.js';
import type { FakeImage } from './images.js';
import type { FakeAlbum, Library } from './library.js';

interface RecordedImage extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly datetime: number;
  readonly type: string;
  readonly animated: boolean;
  readonly width: number;
  readonly height: number;
  readonly size: number;
  readonly views: number;
  readonly has_sound: boolean;
  readonly link: string;
  readonly mp4?: string;
}

interface RecordedAlbum extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly datetime: number;
  readonly cover: string | null;
  readonly privacy: FakeAlbum['privacy'];
  readonly layout: string;
  readonly views: number;
  readonly images?: readonly RecordedImage[];
}

/**
 * @param response The whole answer of `/3/album/{id}`.
 * @param files The bytes behind its links, by the last part of the address; what is not among them counts as removed.
 */
export function loadRecordedAlbum(
  library: Library,
  response: string,
  files: Readonly<Record<string, Buffer>>,
): FakeAlbum {
  const { data } = JSON.parse(response) as { readonly data: RecordedAlbum };
  const images = new Map<string, FakeImage>();
  for (const record of data.images ?? []) {
    if (!images.has(record.id)) images.set(record.id, library.image(record.id) ?? recordedImage(record, files));
  }
  const { title, description, images: _images, images_count: _count, privacy, ...rest } = data;
  return library.adopt({
    id: data.id,
    title,
    description,
    created: data.datetime,
    images: (data.images ?? []).map(({ id }) => images.get(id)!),
    cover: data.cover ?? undefined,
    privacy,
    layout: data.layout,
    account: undefined,
    nsfw: null,
    views: data.views,
    gallery: undefined,
    // Should the album change, whatever else was recorded of it stays.
    extra: rest,
    response,
  });
}

function recordedImage(record: RecordedImage, files: Readonly<Record<string, Buffer>>): FakeImage {
  const file = (link: string | undefined) => (link === undefined ? undefined : files[fileName(link)]);
  const isVideo = record.type.startsWith('video/');
  return {
    id: record.id,
    title: record.title,
    description: record.description,
    name: null,
    created: record.datetime,
    mediaType: record.type,
    ext: fileName(record.link).replace(/^.*\./u, ''),
    animated: record.animated,
    mp4: isVideo || record.mp4 !== undefined ? 'ready' : 'none',
    hasSound: record.has_sound,
    width: record.width,
    height: record.height,
    views: record.views,
    removed: false,
    plainLinks: false,
    linkQuery: undefined,
    account: undefined,
    nsfw: null,
    gallery: undefined,
    extra: {},
    files: givenFiles(file(record.link), file(record.mp4), record.size),
    record,
  };
}

function fileName(link: string): string {
  return new URL(link).pathname.slice(1);
}
