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
    media: (item, mediaType) => ({
      folder: [item.taskId],
      stem: item.id,
      extension: extension(item, mediaType, context),
    }),
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
  readonly id: string;
  readonly record: ArchiveObject;
  readonly images: readonly ArchiveObject[];
}

function documentsOf(task: FinishedTask): readonly LayoutDocument[] {
  const post = postOf(task);
  if (post === undefined) return [];
  const metadata = metadataOf(post);
  const order = post.images.map((image) => image.get('id') ?? null);
  const script = new Map(order.map((id, position) => [String(position), id]));
  const descriptions = new Map(
    post.images.map((image): [string, ArchiveValue] => [textOf(image.get('id')), image.get('description') ?? null]),
  );
  const place = (kind: string): FilePath => ({ folder: [task.id], stem: `${kind}_${task.id}`, extension: 'json' });
  const documents: LayoutDocument[] = [
    { ...place('metadata'), text: writeValue(metadata), mediaType: JSON_TYPE },
    {
      ...place('script'),
      text: writeValue(script),
      mediaType: JSON_TYPE,
      merge: (existing) => mergeScript(existing, script),
    },
    {
      ...place('descriptions'),
      text: writeValue(descriptions),
      mediaType: JSON_TYPE,
      merge: (existing) => mergeDescriptions(existing, descriptions),
    },
  ];
  // A line of the log says that the whole album is here.
  if (!task.complete) return documents;
  const log: LayoutDocument = {
    stem: 'scraping_logs',
    extension: 'json',
    text: `\n${writeValue(metadata)}`,
    mediaType: JSON_TYPE,
    merge: (existing) => mergeLog(existing, metadata),
  };
  return [...documents, log];
}

function metadataOf({ id, record, images }: Post): ArchiveObject {
  return new Map<string, ArchiveValue>([
    ['id', record.get('id') ?? id],
    ['datetime', record.get('datetime') ?? null],
    ['title', record.get('title') ?? null],
    ['description', record.get('description') ?? null],
    ['n_media', new ArchiveNumber(String(images.length))],
  ]);
}

/** From the album's record, which every item of it carries; an image by itself is an album of one. */
function postOf({ id, items }: FinishedTask): Post | undefined {
  for (const item of items) {
    const document = item.documents?.find((candidate) => candidate.kind === 'album' && candidate.id === id);
    const [album] = readObjects(document?.json ?? '').objects;
    const images = album?.get('images');
    if (album !== undefined && isList(images)) return { id, record: album, images: images.filter(isObject) };
  }
  const own = items.find((item) => item.id === id);
  const image = readObjects(own?.raw.json ?? '').objects[0]?.get('image');
  return isObject(image) ? { id, record: image, images: [image] } : undefined;
}

function textOf(value: ArchiveValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
