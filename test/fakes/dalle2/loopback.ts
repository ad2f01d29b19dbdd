/** The fake on two ports of 127.0.0.1, without names and without TLS. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  const servers = [createServer(fake.apiListener), createServer(fake.blobListener)];
  const [apiOrigin, ownBlobOrigin] = await Promise.all(servers.map(listen));
  blobOrigin = ownBlobOrigin!;
  return {
    fake,
    apiUrl: `${apiOrigin}/api/labs`,
    blobOrigin,
    async close() {
      await Promise.all(servers.map(stop));
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
