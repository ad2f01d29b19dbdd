/** The services whose archives are continued, Replicate, and Google Drive, behind one loopback proxy under their real names. */

import { createFakeGoogle, type FakeGoogle } from '../fakes/google/index.js';
import {
  createFakeHappyAccidents,
  type FakeHappyAccidents,
  type FakeHappyAccidentsOptions,
  API_HOST as HAPPY_ACCIDENTS_API,
  IMAGE_HOST,
} from '../fakes/happy-accidents/index.js';
import {
  createFakeImgur,
  type FakeImgur,
  type FakeImgurOptions,
  API_HOST as IMGUR_API,
  MEDIA_HOST,
  WEB_HOST,
} from '../fakes/imgur/index.js';
import { type LoopbackProxy, startProxy } from '../fakes/proxy.js';
import {
  createFakeReplicate,
  DELIVERY_HOST,
  type FakeReplicate,
  type FakeReplicateOptions,
  API_HOST as REPLICATE_API,
} from '../fakes/replicate/index.js';

export interface ArchiveServices {
  readonly imgur: FakeImgur;
  readonly happyAccidents: FakeHappyAccidents;
  readonly replicate: FakeReplicate;
  readonly google: FakeGoogle;
  readonly proxy: LoopbackProxy;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startArchiveServices(
  options: {
    imgur?: FakeImgurOptions;
    happyAccidents?: FakeHappyAccidentsOptions;
    replicate?: FakeReplicateOptions;
  } = {},
): Promise<ArchiveServices> {
  const imgur = createFakeImgur(options.imgur);
  const happyAccidents = createFakeHappyAccidents(options.happyAccidents);
  const replicate = createFakeReplicate(options.replicate);
  const google = createFakeGoogle();
  const proxy = await startProxy({
    hosts: {
      [IMGUR_API]: imgur.apiListener,
      [MEDIA_HOST]: imgur.mediaListener,
      [WEB_HOST]: imgur.webListener,
      [HAPPY_ACCIDENTS_API]: happyAccidents.apiListener,
      [IMAGE_HOST]: happyAccidents.imageListener,
      [REPLICATE_API]: replicate.apiListener,
      [DELIVERY_HOST]: replicate.deliveryListener,
      [`*.${DELIVERY_HOST}`]: replicate.deliveryListener,
      ...google.routes,
    },
  });
  return {
    imgur,
    happyAccidents,
    replicate,
    google,
    proxy,
    env: {
      HTTPS_PROXY: proxy.url,
      NODE_EXTRA_CA_CERTS: proxy.caFile,
      ALBARETTO_IMGUR_CLIENT_ID: imgur.oauth.clientId,
      ALBARETTO_HAPPY_ACCIDENTS_TOKEN: happyAccidents.token,
      REPLICATE_API_TOKEN: replicate.token,
    },
    close: () => proxy.close(),
  };
}
