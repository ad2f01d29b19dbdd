/** From the records of Imgur's API to tasks and items. */

import {
  type Document,
  fromService,
  type Generation,
  type Item,
  interrupted,
  type RawRecord,
  rawRecord,
  type Task,
} from '../../src/plugin.js';
import { type AlbumAnswer, type Fields, type ImageAnswer, leftOutOf } from './answers.js';
import { type Animated, mainFile, videoOf } from './media.js';

const PLUGIN = 'imgur';

/** Behind the id of an image: its MP4 form, kept beside the GIF. No id of the service has a dash. */
const VIDEO_SUFFIX = '-video';

/** An album. Of an image that stands in it twice there is one item, at its first place. */
export function albumTask(album: AlbumAnswer, animated: Animated, signal: AbortSignal | undefined): Task {
  const images = [...new Map(album.images.map((image) => [image.id, image])).values()];
  return { ...albumFacts(album), count: images.length, items: albumItems(album, images, animated, signal) };
}

/** What is known of an album before its images are. */
export function albumFacts(album: AlbumAnswer): Omit<Task, 'items'> {
  return {
    source: PLUGIN,
    id: album.id,
    ...(album.title === undefined ? {} : { title: fromService(album.title) }),
    ...(album.created === undefined ? {} : { createdAt: album.created }),
    raw: keptRecord(album.record),
  };
}

async function* albumItems(
  album: AlbumAnswer,
  images: readonly ImageAnswer[],
  animated: Animated,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  if (images.length === 0) return;
  const whole = { ...album.record, images: album.records };
  const documents: Document[] = [{ kind: 'album', id: album.id, json: rawRecord(whole).json }];
  for (const [position, image] of images.entries()) {
    if (signal?.aborted) throw interrupted(signal.reason);
    const raw = { album: album.record, image: image.record };
    yield { ...toItem(image, album.id, position + 1, animated, raw), documents };
  }
}

/** An image that is fetched by itself: a task of one. */
export function imageTask(image: ImageAnswer, animated: Animated): Task {
  const { id, title, created } = image;
  return {
    source: PLUGIN,
    id,
    count: 1,
    ...(title === undefined ? {} : { title: fromService(title) }),
    ...(created === undefined ? {} : { createdAt: created }),
    raw: keptRecord(image.record),
    items: (async function* () {
      yield toItem(image, id, 1, animated, { image: image.record });
    })(),
  };
}

function toItem(image: ImageAnswer, taskId: string, index: number, animated: Animated, raw: Fields): Item {
  const { id, title, created, width, height } = image;
  const { mediaType, size } = mainFile(image, animated);
  const generation: Generation = {
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  };
  return {
    source: PLUGIN,
    taskId,
    id,
    index,
    ...(title === undefined ? {} : { title: fromService(title) }),
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(size === undefined ? {} : { size }),
    generation,
    ...(created === undefined ? {} : { createdAt: created }),
    raw: keptRecord(raw),
    ...(animated === 'both' && videoOf(image) !== undefined
      ? { companions: [{ id: `${id}${VIDEO_SUFFIX}`, role: 'video', taskId }] }
      : {}),
  };
}

/** The image whose MP4 form a companion is; `undefined` for what is no companion. */
export function imageOfVideo(id: string): string | undefined {
  return id.endsWith(VIDEO_SUFFIX) ? id.slice(0, -VIDEO_SUFFIX.length) : undefined;
}

/** The service's own record, with the places of all that was left out of it. */
function keptRecord(value: Fields): RawRecord {
  const { json, redacted } = rawRecord(value);
  return { json, redacted: [...redacted, ...leftOutOf(value)] };
}
