/**
 * Archives as Imgur-archive makes them: a folder for each album, named by its id, with the media under their own ids and
 * three documents (metadata, order, descriptions), and a log of all albums beside the folders. An archive that it made is
 * gone on with; what is written is what it would have written, to the byte.
 */

import type {
  FilePath,
  FinishedTask,
  Item,
  LayoutBody,
  LayoutContext,
  LayoutDocument,
  SourceLayout,
} from '../../src/plugin.js';
import { mergeDescriptions, mergeLog, mergeScript } from './archive-documents.js';
import {
  ArchiveNumber,
  type ArchiveObject,
  type ArchiveValue,
  isList,
  isObject,
  readObjects,
  writeValue,
} from './archive-json.js';

const body: LayoutBody = { create: createLayout };

export default body;

const JSON_TYPE = 'application/json';

function createLayout(context: LayoutContext): SourceLayout {
  return {
    media(item, mediaType) {
      const own = extension(item, mediaType, context);
      // Of a GIF and its MP4 form that are read back from a folder one is called by its file, as no id of Imgur is.
      const stem = item.id.endsWith(`.${own}`) ? item.id.slice(0, -own.length - 1) : item.id;
      return { folder: [item.taskId], stem, extension: own };
    },
    // The MP4 form of a GIF has the name that it has without the GIF.
    companion: (item, companion, mediaType) => ({
      folder: [item.taskId],
      stem: companion.role === 'video' ? item.id : companion.id,
      extension: context.extensionOf(mediaType),
    }),
    namesAreKnown: true,
    sizeOf: (item) => item.size,
    finish: documentsOf,
  };
}

/** By the bytes. Every container of a video counts as the one that the service names. */
function extension(item: Item, mediaType: string | undefined, { extensionOf }: LayoutContext): string {
  const declared = item.mediaType;
  const isVideo = declared?.startsWith('video/') === true && mediaType?.startsWith('video/') === true;
  return extensionOf((isVideo ? declared : (mediaType ?? declared)) ?? '');
}

/** An album, or an image by itself, as the documents tell it. */
interface Post {
  readonly record: ArchiveObject;
  /** In the order of the album, duplicates among them. */
  readonly images: readonly ArchiveObject[];
  /** Whether the service lists others that could not be read. */
  readonly hasUnreadable: boolean;
  readonly count: ArchiveValue;
}

function documentsOf(task: FinishedTask): readonly LayoutDocument[] {
  const post = postOf(task);
  if (post === undefined) return [];
  const metadata = metadataOf(task.id, post);
  const order = post.images.map((image) => image.get('id') ?? null);
  const script = new Map(order.map((id, position) => [String(position), id]));
  // Of an album that is read back from a damaged archive not all is known; what is not is not invented.
  const described = post.images.filter((image) => image.has('description'));
  const descriptions = new Map(
    described.map((image): [string, ArchiveValue] => [textOf(image.get('id')), image.get('description') ?? null]),
  );
  const place = (kind: string): FilePath => ({ folder: [task.id], stem: `${kind}_${task.id}`, extension: 'json' });
  const hasFacts = ['datetime', 'title', 'description'].some((name) => post.record.has(name));
  const documents: LayoutDocument[] = [
    ...(hasFacts ? [{ ...place('metadata'), text: writeValue(metadata), mediaType: JSON_TYPE }] : []),
    {
      ...place('script'),
      text: writeValue(script),
      mediaType: JSON_TYPE,
      merge: (existing) => mergeScript(existing, script),
    },
  ];
  if (described.length > 0 || post.images.length === 0) {
    documents.push({
      ...place('descriptions'),
      text: writeValue(descriptions),
      mediaType: JSON_TYPE,
      merge: (existing) => mergeDescriptions(existing, descriptions),
    });
  }
  // A line of the log says that the whole album is here. Of one that is copied from a folder some may be missing there.
  if (!task.complete || !hasFacts || !isWhole(post, task.items)) return documents;
  const log: LayoutDocument = {
    stem: 'scraping_logs',
    extension: 'json',
    text: `\n${writeValue(metadata)}`,
    mediaType: JSON_TYPE,
    merge: (existing) => mergeLog(existing, metadata),
  };
  return [...documents, log];
}

function isWhole({ images, hasUnreadable }: Post, items: readonly Item[]): boolean {
  if (hasUnreadable) return false;
  const stored = new Set(items.map(({ id }) => id));
  return images.every((image) => {
    const id = textOf(image.get('id'));
    return id === '' || stored.has(id);
  });
}

function metadataOf(id: string, { record, count }: Post): ArchiveObject {
  return new Map<string, ArchiveValue>([
    ['id', record.get('id') ?? id],
    ['datetime', record.get('datetime') ?? null],
    ['title', record.get('title') ?? null],
    ['description', record.get('description') ?? null],
    ['n_media', count],
  ]);
}

/** From the album's record, which every item of it carries; an image by itself is an album of one. */
function postOf({ id, items }: FinishedTask): Post | undefined {
  const documents = items.flatMap((item) => item.documents ?? []);
  const document = documents.find((candidate) => candidate.kind === 'album' && candidate.id === id);
  const [album] = readObjects(document?.json ?? '').objects;
  if (album !== undefined) return albumOf(album, items);
  const own = items.find((item) => item.id === id);
  const record = own === undefined ? undefined : imageOf(own);
  return record === undefined
    ? undefined
    : { record, images: [record], hasUnreadable: false, count: new ArchiveNumber('1') };
}

/**
 * Albums that were read back from an archive have the count that stands in it, and may have no list of their images: then
 * the items themselves are it.
 */
function albumOf(record: ArchiveObject, items: readonly Item[]): Post {
  const listed = record.get('images');
  const entries = isList(listed) ? listed : items.map(imageOf);
  const images = entries.filter(isObject);
  const count = record.get('n_media') ?? new ArchiveNumber(String(entries.length));
  return { record, images, hasUnreadable: images.length < entries.length, count };
}

/** The record of an item's image. */
function imageOf(item: Item): ArchiveObject {
  const [raw = new Map<string, ArchiveValue>()] = readObjects(item.raw.json).objects;
  const image = raw.get('image');
  return new Map([['id', item.id], ...(isObject(image) ? image : raw)]);
}

function textOf(value: ArchiveValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
