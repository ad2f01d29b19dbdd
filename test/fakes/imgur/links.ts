/** Where the links of both APIs lead. */

import type { FakeImage } from './images.js';

export const MEDIA_HOST = 'i.imgur.com';

export interface Links {
  /** The address of a file, as the older API gives it: with the oddities that an image may have. */
  file(image: FakeImage, ending: string): string;
  /** The same without any. */
  newFile(image: FakeImage): string;
  /** Recorded answers lead to the real host. */
  moved(text: string): string;
  readonly mediaOrigin: string;
}

export function createLinks(mediaOrigin: () => string): Links {
  return {
    file(image, ending) {
      const origin = image.plainLinks ? mediaOrigin().replace(/^https:/u, 'http:') : mediaOrigin();
      const query = image.linkQuery === undefined ? '' : `?${image.linkQuery}`;
      return `${origin}/${image.id}${ending}${query}`;
    },
    newFile: (image) => `${mediaOrigin()}/${image.id}.${image.ext}`,
    moved: (text) => text.replaceAll(`https://${MEDIA_HOST}`, mediaOrigin()),
    get mediaOrigin() {
      return mediaOrigin();
    },
  };
}
