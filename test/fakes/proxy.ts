/**
 * An HTTP proxy on 127.0.0.1 that plays the hosts which a test names: it ends TLS itself, so that an unmodified program
 * speaks to the services' real host names while no packet leaves the machine.
 */

import * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { type Certificates, createCertificates } from './certificates.js';

export interface ProxyOptions {
  /** Who serves which host. A name is exact or `*.suffix`; an exact name wins. */
  readonly hosts: Readonly<Record<string, http.RequestListener>>;
  /** An authority to share with others; the caller closes it. Without it the proxy makes one of its own. */
  readonly certificates?: Certificates;
}

/** One request that reached a known host, through a tunnel or in absolute form. */
export interface ProxiedRequest {
  readonly host: string;
  readonly method: string;
  /** With the query, exactly as the client sent it. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Whether it came inside TLS. */
  readonly secure: boolean;
}

export interface LoopbackProxy {
  /** `http://127.0.0.1:port`, for HTTPS_PROXY and HTTP_PROXY. */
  readonly url: string;
  readonly port: number;
  /** The authority's certificate as a file, for NODE_EXTRA_CA_CERTS and the like. */
  readonly caFile: string;
  /** `host:port` of every tunnel that was opened, in order. */
  readonly connects: string[];
  /** `host:port` of everything that was asked for and is not a known host: proof that nothing else was contacted. */
  readonly refused: string[];
  readonly requests: ProxiedRequest[];
  /** Ends every socket, idle ones too, and removes the temporary files. May be called twice. */
  close(): Promise<void>;
}

interface Target {
  readonly host: string;
  readonly listener: http.RequestListener;
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startProxy(options: ProxyOptions): Promise<LoopbackProxy> {
  const certificates = options.certificates ?? (await createCertificates());
  const front = new ProxyFront(options.hosts, certificates);
  const port = await front.listen();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    caFile: certificates.caFile(),
    connects: front.connects,
    refused: front.refused,
    requests: front.requests,
    async close() {
      await front.close();
      if (options.certificates === undefined) certificates.close();
    },
  };
}

class ProxyFront {
  readonly connects: string[] = [];
  readonly refused: string[] = [];
  readonly requests: ProxiedRequest[] = [];
  readonly #routes: ReadonlyMap<string, http.RequestListener>;
  readonly #sockets = new Set<Duplex>();
  readonly #targets = new WeakMap<Duplex, Target>();
  readonly #outer = http.createServer((request, response) => this.#serveAbsoluteForm(request, response));
  /** Never listens: it is handed the sockets of tunnels. */
  readonly #inner = http.createServer((request, response) => this.#serveTunnelled(request, response));

  constructor(
    hosts: ProxyOptions['hosts'],
    private readonly certificates: Certificates,
  ) {
    this.#routes = new Map(Object.entries(hosts).map(([name, listener]) => [name.toLowerCase(), listener]));
    this.#outer.on('connect', (request, socket, head) => this.#openTunnel(request, socket, head));
    this.#outer.on('connection', (socket) => this.#remember(socket));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#outer.listen(0, '127.0.0.1', resolve));
    return (this.#outer.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#outer.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #remember(socket: Duplex): void {
    this.#sockets.add(socket);
    // A peer may vanish at any moment; that is the subject of some tests and never a failure of the proxy.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #deliver(target: Target, secure: boolean, request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method = 'GET', url = '/', headers } = request;
    this.requests.push({ host: target.host, method, path: url, headers: { ...headers }, secure });
    target.listener(request, response);
  }

  #serveAbsoluteForm(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url!) : undefined;
    const target = url && url.protocol === 'http:' && url.port === '' ? find(this.#routes, url.hostname) : undefined;
    if (url === undefined || target === undefined) {
      this.refused.push(url === undefined ? (request.url ?? '') : `${url.hostname}:${url.port || '80'}`);
      return void response.writeHead(403, { 'Content-Type': 'text/plain' }).end('host not played by this proxy\n');
    }
    request.url = `${url.pathname}${url.search}`;
    this.#deliver(target, false, request, response);
  }

  #serveTunnelled(request: http.IncomingMessage, response: http.ServerResponse): void {
    const target = this.#targets.get(request.socket);
    if (target === undefined) return void request.socket.destroy();
    // A reused tunnel that carries another host's request is a client's mistake that a real server answers like this.
    if (hostOf(request) !== target.host) return void response.writeHead(421).end('misdirected request\n');
    this.#deliver(target, request.socket instanceof tls.TLSSocket, request, response);
  }

  #openTunnel(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const authority = (request.url ?? '').toLowerCase();
    const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(authority) ?? [];
    const target = port === '443' || port === '80' ? find(this.#routes, host) : undefined;
    if (target === undefined) {
      this.refused.push(authority);
      return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    }
    this.connects.push(authority);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    if (port === '80') this.#serve(socket, target);
    else this.#endTls(socket as Socket, target).catch(() => socket.destroy());
  }

  async #endTls(socket: Socket, target: Target): Promise<void> {
    // The host's own name, not the pattern: a pattern may stand for more labels than a wildcard certificate covers.
    const secureContext = tls.createSecureContext(await this.certificates.issue([target.host]));
    const secure = new tls.TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
    this.#remember(secure);
    secure.once('secure', () => this.#serve(secure, target));
  }

  #serve(socket: Duplex, target: Target): void {
    this.#targets.set(socket, target);
    this.#inner.emit('connection', socket);
  }
}

function find(routes: ReadonlyMap<string, http.RequestListener>, name: string): Target | undefined {
  const host = name.toLowerCase();
  const exact = routes.get(host);
  if (exact !== undefined) return { host, listener: exact };
  for (const [pattern, listener] of routes) {
    if (pattern.startsWith('*.') && host.endsWith(pattern.slice(1))) return { host, listener };
  }
  return undefined;
}

function hostOf(request: http.IncomingMessage): string {
  return (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
}
