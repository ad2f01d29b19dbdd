/** The fake on two ports of 127.0.0.1, without names and without TLS. */

import { listenOnLoopback } from '../service/loopback.js';
import { createFakeReplicate, type FakeReplicate, type FakeReplicateOptions } from './index.js';

export interface LoopbackReplicate {
  readonly fake: FakeReplicate;
  /** Ends with `/v1`. */
  readonly apiUrl: string;
  readonly deliveryOrigin: string;
  /** Ends every connection, stalled ones too. */
  close(): Promise<void>;
}

export async function startFakeReplicate(
  options: Omit<FakeReplicateOptions, 'apiOrigin' | 'deliveryOrigin'> = {},
): Promise<LoopbackReplicate> {
  let [apiOrigin, deliveryOrigin] = ['', ''];
  const origins = { apiOrigin: () => apiOrigin, deliveryOrigin: () => deliveryOrigin };
  const fake = createFakeReplicate({ ...options, ...origins });
  const loopback = await listenOnLoopback([fake.apiListener, fake.deliveryListener]);
  apiOrigin = loopback.origins[0]!;
  deliveryOrigin = loopback.origins[1]!;
  return { fake, apiUrl: `${apiOrigin}/v1`, deliveryOrigin, close: loopback.close };
}
