/** A server that says exactly the bytes that a test wants, over a raw socket: no library mends what it says. */

import * as net from 'node:net';
import * as tls from 'node:tls';

/** One request that came. */
export interface Arrival {
  /** From 1, over all connections. */
  readonly number: number;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly socket: net.Socket;
  /** `http://127.0.0.1:port` of this server. */
  readonly origin: string;
  /** Of the second server of a test. */
  readonly other: string;
  /** Resolves when the system has taken it all. */
  send(...parts: readonly (string | Buffer)[]): Promise<void>;
}

/** What the server does with one request. */
export type Step = (arrival: Arrival) => unknown;

export interface ScriptedServer {
  readonly origin: string;
  readonly arrivals: readonly Arrival[];
  /** How often somebody connected. */
  readonly connections: number;
  /** Connections that are open now. */
  readonly sockets: ReadonlySet<net.Socket>;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** What is done with the requests, in order; the last one is done again and again. */
  readonly script: readonly Step[];
  /** Instead of the script: what is done with a connection itself, before anything is read. */
  readonly onConnection?: ((socket: net.Socket) => void) | undefined;
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** Whether its address says https, without regard to what it speaks. */
  readonly secure?: boolean | undefined;
  readonly other?: string | undefined;
}

export async function startScriptedServer(options: ServerOptions): Promise<ScriptedServer> {
  const sockets = new Set<net.Socket>();
  const arrivals: Arrival[] = [];
  let connections = 0;
  let origin = '';
  const serve = (socket: net.Socket) => {
    connections += 1;
    remember(socket, sockets);
    if (options.onConnection !== undefined) {
      socket.resume(); // or the end of the connection would never be seen
      return options.onConnection(socket);
    }
    readHeads(socket, (head) => {
      const arrival = arrivalOf(head, socket, { number: arrivals.length + 1, origin, other: options.other ?? '' });
      arrivals.push(arrival);
      const step = options.script[Math.min(arrivals.length, options.script.length) - 1];
      step?.(arrival);
    });
  };
  const server = options.tls === undefined ? net.createServer(serve) : tls.createServer(options.tls, serve);
  // A client that refuses our certificate breaks off; that is what some tests want.
  server.on('tlsClientError', () => undefined);
  if (options.tls !== undefined) server.on('connection', (socket: net.Socket) => remember(socket, sockets));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  origin = `http${options.tls !== undefined || options.secure === true ? 's' : ''}://127.0.0.1:${port}`;
  return {
    origin,
    arrivals,
    get connections() {
      return connections;
    },
    sockets,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function remember(socket: net.Socket, sockets: Set<net.Socket>): void {
  sockets.add(socket);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
}

/** Heads of requests without bodies, as they come; several may come on one connection. */
function readHeads(socket: net.Socket, onHead: (head: string) => void): void {
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      onHead(text.slice(0, end));
      text = text.slice(end + 4);
    }
  });
}

function arrivalOf(head: string, socket: net.Socket, place: Pick<Arrival, 'number' | 'origin' | 'other'>): Arrival {
  const [request = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return {
    ...place,
    path: request.split(' ')[1] ?? '',
    headers: Object.fromEntries(headers),
    socket,
    async send(...parts) {
      for (const part of parts) {
        if (socket.destroyed) return;
        await new Promise<void>((resolve) => socket.write(part, () => resolve()));
      }
    },
  };
}
