/** The fake on three ports of 127.0.0.1, without names and without TLS. */

import { listenOnLoopback } from '../service/loopback.js';
import { createFakeComfyUi, type FakeComfyUi, type FakeComfyUiOptions } from './index.js';

export interface LoopbackComfyUi {
  readonly fake: FakeComfyUi;
  readonly serverUrl: string;
  readonly cloudUrl: string;
  readonly mediaOrigin: string;
  /** Ends every connection, stalled ones too. */
  close(): Promise<void>;
}

export async function startFakeComfyUi(
  options: Omit<FakeComfyUiOptions, 'mediaOrigin'> = {},
): Promise<LoopbackComfyUi> {
  let mediaOrigin = '';
  const fake = createFakeComfyUi({ ...options, mediaOrigin: () => mediaOrigin });
  const { origins, close } = await listenOnLoopback([fake.serverListener, fake.cloudListener, fake.mediaListener]);
  mediaOrigin = origins[2]!;
  return { fake, serverUrl: origins[0]!, cloudUrl: origins[1]!, mediaOrigin, close };
}
