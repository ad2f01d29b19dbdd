/**
 * One request on its way, before any rule of ours: by got where a service is spoken to, and by Node's own client where
 * media come, which need nothing unpacked or uploaded.
 *
 * What got offers takes some half a millisecond of processor time a request, as much as Node needs to bring the hundred
 * kilobytes of a picture.
 */

import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import got, { type Request } from 'got';
import type { Agents } from './agents.js';

export interface Sending {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined`: none is sent. */
  readonly body: Buffer | string | undefined;
  readonly agents: ReturnType<Agents['agentsFor']>;
  /** Instead of the system's own. */
  readonly lookup: LookupFunction | undefined;
  /** Milliseconds for name look-up, TCP and TLS; a proxy's part in it is not timed. */
  readonly connect: number;
  readonly decompress: boolean;
}

export interface SendingListener {
  /** Once, unless it fails before. The body is destroyed by whoever does not read it to its end. */
  answered(head: IncomingMessage, body: Readable): void;
  /** Before the answer or after it, and perhaps more than once. What fails the body is told to its reader, too. */
  failed(error: Error): void;
}

/** To be destroyed as long as it has no answer. */
export interface SentRequest {
  destroy(): unknown;
}

/** Follows no redirect, tries nothing again, and takes every status for an answer. */
export function sendRequest(sending: Sending, listener: SendingListener): SentRequest {
  const simple = !sending.decompress && sending.body === undefined;
  return simple ? sendDirectly(sending, listener) : sendByGot(sending, listener);
}

function sendByGot({ url, method, headers, body, agents, ...rest }: Sending, listener: SendingListener): SentRequest {
  const { lookup, connect, decompress } = rest;
  const request = got(url, {
    isStream: true,
    method: method as 'GET',
    headers: { ...headers },
    ...(body === undefined ? {} : { body }),
    agent: agents,
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress,
    timeout: { lookup: connect, connect, secureConnect: connect },
    ...(lookup === undefined ? {} : { dnsLookup: lookup as never }),
  }) as unknown as Request;
  request.on('error', listener.failed);
  request.once('upgrade', refuseUpgrade(listener));
  request.once('response', (head: IncomingMessage) => listener.answered(head, request));
  return request;
}

function sendDirectly({ url, method, headers, agents, ...rest }: Sending, listener: SendingListener): SentRequest {
  const secure = url.protocol === 'https:';
  const request = (secure ? secureRequest : plainRequest)(url, {
    method,
    headers,
    agent: secure ? agents.https : agents.http,
    ...(rest.lookup === undefined ? {} : { lookup: rest.lookup }),
  });
  let answer: IncomingMessage | undefined;
  request.on('error', (error) => {
    // A body without a length would end well where its connection is reset.
    answer?.destroy(error);
    listener.failed(error);
  });
  request.once('upgrade', refuseUpgrade(listener));
  request.once('response', (head) => {
    answer = head;
    listener.answered(head, head);
  });
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => request.destroy(connectTimeout()), rest.connect);
    const connected = () => clearTimeout(timer);
    socket.once(secure ? 'secureConnect' : 'connect', connected).once('close', connected);
  });
  request.end();
  return request;
}

function connectTimeout(): Error {
  return Object.assign(new Error('the connection was not made in time'), { code: 'ETIMEDOUT' });
}

/** A 101 that nobody asked for hands its socket over; nobody else would close it. */
function refuseUpgrade({ failed }: SendingListener): (head: IncomingMessage, socket: Socket) => void {
  return (_head, socket) => {
    socket.destroy();
    failed(new Error('the protocol was changed'));
  };
}
