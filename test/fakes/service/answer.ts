/** Requests and answers as plain values, so that a fault can change an answer before it is sent. */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { stringify } from 'lossless-json';

export interface FakeRequest {
  readonly method: string;
  /** Path and query, exactly as they were sent. */
  readonly target: string;
  readonly path: string;
  /** What stands behind the first `?`, exactly as it was sent; empty where there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  /** The reason phrase, where the service has words of its own for it. */
  readonly reason?: string;
  /** Without Content-Length, which is that of the body. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export async function readRequest(message: IncomingMessage): Promise<FakeRequest> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  const target = message.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: message.method ?? 'GET',
    target,
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers: message.headers,
    body: Buffer.concat(parts),
  };
}

/** Numbers print as they were written where `value` holds them as `LosslessNumber`. */
export function jsonAnswer(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const own = { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, must-revalidate' };
  return { status, headers: { ...own, ...headers }, body: Buffer.from(stringify(value) ?? 'null', 'utf8') };
}
