/** How albums and images look in the older API. */

import { LosslessNumber } from 'lossless-json';
import type { FakeImage, GalleryPost } from './images.js';
import type { FakeAlbum } from './library.js';
import type { Links } from './links.js';
import type { Account } from './oauth.js';

export interface V3Options {
  readonly links: Links;
  readonly account: Account;
  /** Whether records carry fields that no client knows, with numbers that JavaScript cannot hold. */
  readonly extraFields: boolean;
}

export interface V3Records {
  /** @param isOwner Whether the owner asks, who is told more. */
  image(image: FakeImage, isOwner: boolean): object;
  album(album: FakeAlbum, isOwner: boolean): object;
  /** As lists show albums: without the images. */
  listedAlbum(album: FakeAlbum, isOwner: boolean): object;
  galleryImage(image: FakeImage, isOwner: boolean): object;
  galleryAlbum(album: FakeAlbum, isOwner: boolean): object;
}

export function createV3Records(options: V3Options): V3Records {
  const image = (given: FakeImage, isOwner: boolean) => imageRecord(options, given, isOwner);
  const listedAlbum = (given: FakeAlbum, isOwner: boolean) => ({
    ...albumRecord(options, given),
    ...(isOwner && given.account === options.account.username ? { deletehash: deleteHash(given.id) } : {}),
    ...given.extra,
  });
  const album = (given: FakeAlbum, isOwner: boolean) => ({
    ...listedAlbum(given, isOwner),
    images: given.images.map((entry) => image(entry, isOwner)),
    ...adConfig(options),
  });
  return {
    image,
    album,
    listedAlbum,
    galleryImage: (given, isOwner) => ({ ...image(given, isOwner), is_album: false, ...galleryFields(given.gallery) }),
    galleryAlbum: (given, isOwner) => ({ ...album(given, isOwner), ...galleryFields(given.gallery) }),
  };
}

/** Other accounts have numbers too, of no meaning. */
export function accountId(account: Account, username: string | undefined): number | null {
  if (username === undefined) return null;
  return username === account.username ? account.id : 1_000 + username.length;
}

/** What lets its holder delete a post. */
export function deleteHash(id: string): string {
  return `del${[...id].reverse().join('')}xyz42`;
}

function imageRecord(options: V3Options, image: FakeImage, isOwner: boolean): object {
  const { title, description, files } = image;
  if (image.record !== undefined) {
    const moved = JSON.parse(options.links.moved(JSON.stringify(image.record))) as object;
    return { ...moved, title, description };
  }
  return {
    id: image.id,
    title,
    description,
    datetime: image.created,
    type: image.mediaType,
    animated: image.animated,
    width: image.width,
    height: image.height,
    size: files.size,
    views: image.views,
    bandwidth: image.views * files.size,
    vote: null,
    favorite: false,
    nsfw: image.nsfw,
    section: null,
    account_url: image.account ?? null,
    account_id: accountId(options.account, image.account),
    is_ad: false,
    in_most_viral: false,
    has_sound: image.hasSound,
    tags: [],
    ad_type: 0,
    ad_url: '',
    edited: '0',
    in_gallery: image.gallery !== undefined,
    ...(isOwner ? ownerFields(options, image) : {}),
    link: options.links.file(image, `${files.shrunken === undefined ? '' : 'h'}.${image.ext}`),
    ...videoFields(options.links, image),
    ...(options.extraFields ? { comment_count: null, nsfw_score: new LosslessNumber('0.10') } : {}),
    ...image.extra,
  };
}

function ownerFields({ account }: V3Options, { id, name, account: username }: FakeImage): object {
  return username === account.username ? { deletehash: deleteHash(id), name } : {};
}

/** Fields that are missing where there is no MP4 form. It may also exist and not be told. */
function videoFields(links: Links, image: FakeImage): object {
  if (image.mp4 === 'none' || image.mp4 === 'missing') return {};
  const isReady = image.mp4 === 'ready';
  return {
    mp4: links.file(image, '.mp4'),
    mp4_size: isReady ? (image.files.video?.length ?? 0) : 0,
    gifv: links.file(image, '.gifv'),
    hls: links.file(image, '.m3u8'),
    looping: true,
    processing: { status: isReady ? 'completed' : 'pending' },
  };
}

function albumRecord(options: V3Options, album: FakeAlbum): object {
  const cover = album.images.find(({ id }) => id === album.cover) ?? album.images[0];
  return {
    id: album.id,
    title: album.title,
    description: album.description,
    datetime: album.created,
    cover: cover?.id ?? null,
    cover_width: cover?.width ?? null,
    cover_height: cover?.height ?? null,
    cover_edited: null,
    account_url: album.account ?? null,
    account_id: accountId(options.account, album.account),
    privacy: album.privacy,
    layout: album.layout,
    views: album.views,
    link: `https://imgur.com/a/${album.id}`,
    favorite: false,
    nsfw: album.nsfw,
    section: null,
    images_count: album.images.length,
    in_gallery: album.gallery !== undefined,
    is_ad: false,
    include_album_ads: false,
    is_album: true,
  };
}

/** Newer replies say everything twice, in two spellings. */
function adConfig({ extraFields }: V3Options): object {
  const plain = { safeFlags: ['album'], highRiskFlags: [], unsafeFlags: [], wallUnsafeFlags: [], showsAds: false };
  if (!extraFields) return { ad_config: plain };
  const twins = {
    safe_flags: ['album'],
    high_risk_flags: [],
    unsafe_flags: [],
    wall_unsafe_flags: [],
    shows_ads: false,
  };
  return { ad_config: { ...plain, ...twins, nsfw_score: new LosslessNumber('0.10') } };
}

function galleryFields(gallery: GalleryPost = {}): object {
  const { ups = 12, downs = 2, commentCount = 3, topic = null, tags = [] } = gallery;
  return {
    ups,
    downs,
    points: ups - downs,
    score: ups - downs + 1,
    comment_count: commentCount,
    favorite_count: 1,
    topic,
    topic_id: topic === null ? null : 29,
    vote: null,
    in_most_viral: false,
    tags: tags.map((name) => ({ name, display_name: name, followers: 40, total_items: 900, following: false })),
  };
}
