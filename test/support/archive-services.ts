/** The services whose archives are continued, and Google Drive, behind one loopback proxy under their real names. */

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

export interface ArchiveServices {
  readonly imgur: FakeImgur;
  readonly happyAccidents: FakeHappyAccidents;
  readonly google: FakeGoogle;
  readonly proxy: LoopbackProxy;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startArchiveServices(
  options: { imgur?: FakeImgurOptions; happyAccidents?: FakeHappyAccidentsOptions } = {},
): Promise<ArchiveServices> {
  const imgur = createFakeImgur(options.imgur);
  const happyAccidents = createFakeHappyAccidents(options.happyAccidents);
  const google = createFakeGoogle();
  const proxy = await startProxy({
    hosts: {
      [IMGUR_API]: imgur.apiListener,
      [MEDIA_HOST]: imgur.mediaListener,
      [WEB_HOST]: imgur.webListener,
      [HAPPY_ACCIDENTS_API]: happyAccidents.apiListener,
      [IMAGE_HOST]: happyAccidents.imageListener,
      ...google.routes,
    },
  });
  return {
    imgur,
    happyAccidents,
    google,
    proxy,
    env: {
      HTTPS_PROXY: proxy.url,
      NODE_EXTRA_CA_CERTS: proxy.caFile,
      ALBARETTO_IMGUR_CLIENT_ID: imgur.oauth.clientId,
      ALBARETTO_HAPPY_ACCIDENTS_TOKEN: happyAccidents.token,
    },
    close: () => proxy.close(),
  };
}
