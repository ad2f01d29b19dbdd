/**
 * A faithful copy of Imgur as a client meets it: both of its APIs, the host of its files and a little of the web site.
 * It follows what clients' sources and the vendor's own pages tell. Where they tell nothing (the words of a refusal for
 * want of credits, the size of the region's placeholder, what files answer that are not made yet), a likely form was
 * chosen.
 */

import type { RequestListener } from 'node:http';
import type { Faults } from '../service/faults.js';
import { createFakeClock, type FakeClock, type RecordedRequest } from '../service/stage.js';
import { type Credits, createCredits } from './credits.js';
import { createHosts } from './hosts.js';
import { createLibrary, type FakeAlbum, type Library } from './library.js';
import { createLinks, MEDIA_HOST } from './links.js';
import { type Account, createOAuth, type OAuth, type OAuthOptions } from './oauth.js';
import { loadRecordedAlbum } from './recorded.js';

export type { Answer } from '../service/answer.js';
export type { Fault, FaultRule, Faults } from '../service/faults.js';
export type { FakeClock, RecordedRequest } from '../service/stage.js';
export type { Credits } from './credits.js';
export type { FakeImage, GalleryPost, ImageChange, ImageFormat, NewImage } from './images.js';
export type { AlbumChange, AlbumImages, FakeAlbum, NewAlbum } from './library.js';
export { MEDIA_HOST } from './links.js';
export type { Account, OAuth } from './oauth.js';

export const API_HOST = 'api.imgur.com';
export const WEB_HOST = 'imgur.com';

export interface FakeImgurOptions extends Partial<OAuthOptions> {
  /** Where links to files lead; `https://i.imgur.com` unless the fake stands elsewhere. */
  readonly mediaOrigin?: string | (() => string);
  /** Milliseconds since the epoch; the machine's clock unless said otherwise. */
  now?(): number;
  /** Whether records carry fields that no client knows. True unless said otherwise. */
  readonly extraFields?: boolean;
  /** Whether the API compresses its answers for those who accept it. False unless said otherwise. */
  readonly gzip?: boolean;
}

export interface FakeImgur
  extends Pick<
    Library,
    | 'albums'
    | 'images'
    | 'album'
    | 'image'
    | 'addImage'
    | 'addAlbum'
    | 'setAlbum'
    | 'setImage'
    | 'removeAlbum'
    | 'removeImage'
  > {
  readonly apiListener: RequestListener;
  readonly mediaListener: RequestListener;
  readonly webListener: RequestListener;
  /**
   * Loads an album from an answer of `/3/album/{id}`, which is then given again to the byte.
   *
   * @param files The bytes behind its links, by the last part of the address: `C0jJ4D0.mp4`.
   */
  albumFromResponse(response: string, files: Readonly<Record<string, Buffer>>): FakeAlbum;
  readonly oauth: OAuth;
  readonly credits: Credits;
  /** While true, every file is the placeholder of a region that the service has left. */
  regionBlocked: boolean;
  readonly requests: readonly RecordedRequest[];
  /** The requests that carried a secret to where it does not belong. */
  leaks(): RecordedRequest[];
  readonly faults: Faults;
  readonly clock: FakeClock;
}

const CLIENT_ID = '7d1f0a93c5e2b84';
const CLIENT_SECRET = '94b1c07de35f82a6640f1d9b7ce8253ad0417fe2';
const ACCOUNT: Account = { id: 12_345, username: 'someone' };

export function createFakeImgur(options: FakeImgurOptions = {}): FakeImgur {
  const { mediaOrigin = `https://${MEDIA_HOST}`, extraFields = true, gzip = false } = options;
  const clock = createFakeClock(options.now);
  const library = createLibrary(clock.now);
  const credits = createCredits(clock.now);
  const oauth = createOAuth(
    { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, account: ACCOUNT, ...options },
    clock.now,
  );
  const links = createLinks(() => (typeof mediaOrigin === 'string' ? mediaOrigin : mediaOrigin()));
  const region = { regionBlocked: false };
  const isRegionBlocked = () => region.regionBlocked;
  const hosts = createHosts({ clock, library, oauth, credits, links, extraFields, gzip, isRegionBlocked });
  const { addImage, addAlbum, album, image, setAlbum, setImage, removeAlbum, removeImage } = library;
  return {
    ...hosts,
    ...{ addImage, addAlbum, album, image, setAlbum, setImage, removeAlbum, removeImage },
    get albums() {
      return library.albums;
    },
    get images() {
      return library.images;
    },
    albumFromResponse: (response, files) => loadRecordedAlbum(library, response, files),
    oauth,
    credits: credits.state,
    get regionBlocked() {
      return region.regionBlocked;
    },
    set regionBlocked(blocked) {
      region.regionBlocked = blocked;
    },
    clock,
  };
}
