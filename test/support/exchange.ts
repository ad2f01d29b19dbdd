/** Sends a request exactly as it is written and says all that came back, also when that was no whole answer. */

import type { Agent as HttpAgent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as startPlain } from 'node:http';
import { request as startSecure } from 'node:https';

export interface Exchanged {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** False where the connection ended before the answer did. */
  readonly whole: boolean;
}

export interface ExchangeOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent?: HttpAgent;
  readonly signal?: AbortSignal;
}

/** Rejects where no head of an answer came. The path is sent byte for byte; no URL parser sees it. */
export function exchange(url: string, options: ExchangeOptions = {}): Promise<Exchanged> {
  const [, origin = '', path = ''] = /^(https?:\/\/[^/]+)(\/.*)$/u.exec(url) ?? [];
  const { protocol, hostname, port } = new URL(origin);
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    let answered = false;
    const start = protocol === 'https:' ? startSecure : startPlain;
    const sent = start({ hostname, port, path, ...rest }, (response) => {
      answered = true;
      collect(response).then(resolve, reject);
    });
    // Later failures are told by the answer's own stream.
    sent.on('error', (error) => {
      if (!answered) reject(error);
    });
    sent.end(body);
  });
}

function collect(response: IncomingMessage): Promise<Exchanged> {
  const parts: Buffer[] = [];
  const { statusCode: status = 0, headers } = response;
  return new Promise((resolve) => {
    const end = (whole: boolean) => resolve({ status, headers, body: Buffer.concat(parts), whole });
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('end', () => end(true));
    response.on('error', () => end(false));
  });
}
