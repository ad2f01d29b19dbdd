/**
 * The server of the archive benchmark, a process of its own: faithful copies of Imgur, Happy Accidents and Replicate behind one
 * proxy, with an album, a gallery and predictions of pictures that are made before anybody asks for them.
 */

import { startArchiveServices } from '../support/archive-services.js';
import { jpeg } from '../support/pictures.js';

/** Given as JSON in the first argument. */
export interface ArchiveHostOptions {
  readonly albumImages: number;
  readonly imageBytes: number;
  readonly galleryImages: number;
  /** With two outputs each. */
  readonly predictions: number;
}

/** Told to the parent once, when all is ready. */
export interface ArchiveHostFacts {
  readonly env: Readonly<Record<string, string>>;
  readonly proxy: string;
  readonly caFile: string;
  readonly album: string;
}

/** The answer to any message of the parent: what was asked for since the last one. */
export interface ArchiveCounts {
  readonly api: number;
  readonly media: number;
}

const { albumImages, imageBytes, galleryImages, predictions } = JSON.parse(process.argv[2] ?? '') as ArchiveHostOptions;
/** gallery-dl brings its own client id, and no other. */
const services = await startArchiveServices({
  imgur: { clientId: '546c25a59c58ad7' },
  replicate: { requestsPerMinute: Number.POSITIVE_INFINITY },
});
const album = services.imgur.addAlbum({
  images: Array.from({ length: albumImages }, (_, index) => ({ bytes: jpeg(index + 1, imageBytes) })),
});
services.happyAccidents.addGallery(galleryImages, 1);
for (const { images } of services.happyAccidents.inferences) for (const image of images) void image.bytes.length;
const { imgur, happyAccidents, replicate } = services;
replicate.addPredictions(predictions, { source: 'web', count: 2, fileBytes: 20_000 });
for (const { outputFiles } of replicate.predictions) for (const file of outputFiles) void file.bytes.length;
let before: ArchiveCounts = { api: 0, media: 0 };
process.on('message', () => {
  const own = [...imgur.requests, ...happyAccidents.requests, ...replicate.requests];
  const api = own.filter(({ host }) => host === 'api').length;
  const now = { api, media: own.length - api };
  process.send?.({ api: now.api - before.api, media: now.media - before.media } satisfies ArchiveCounts);
  before = now;
});
process.once('disconnect', () => void services.close().finally(() => process.exit()));
const facts: ArchiveHostFacts = {
  env: services.env,
  proxy: services.proxy.url,
  caFile: services.proxy.caFile,
  album: album.id,
};
process.send?.(facts);
