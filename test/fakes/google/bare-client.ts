/** A client without opinions for the tests of the fake: it sends what it is told, directly to a loopback port. */

import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FakeGoogle } from './index.js';

export interface BareAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any form
  readonly json: any;
}

export interface BareRequest {
  readonly token?: string;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface BareClient {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** `target` is a path or an address under `origin`. Rejects where the connection ends without a whole answer. */
  call(method: string, target: string, request?: BareRequest): Promise<BareAnswer>;
  close(): Promise<void>;
}

/** Serves the fake on a free port of 127.0.0.1. */
export async function connect(google: Pick<FakeGoogle, 'listener'>): Promise<BareClient> {
  const server = http.createServer(google.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    call: (method, target, request = {}) => send(method, new URL(target, origin), request),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A body of type multipart/related and the header that goes with it. */
export function multipart(parts: ReadonlyArray<readonly [type: string, body: Buffer | string]>): BareRequest {
  const boundary = 'a-boundary';
  const pieces = parts.flatMap(([type, body]) => [`--${boundary}\r\nContent-Type: ${type}\r\n\r\n`, body, '\r\n']);
  const body = Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece)));
  return { body, headers: { 'Content-Type': `multipart/related; boundary=${boundary}` } };
}

function send(method: string, url: URL, request: BareRequest): Promise<BareAnswer> {
  const headers: Record<string, string | number> = { ...request.headers };
  if (request.token !== undefined) headers.Authorization = `Bearer ${request.token}`;
  if (request.json !== undefined) headers['Content-Type'] ??= 'application/json; charset=UTF-8';
  if (request.form !== undefined) headers['Content-Type'] ??= 'application/x-www-form-urlencoded';
  const text = request.json === undefined ? request.body : JSON.stringify(request.json);
  const body = Buffer.from(request.form === undefined ? (text ?? '') : new URLSearchParams(request.form).toString());
  if (method !== 'GET') headers['Content-Length'] ??= body.length;
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      response.on('end', () => resolve(readAnswer(response, Buffer.concat(chunks))));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function readAnswer(response: http.IncomingMessage, body: Buffer): BareAnswer {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    json = undefined;
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body, json };
}
