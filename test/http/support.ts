/** Real servers on 127.0.0.1 and the program's own client, for the tests of this room. */

import * as http from 'node:http';
import * as net from 'node:net';
import type { AlbarettoError } from '../../src/errors.js';
import type { TrustedPlace } from '../../src/http/address.js';
import { type ConnectionOptions, createAgents } from '../../src/http/agents.js';
import { createHttpClient, type Exchange, type HttpClient, type OpenAnswer } from '../../src/http/client.js';

export interface TestServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  readonly port: number;
  /** Every request's head, in order. */
  readonly requests: { readonly method: string; readonly url: string; readonly headers: http.IncomingHttpHeaders }[];
  /** Connections that are open now. */
  readonly sockets: ReadonlySet<net.Socket>;
  close(): Promise<void>;
}

const LOOPBACK: TrustedPlace = { host: '127.0.0.1', plain: true };

/** Collects what a test opens; `closeAll` belongs in its `afterEach`. */
export function createWorkshop() {
  const closing: (() => unknown)[] = [];
  return {
    async serve(listener: http.RequestListener, options: http.ServerOptions = {}): Promise<TestServer> {
      const requests: TestServer['requests'] = [];
      const server = http.createServer(options, (request, response) => {
        requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
        listener(request, response);
      });
      return listen(server, requests, closing);
    },
    /** Speaks bytes, for answers that no honest server gives. */
    async serveBytes(handle: (socket: net.Socket) => void): Promise<TestServer> {
      const server = net.createServer((socket) => {
        socket.on('error', () => socket.destroy());
        socket.resume(); // or the end of the connection would never be seen
        handle(socket);
      });
      return listen(server, [], closing);
    },
    client(options: Partial<ConnectionOptions> & { trace?(line: string): void } = {}): HttpClient {
      const { trace, ...connection } = options;
      const agents = createAgents({ environmentProxy: () => '', ...connection });
      const client = createHttpClient({
        agents,
        userAgent: 'albaretto-test',
        ...(trace === undefined ? {} : { trace }),
      });
      closing.push(() => client.close());
      return client;
    },
    later(close: () => unknown): void {
      closing.push(close);
    },
    async closeAll(): Promise<void> {
      for (const close of closing.splice(0).reverse()) await close();
    },
  };
}

async function listen(
  server: net.Server,
  requests: TestServer['requests'],
  closing: (() => unknown)[],
): Promise<TestServer> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  closing.push(close);
  return { origin: `http://127.0.0.1:${port}`, port, requests, sockets, close };
}

let decompress = true;

/** Requests are those for media from here on, which another client sends. */
export function askForMedia(): void {
  decompress = false;
}

/** A GET of a service that lives on this machine, unless the test says otherwise. */
export function exchange(url: string, more: Partial<Exchange> = {}): Exchange {
  return { method: 'GET', url, decompress, what: 'reading it', trusted: [LOOPBACK], ...more };
}

/** The whole body as text. */
export async function textOf(answer: OpenAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The failure of what must fail. */
export async function failureOf(work: Promise<unknown>): Promise<AlbarettoError> {
  try {
    await work;
  } catch (thrown) {
    return thrown as AlbarettoError;
  }
  throw new Error('this should have failed');
}

/** The failure of what must fail at once. */
export function thrownBy(work: () => unknown): AlbarettoError {
  try {
    work();
  } catch (thrown) {
    return thrown as AlbarettoError;
  }
  throw new Error('this should have failed');
}

/** Waits until a condition holds; the test's own time limit is the only other end. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
