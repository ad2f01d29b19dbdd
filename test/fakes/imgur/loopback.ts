/** The fake on three ports of 127.0.0.1, without names and without TLS. */

import { listenOnLoopback } from '../service/loopback.js';
import { createFakeImgur, type FakeImgur, type FakeImgurOptions } from './index.js';

export interface LoopbackImgur {
  readonly fake: FakeImgur;
  /** Without a path: `/3/`, `/post/v1/` and `/oauth2/token` stand beside each other. */
  readonly apiUrl: string;
  readonly mediaOrigin: string;
  readonly webOrigin: string;
  /** Ends every connection, stalled ones too. */
  close(): Promise<void>;
}

export async function startFakeImgur(options: Omit<FakeImgurOptions, 'mediaOrigin'> = {}): Promise<LoopbackImgur> {
  let mediaOrigin = '';
  const fake = createFakeImgur({ ...options, mediaOrigin: () => mediaOrigin });
  const { origins, close } = await listenOnLoopback([fake.apiListener, fake.mediaListener, fake.webListener]);
  mediaOrigin = origins[1]!;
  return { fake, apiUrl: origins[0]!, mediaOrigin, webOrigin: origins[2]!, close };
}
