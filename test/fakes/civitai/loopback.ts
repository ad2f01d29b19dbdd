/** The fake on four ports of 127.0.0.1, without names and without TLS. */

import { listenOnLoopback } from '../service/loopback.js';
import { createFakeCivitai, type FakeCivitai, type FakeCivitaiOptions } from './index.js';

export interface LoopbackCivitai {
  readonly fake: FakeCivitai;
  /** Without `/v2/consumer`. */
  readonly orchestratorOrigin: string;
  readonly contentOrigin: string;
  /** Without `/api/v1`. */
  readonly siteOrigin: string;
  readonly cdnOrigin: string;
  /** Ends every connection, stalled ones too. */
  close(): Promise<void>;
}

type Origins = 'orchestratorOrigin' | 'contentOrigin' | 'siteOrigin' | 'cdnOrigin';

export async function startFakeCivitai(options: Omit<FakeCivitaiOptions, Origins> = {}): Promise<LoopbackCivitai> {
  let origins: readonly string[] = [];
  const fake = createFakeCivitai({
    ...options,
    orchestratorOrigin: () => origins[0]!,
    contentOrigin: () => origins[1]!,
    siteOrigin: () => origins[2]!,
    cdnOrigin: () => origins[3]!,
  });
  const { orchestratorListener, contentListener, siteListener, cdnListener } = fake;
  const loopback = await listenOnLoopback([orchestratorListener, contentListener, siteListener, cdnListener]);
  origins = loopback.origins;
  return {
    fake,
    orchestratorOrigin: origins[0]!,
    contentOrigin: origins[1]!,
    siteOrigin: origins[2]!,
    cdnOrigin: origins[3]!,
    close: loopback.close,
  };
}
