/** Listeners on ports of 127.0.0.1, without names and without TLS. */

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Loopback {
  /** `http://127.0.0.1:port` of each listener, in their order. */
  readonly origins: readonly string[];
  /** Ends every connection, stalled ones too. */
  close(): Promise<void>;
}

export async function listenOnLoopback(listeners: readonly RequestListener[]): Promise<Loopback> {
  const servers = listeners.map((listener) => createServer(listener));
  const origins = await Promise.all(servers.map(listen));
  return {
    origins,
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
