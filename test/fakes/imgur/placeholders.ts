/** The pictures that are sent in place of others. */

import { png } from '../../support/pictures.js';
import type { MediaFile } from '../service/media-file.js';
import { paddedTo } from './sized.js';

/** What removed images lead to is known for its 503 bytes, and by its ETag. */
export const REMOVED: MediaFile = {
  bytes: paddedTo(png(6, 6, 161), 503, 'png'),
  mediaType: 'image/png',
  headers: { ETag: '"d835884373f4d6c8f24742ceabe74946"' },
};

/** What is sent to regions that the service has left. Its real size is unknown. */
export const NOT_IN_YOUR_REGION: MediaFile = {
  bytes: paddedTo(png(30, 20, 826), 2_500, 'png'),
  mediaType: 'image/png',
};
