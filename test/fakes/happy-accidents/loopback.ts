/** The fake on two ports of 127.0.0.1, without names and without TLS. */

import { listenOnLoopback } from '../service/loopback.js';
import { createFakeHappyAccidents, type FakeHappyAccidents, type FakeHappyAccidentsOptions } from './index.js';

export interface LoopbackHappyAccidents {
  readonly fake: FakeHappyAccidents;
  /** Ends with `/v1`. */
  readonly apiUrl: string;
  readonly imageOrigin: string;
  /** Ends every connection, stalled ones too. */
  close(): Promise<void>;
}

export async function startFakeHappyAccidents(
  options: Omit<FakeHappyAccidentsOptions, 'imageOrigin'> = {},
): Promise<LoopbackHappyAccidents> {
  let imageOrigin = '';
  const fake = createFakeHappyAccidents({ ...options, imageOrigin: () => imageOrigin });
  const { origins, close } = await listenOnLoopback([fake.apiListener, fake.imageListener]);
  imageOrigin = origins[1]!;
  return { fake, apiUrl: `${origins[0]}/v1`, imageOrigin, close };
}
