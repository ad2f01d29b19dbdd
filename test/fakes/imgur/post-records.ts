/** How the same albums and images look in the newer API, which has other words for nearly everything. */

import { LosslessNumber } from 'lossless-json';
import { type FakeImage, type GalleryPost, postPath } from './images.js';
import type { FakeAlbum } from './library.js';
import { accountId, type V3Options } from './v3-records.js';

/** What a client may ask for beside the post: `media`, `tags`, `account`. */
export type Included = ReadonlySet<string>;

export interface PostRecords {
  album(album: FakeAlbum, included: Included): object;
  /** A single image, in the shape of an album that holds it alone. */
  image(image: FakeImage, included: Included): object;
}

interface Post {
  readonly id: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly created: number;
  readonly privacy: string;
  readonly account: string | undefined;
  readonly nsfw: boolean | null;
  readonly views: number;
  readonly gallery: GalleryPost | undefined;
  readonly images: readonly FakeImage[];
  readonly coverId: string | null;
  readonly isAlbum: boolean;
}

export function createPostRecords(options: V3Options): PostRecords {
  return {
    album(album, included) {
      const coverId = album.cover ?? album.images[0]?.id ?? null;
      return postRecord(options, { ...album, coverId, isAlbum: true }, included);
    },
    image(image, included) {
      const single = { privacy: 'hidden', images: [image], coverId: image.id, isAlbum: false };
      return postRecord(options, { ...image, ...single }, included);
    },
  };
}

function postRecord(options: V3Options, post: Post, included: Included): object {
  return {
    id: post.id,
    account_id: accountId(options.account, post.account) ?? 0,
    title: post.title ?? '',
    description: post.description ?? '',
    view_count: post.views,
    ...countFields(post),
    is_album: post.isAlbum,
    is_mature: post.nsfw ?? false,
    cover_id: post.coverId,
    created_at: dateTime(post.created),
    updated_at: null,
    url: `https://imgur.com${postPath(post.id, post.isAlbum, post.gallery)}`,
    privacy: post.privacy === 'public' ? 'public' : 'private',
    vote: null,
    favorite: false,
    is_ad: false,
    ad_type: 0,
    ad_url: '',
    is_pending: false,
    ...(options.extraFields
      ? { ad_config: { nsfw_score: new LosslessNumber('1E-1') }, platform: 'not_specified' }
      : {}),
    ...includedFields(options, post, included),
  };
}

function countFields({ gallery, images }: Post): object {
  const { ups = 12, downs = 2, commentCount = 3 } = gallery ?? { ups: 0, downs: 0, commentCount: 0 };
  return {
    upvote_count: ups,
    downvote_count: downs,
    point_count: ups - downs,
    image_count: images.length,
    comment_count: commentCount,
    favorite_count: 0,
    virality: 0,
    score: 0,
    in_most_viral: false,
  };
}

/** An album without images has no list of them, not an empty one. */
function includedFields({ links }: V3Options, post: Post, included: Included): object {
  const account = { username: post.account, avatar_url: `${links.mediaOrigin}/x_d.png?maxwidth=290&fidelity=grand` };
  const tags = (post.gallery?.tags ?? []).map((tag) => ({ tag, display: tag, is_promoted: false }));
  const media = post.images.map((image) => mediaRecord(links.newFile(image), image));
  return {
    ...(included.has('account') && post.account !== undefined ? { account } : {}),
    ...(included.has('tags') ? { tags } : {}),
    ...(included.has('media') && media.length > 0 ? { media } : {}),
  };
}

function mediaRecord(url: string, image: FakeImage): object {
  return {
    id: image.id,
    account_id: 0,
    mime_type: image.mediaType,
    type: image.mediaType.startsWith('video/') ? 'video' : 'image',
    name: image.name ?? '',
    url,
    ext: image.ext,
    width: image.width,
    height: image.height,
    size: image.files.size,
    metadata: {
      title: image.title ?? '',
      description: image.description ?? '',
      is_animated: image.animated,
      is_looping: image.animated,
      duration: image.mediaType.startsWith('video/') ? 0.3 : 0,
      has_sound: image.hasSound,
    },
    created_at: dateTime(image.created),
    updated_at: null,
  };
}

function dateTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
