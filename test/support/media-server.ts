/** A host of pictures on a loopback port that answers what the test says, one answer a request. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Reply = (response: ServerResponse, request: IncomingMessage) => void;

export interface MediaServer {
  /** Without a final slash. */
  readonly origin: string;
  /** Every request that came, oldest first. */
  readonly requests: readonly IncomingMessage[];
  /** Connections on which a request is under way. */
  running(): number;
  /** The answers to the next requests, in order; the last one is given again and again. */
  answer(...replies: Reply[]): void;
  close(): Promise<void>;
}

export async function startMediaServer(): Promise<MediaServer> {
  const requests: IncomingMessage[] = [];
  let replies: Reply[] = [];
  let running = 0;
  const server: Server = createServer((request, response) => {
    requests.push(request);
    running += 1;
    response.on('close', () => {
      running -= 1;
    });
    response.on('error', () => undefined);
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply === undefined) response.writeHead(500).end();
    else reply(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    running: () => running,
    answer: (...given) => {
      replies = given;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

type Headers = Readonly<Record<string, string>>;

/** The whole body under its length. */
export const whole =
  (body: Buffer, headers: Headers = {}): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': String(body.length), ...headers });
    response.end(body);
  };

/** The whole body in chunked coding, without a length. */
export const chunked =
  (body: Buffer): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'image/png' });
    response.write(body.subarray(0, body.length >> 1));
    response.end(body.subarray(body.length >> 1));
  };

/** Half of the body under the whole length; then the connection is closed. */
export const cut =
  (body: Buffer): Reply =>
  (response) => {
    response.writeHead(200, { 'content-length': String(body.length) });
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
  };

/** Half of the body without a length, and an orderly close. */
export const closedEarly =
  (body: Buffer): Reply =>
  (response) => {
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
    response.writeHead(200, { 'content-type': 'image/png' });
    response.end(body.subarray(0, body.length >> 1));
  };

/** Half of the body, and then nothing. */
export const stalled =
  (body: Buffer): Reply =>
  (response) => {
    response.writeHead(200, { 'content-length': String(body.length) });
    response.write(body.subarray(0, body.length >> 1));
  };

export const status =
  (code: number, headers: Headers = {}, body = ''): Reply =>
  (response) => {
    response.writeHead(code, headers);
    response.end(body);
  };
