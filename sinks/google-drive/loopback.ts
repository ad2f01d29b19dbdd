/**
 * The server on 127.0.0.1 that a sign-in ends at. It lives for one sign-in, answers one redirect with the right state, and
 * nothing else that comes by (the icon a browser asks for, a second visit, a stranger) changes anything.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PAGE_HEADERS, PAGES, type Page, renderPage } from './pages.js';
import { type RedirectAnswer, readRedirect } from './redirect.js';

export interface Loopback {
  /** What Google is told to redirect to. */
  readonly redirectUri: string;
  readonly port: number;
  /** Resolves at the first redirect of this sign-in; stays pending when none comes. */
  readonly answer: Promise<RedirectAnswer>;
  /** Ends the server and every connection. */
  close(): Promise<void>;
}

export interface LoopbackOptions {
  readonly state: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** For clients that may be redirected to one registered address only; its host and path are obeyed. */
  readonly redirect?: string | undefined;
}

const ORIGIN = 'http://127.0.0.1';
/** Milliseconds that connections get to take their last page before they are cut. */
const GRACE = 500;

/** Rejects with the system's error (`EADDRINUSE`, `EACCES`) when the port cannot be had. */
export async function listenForRedirect(options: LoopbackOptions): Promise<Loopback> {
  const registered = options.redirect === undefined ? undefined : new URL(options.redirect);
  const path = registered?.pathname ?? '/';
  const host = registered?.hostname === '[::1]' ? '::1' : '127.0.0.1';
  let settle: (answer: RedirectAnswer) => void = () => undefined;
  const answer = new Promise<RedirectAnswer>((resolve) => {
    settle = resolve;
  });
  let settled = false;

  const server = createServer((request, response) => {
    const reading = settled ? 'settled' : read(request, path, options.state);
    if (typeof reading === 'string') return send(response, PAGES[reading]);
    settled = true;
    // The page goes out before the sign-in goes on, because the server ends with it.
    response.once('close', () => settle(reading));
    send(response, reading.kind === 'code' ? PAGES.received : PAGES.refused);
  });
  await listen(server, options.port, host);
  const { port } = server.address() as AddressInfo;
  return {
    redirectUri: options.redirect ?? `http://127.0.0.1:${port}/`,
    port,
    answer,
    close: () => end(server),
  };
}

function read(request: IncomingMessage, path: string, state: string): RedirectAnswer | keyof typeof PAGES {
  const asked = request.url ?? '/';
  // Anybody on this machine may ask for anything: `//` would be a host without a name.
  const url = URL.canParse(asked, ORIGIN) ? new URL(asked, ORIGIN) : undefined;
  if (url?.pathname !== path) return 'unknown';
  if (request.method !== 'GET') return 'wrongMethod';
  const reading = readRedirect(url.searchParams, state);
  return reading.kind === 'foreign' || reading.kind === 'incomplete' ? reading.kind : reading;
}

function send(response: ServerResponse, page: Page): void {
  const body = renderPage(page);
  response.writeHead(page.status, { ...PAGE_HEADERS, 'content-length': Buffer.byteLength(body) }).end(body);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function end(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), GRACE);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
