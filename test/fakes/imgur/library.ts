/** The albums and images of the service, which both of its APIs and its file host show. */

import {
  type ChangingImage,
  createImage,
  type FakeImage,
  type GalleryPost,
  type ImageChange,
  inventId,
  type NewImage,
} from './images.js';

/** Images that are made for the album, and such that are known already, even several times. */
export type AlbumImages = number | readonly (NewImage | FakeImage)[];

export interface NewAlbum {
  readonly id?: string;
  readonly title?: string | null;
  readonly description?: string | null;
  /** Unix seconds. */
  readonly created?: number;
  /** How many, or which. None unless said otherwise. */
  readonly images?: AlbumImages;
  /** The id of an image; the first unless said otherwise. */
  readonly cover?: string;
  /** In the words of the older API. `hidden` unless said otherwise. */
  readonly privacy?: 'public' | 'hidden' | 'secret';
  readonly layout?: string;
  readonly account?: string;
  readonly nsfw?: boolean | null;
  readonly views?: number;
  readonly gallery?: GalleryPost;
  /** Further fields of its record in the older API. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface AlbumChange {
  readonly title?: string | null;
  readonly description?: string | null;
  readonly privacy?: 'public' | 'hidden' | 'secret';
  /** All that it holds from now on, or what to make of what it holds. */
  readonly images?: AlbumImages | ((images: readonly FakeImage[]) => readonly (NewImage | FakeImage)[]);
}

export interface FakeAlbum {
  readonly id: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly created: number;
  readonly images: readonly FakeImage[];
  readonly cover: string | undefined;
  readonly privacy: 'public' | 'hidden' | 'secret';
  readonly layout: string;
  readonly account: string | undefined;
  readonly nsfw: boolean | null;
  readonly views: number;
  readonly gallery: GalleryPost | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  /** The answer that it was loaded from, as long as nothing has changed. */
  readonly response: string | undefined;
}

type ChangingAlbum = { -readonly [Key in keyof FakeAlbum]: FakeAlbum[Key] };

export interface Library {
  /** In the order of adding. */
  readonly albums: readonly FakeAlbum[];
  readonly images: readonly FakeImage[];
  album(id: string): FakeAlbum | undefined;
  image(id: string): FakeImage | undefined;
  addImage(image?: NewImage): FakeImage;
  addAlbum(album?: NewAlbum): FakeAlbum;
  /** For what was not made up here. */
  adopt(album: FakeAlbum): FakeAlbum;
  setAlbum(id: string, change: AlbumChange): FakeAlbum;
  setImage(id: string, change: ImageChange): FakeImage;
  removeAlbum(id: string): void;
  /** Albums forget it too. */
  removeImage(id: string): void;
}

interface Shelves {
  readonly albums: Map<string, ChangingAlbum>;
  readonly images: Map<string, ChangingImage>;
  /** A number that was never given before: what is made up follows from it. */
  next(): number;
  /** Unix seconds. */
  now(): number;
}

export function createLibrary(now: () => number): Library {
  let count = 0;
  const shelves: Shelves = {
    albums: new Map(),
    images: new Map(),
    next: () => ++count,
    now: () => Math.floor(now() / 1000),
  };
  const { albums, images } = shelves;
  return {
    get albums() {
      return [...albums.values()];
    },
    get images() {
      return [...images.values()];
    },
    album: (id) => albums.get(id),
    image: (id) => images.get(id),
    addImage: (given) => addImage(shelves, given),
    addAlbum: (given) => addAlbum(shelves, given),
    adopt(album) {
      for (const image of album.images) if (images.get(image.id) !== image) known(images, image);
      return known(albums, album);
    },
    setAlbum: (id, change) => setAlbum(shelves, id, change),
    setImage: (id, change) => setImage(shelves, id, change),
    removeAlbum: (id) => void albums.delete(id),
    removeImage: (id) => removeImage(shelves, id),
  };
}

function addImage({ images, next, now }: Shelves, given: NewImage = {}): FakeImage {
  return known(images, createImage(next(), given, now()));
}

function addAlbum(shelves: Shelves, given: NewAlbum = {}): FakeAlbum {
  const id = given.id ?? inventId(shelves.next(), 7);
  const images = resolve(shelves, given.images ?? [], given.account);
  return known(shelves.albums, createAlbum(id, given, images, shelves.now()));
}

/** What belongs to an account's album is the account's. */
function resolve(shelves: Shelves, given: AlbumImages, account: string | undefined): FakeImage[] {
  const list = typeof given === 'number' ? Array.from({ length: given }, () => ({})) : given;
  const owner = account === undefined ? {} : { account };
  return list.map((entry) => (isKnown(entry) ? entry : addImage(shelves, { ...owner, ...entry })));
}

function setAlbum(shelves: Shelves, id: string, { images: given, ...change }: AlbumChange): FakeAlbum {
  const album = existing(shelves.albums, id);
  // What was recorded tells the past now.
  Object.assign(album, change, { response: undefined });
  if (given !== undefined) {
    album.images = resolve(shelves, typeof given === 'function' ? given(album.images) : given, album.account);
  }
  return album;
}

function setImage({ albums, images }: Shelves, id: string, change: ImageChange): FakeImage {
  const image = Object.assign(existing(images, id), change);
  // That its files are gone does not show in any answer.
  if (Object.keys(change).some((key) => key !== 'removed')) {
    for (const album of holding(albums, id)) album.response = undefined;
  }
  return image;
}

function removeImage({ albums, images }: Shelves, id: string): void {
  images.delete(id);
  for (const album of holding(albums, id)) {
    album.images = album.images.filter((image) => image.id !== id);
    album.response = undefined;
  }
}

function isKnown(entry: NewImage | FakeImage): entry is FakeImage {
  return 'files' in entry;
}

function holding(albums: ReadonlyMap<string, ChangingAlbum>, imageId: string): ChangingAlbum[] {
  return [...albums.values()].filter(({ images }) => images.some((image) => image.id === imageId));
}

function known<T extends { readonly id: string }>(all: Map<string, T>, entry: T): T {
  if (all.has(entry.id)) throw new Error(`There is another ${entry.id}.`);
  all.set(entry.id, entry);
  return entry;
}

function existing<T>(all: ReadonlyMap<string, T>, id: string): T {
  const entry = all.get(id);
  if (entry === undefined) throw new Error(`There is no ${id}.`);
  return entry;
}

function createAlbum(id: string, given: NewAlbum, images: readonly FakeImage[], now: number): ChangingAlbum {
  return {
    id,
    title: given.title ?? null,
    description: given.description ?? null,
    created: given.created ?? now,
    images,
    cover: given.cover,
    privacy: given.privacy ?? 'hidden',
    layout: given.layout ?? 'blog',
    account: given.account,
    nsfw: given.nsfw ?? null,
    views: given.views ?? 120,
    gallery: given.gallery,
    extra: given.extra ?? {},
    response: undefined,
  };
}
