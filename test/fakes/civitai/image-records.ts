/** How a published picture looks in the site's JSON, and where its file lies. */

import { isAnsweredByDatabase } from './image-pages.js';
import type { ImageQuery } from './image-query.js';
import type { FakePublicImage } from './public-images.js';

/** Stands in every path of the content delivery network. */
export const ACCOUNT_HASH = 'xG1nkqKTMzGDvpLrqFT7WA';

const LEVELS: Readonly<Record<number, string>> = { 1: 'None', 2: 'Soft', 4: 'Mature', 8: 'X', 16: 'X', 32: 'Blocked' };

export function imageRecord(image: FakePublicImage, query: ImageQuery, cdnOrigin: string): object {
  const ending = image.type === 'video' ? 'mp4' : 'jpeg';
  const nsfwLevel = LEVELS[image.browsingLevel] ?? 'None';
  return {
    id: image.id,
    url: `${cdnOrigin}/${ACCOUNT_HASH}/${image.uuid}/original=true/${image.uuid}.${ending}`,
    hash: 'U9D]uS00.mD%Rjt7ayof_4M{RjWB~qt7RjWB',
    width: 512,
    height: 768,
    nsfwLevel,
    type: image.type,
    nsfw: nsfwLevel !== 'None',
    browsingLevel: image.browsingLevel,
    createdAt: new Date(image.created).toISOString(),
    postId: image.postId,
    stats: {
      cryCount: 0,
      laughCount: 0,
      likeCount: image.likes,
      dislikeCount: 0,
      heartCount: 0,
      commentCount: image.comments,
    },
    meta: metaOf(image, query),
    username: image.username,
    baseModel: 'SD 1.5',
    modelVersionIds: image.modelVersionIds,
    ...(query.withTags ? { tags: image.tags } : {}),
  };
}

/** Nothing unless it is asked for; wrapped once more where the database answers. */
function metaOf({ id, meta }: FakePublicImage, query: ImageQuery): unknown {
  if (!query.withMeta) return null;
  return (query.flatMeta ?? !isAnsweredByDatabase(query)) ? meta : { id, meta };
}
