/** Which file of an image is fetched, and where it is. https://api.imgur.com/models/image tells of its links. */

import { AlbarettoError, type Location, type OptionValues, usageError } from '../../src/plugin.js';
import type { ImageAnswer } from './answers.js';

/** What is fetched of a GIF that moves. */
export type Animated = 'original' | 'mp4' | 'both';

/** What is needed of an image to find its files. */
export type LinkedImage = Omit<ImageAnswer, 'record' | 'title'>;

export interface MediaFile {
  readonly link: string | undefined;
  readonly mediaType: string | undefined;
  /** Bytes, where the service declares them for this very file. */
  readonly size: number | undefined;
}

export const VIDEO = 'video/mp4';

/** Where removed images lead to: a picture of this name, which is as good a PNG as any. */
const REMOVED = /\/removed\.png$/u;
/** What that picture has been seen to be since 2016. */
const REMOVED_BYTES = 503;

export function readAnimated({ animated = 'mp4' }: OptionValues): Animated {
  if (animated === 'original' || animated === 'mp4' || animated === 'both') return animated;
  throw usageError('--animated is one of original, mp4, both', undefined, 'imgur');
}

/** What is fetched as the image itself. */
export function mainFile(image: LinkedImage, animated: Animated): MediaFile {
  return animated === 'mp4' ? (videoOf(image) ?? originalOf(image)) : originalOf(image);
}

/** The MP4 form of a GIF. None where it is still being made, or was left out as some records do. */
export function videoOf({ mediaType, mp4, mp4Size, isPending }: LinkedImage): MediaFile | undefined {
  if (mediaType !== 'image/gif' || mp4 === undefined || (isPending && mp4Size === undefined)) return undefined;
  return { link: mp4, mediaType: VIDEO, size: mp4Size };
}

/** What was uploaded, as far as the service kept it. */
export function originalOf(image: LinkedImage): MediaFile {
  const { mediaType, link, mp4, size, mp4Size } = image;
  if (mediaType === VIDEO) return { link: mp4 ?? link, mediaType, size: mp4Size ?? size };
  return { link: link === undefined ? undefined : unshrunken(link, image.id), mediaType, size };
}

/** A GIF of more than 20 MB is linked as `{id}h.gif`, a smaller copy; the whole is `{id}.gif`. */
function unshrunken(link: string, id: string): string {
  return link.replace(/\/([^/?#]+)h(\.gif)(?=[?#]|$)/iu, (ending, stem, suffix) =>
    stem === id ? `/${stem}${suffix}` : ending,
  );
}

/** @throws E_BAD_ANSWER where the service names no link that can be followed. */
export function locationOf(id: string, { link, size, mediaType }: MediaFile): Location {
  const url = mediaUrl(link);
  if (url === undefined) {
    throw new AlbarettoError({
      code: 'E_BAD_ANSWER',
      message: `${id}: the service names no link to its bytes`,
      hint: 'it may still be in the making, or removed',
      plugin: 'imgur',
    });
  }
  return {
    kind: 'request',
    url,
    // With text/html in it the host answers pages; with somebody else's Referer it refuses.
    headers: { accept: '*/*' },
    ...(size === undefined ? {} : { size }),
    // Where the service declares a size, one that differs is found out anyway, and a coincidence is none.
    isPlaceholder: (answer) =>
      REMOVED.test(pathOf(answer.url)) ||
      (size === undefined && (answer.size === REMOVED_BYTES || isAnotherPicture(answer.mediaType, mediaType))),
  };
}

/** What the regions are shown that the service has left is a picture of its own, also in place of a video. */
function isAnotherPicture(received: string | undefined, declared: string | undefined): boolean {
  return received?.startsWith('image/') === true && declared !== undefined && received !== declared;
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : '';
}

/** Without a query, which old links have and none needs; Imgur's own over https, which old links are not. */
function mediaUrl(link: string | undefined): string | undefined {
  const text = link?.startsWith('//') ? `https:${link}` : link;
  if (text === undefined || !/^https?:\/\//iu.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (/(?:^|\.)imgur\.(?:com|io)$/u.test(url.hostname)) url.protocol = 'https:';
  url.search = '';
  url.hash = '';
  return url.href;
}
