/** The fake on two ports of 127.0.0.1, without names and without TLS. */

import { listenOnLoopback } from '../service/loopback.js';
import { createFakeOpenAi, type FakeOpenAi, type FakeOpenAiOptions } from './index.js';

export interface LoopbackOpenAi {
  readonly fake: FakeOpenAi;
  /** Ends with `/v1`. */
  readonly apiUrl: string;
  readonly pictureOrigin: string;
  /** Ends every connection, stalled ones too. */
  close(): Promise<void>;
}

export async function startFakeOpenAi(options: Omit<FakeOpenAiOptions, 'pictureOrigin'> = {}): Promise<LoopbackOpenAi> {
  let pictureOrigin = '';
  const fake = createFakeOpenAi({ ...options, pictureOrigin: () => pictureOrigin });
  const { origins, close } = await listenOnLoopback([fake.apiListener, fake.pictureListener]);
  pictureOrigin = origins[1]!;
  return { fake, apiUrl: `${origins[0]}/v1`, pictureOrigin, close };
}
