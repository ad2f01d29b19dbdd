/** The fake on two ports of 127.0.0.1, without names and without TLS. */

import { listenOnLoopback } from '../service/loopback.js';
import { createFakeDalle2, type FakeDalle2, type FakeDalle2Options } from './index.js';

export interface LoopbackDalle2 {
  readonly fake: FakeDalle2;
  /** Ends with `/api/labs`. */
  readonly apiUrl: string;
  readonly blobOrigin: string;
  /** Ends every connection, stalled ones too. */
  close(): Promise<void>;
}

export async function startFakeDalle2(options: Omit<FakeDalle2Options, 'blobOrigin'> = {}): Promise<LoopbackDalle2> {
  let blobOrigin = '';
  const fake = createFakeDalle2({ ...options, blobOrigin: () => blobOrigin });
  const { origins, close } = await listenOnLoopback([fake.apiListener, fake.blobListener]);
  blobOrigin = origins[1]!;
  return { fake, apiUrl: `${origins[0]}/api/labs`, blobOrigin, close };
}
