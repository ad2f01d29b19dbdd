/** The fake services behind one loopback proxy, and the environment in which the unmodified program finds them there. */

import { resolve } from 'node:path';
import {
  API_HOST,
  BLOB_HOST,
  createFakeDalle2,
  type FakeDalle2,
  type FakeDalle2Options,
} from '../fakes/dalle2/index.js';
import { createFakeGoogle, type FakeGoogle, type FakeGoogleOptions } from '../fakes/google/index.js';
import { type LoopbackProxy, startProxy } from '../fakes/proxy.js';

export interface Services {
  readonly dalle2: FakeDalle2;
  readonly google: FakeGoogle;
  readonly proxy: LoopbackProxy;
  /** HTTPS_PROXY, the proxy's certificate, the token. */
  readonly env: Readonly<Record<string, string>>;
  /** A browser whose user gives consent as `google.consent` says. */
  readonly browser: string;
  close(): Promise<void>;
}

export async function startServices(
  options: { dalle2?: FakeDalle2Options; google?: FakeGoogleOptions } = {},
): Promise<Services> {
  const dalle2 = createFakeDalle2(options.dalle2);
  const google = createFakeGoogle(options.google);
  const proxy = await startProxy({
    hosts: { [API_HOST]: dalle2.apiListener, [BLOB_HOST]: dalle2.blobListener, ...google.routes },
  });
  return {
    dalle2,
    google,
    proxy,
    env: { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: proxy.caFile, ALBARETTO_DALLE2_TOKEN: dalle2.token },
    browser: `${process.execPath} ${resolve('test/support/browser.mjs')}`,
    close: () => proxy.close(),
  };
}
