/** Albums and images by their ids, and the files of those that were read already. */

import {
  AlbarettoError,
  type Located,
  type LocateOptions,
  type Location,
  SharedRequests,
  type SourceContext,
} from '../../src/plugin.js';
import { type AlbumAnswer, type ImageAnswer, readAlbum, readImage, readImages } from './answers.js';
import type { Api } from './api.js';
import { imageOfVideo } from './items.js';
import { type Animated, type LinkedImage, locationOf, mainFile, originalOf, VIDEO, videoOf } from './media.js';

export interface Posts {
  /** @throws E_NOT_FOUND, or what the API's requests throw. */
  album(id: string, signal: AbortSignal | undefined): Promise<AlbumAnswer>;
  image(id: string, signal: AbortSignal | undefined): Promise<ImageAnswer>;
  /** What a list or an album told of an image. */
  remember(image: ImageAnswer): void;
  locate(item: Located, options: LocateOptions): Promise<Location>;
}

/** Images whose records are at hand at once: lists of any length are read without growing for ever. */
const MOST = 20_000;

export function openPosts(api: Api, context: Pick<SourceContext, 'warn'>, animated: Animated): Posts {
  const known = new Map<string, LinkedImage>();
  const renewals = new SharedRequests<unknown>();

  const remember = ({ record: _record, title: _title, ...files }: ImageAnswer): void => {
    known.delete(files.id);
    known.set(files.id, files);
    if (known.size <= MOST) return;
    const oldest = known.keys().next().value;
    if (oldest !== undefined) known.delete(oldest);
  };

  const image: Posts['image'] = async (id, signal) => {
    const what = `reading the image ${id}`;
    const { data, lossless } = await api.get({ path: `/3/image/${encodeURIComponent(id)}`, what, signal });
    const answer = readImage(data, lossless, what);
    remember(answer);
    return answer;
  };

  const tellMissing = ({ id, records, unreadable }: AlbumAnswer, imagesCount: number): void => {
    if (unreadable > 0) context.warn(`the album ${id}: images that cannot be read are left out (${unreadable})`);
    if (records.length >= imagesCount) return;
    context.warn(`the album ${id} says that it has ${imagesCount} images, and lists ${records.length}`);
  };

  /** All images come with the album. Where they do not, or not all, they are asked for: they have no pages. */
  const album: Posts['album'] = async (id, signal) => {
    const path = `/3/album/${encodeURIComponent(id)}`;
    const what = `reading the album ${id}`;
    const { data, lossless } = await api.get({ path, what, signal });
    let answer = readAlbum(data, lossless, what);
    const { imagesCount = answer.records.length } = answer;
    if (answer.records.length < imagesCount) {
      const list = await api.get({ path: `${path}/images`, what, signal });
      const images = readImages(list.data, list.lossless, what);
      if (images.images.length > answer.images.length) answer = { ...answer, ...images };
    }
    tellMissing(answer, imagesCount);
    for (const entry of answer.images) remember(entry);
    return answer;
  };

  /** Asks for the album of an item, and for its image alone where the album is gone or has lost it. */
  const ask = async ({ id, taskId }: Located, signal: AbortSignal | undefined): Promise<LinkedImage | undefined> => {
    const imageId = imageOfVideo(id) ?? id;
    if (taskId !== imageId) {
      known.delete(id);
      known.delete(imageId);
      try {
        await renewals.ask(taskId, signal, (own) => album(taskId, own));
      } catch (thrown) {
        if (!isCode(thrown, 'E_NOT_FOUND')) throw thrown;
      }
      const found = known.get(id) ?? known.get(imageId);
      if (found !== undefined) return found;
    }
    await renewals.ask(`image ${imageId}`, signal, (own) => image(imageId, own));
    return known.get(imageId);
  };

  return {
    album,
    image,
    remember,
    async locate(item, { renew, signal }) {
      const own = known.get(item.id) ?? known.get(imageOfVideo(item.id) ?? item.id);
      const files = (renew ? undefined : own) ?? (await ask(item, signal));
      const file = files === undefined ? undefined : fileOf(files, item, animated);
      if (file === undefined) throw gone(item.id);
      return locationOf(item.id, file);
    },
  };
}

/** What an item was listed as is what is fetched of it, also when the option says something else by now. */
function fileOf(files: LinkedImage, { id, mediaType }: Located, animated: Animated) {
  if (files.id !== id) return videoOf(files);
  if (mediaType === VIDEO) return mainFile(files, 'mp4');
  return mediaType === undefined ? mainFile(files, animated) : originalOf(files);
}

function gone(id: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_NOT_FOUND', message: `${id}: the service has it no more`, plugin: 'imgur' });
}

export function isCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof AlbarettoError && codes.includes(thrown.code);
}
