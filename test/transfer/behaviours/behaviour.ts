/** One row of the table of server behaviours, and the words that its scripts are written in. */

import { createHash } from 'node:crypto';
import type * as net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorCode } from '../../../src/errors.js';
import type { Timeouts } from '../../../src/http/client.js';
import type { Location } from '../../../src/plugin.js';
import type { Wanted } from '../../../src/transfer/download.js';
import { png } from '../../support/pictures.js';
import type { Arrival, Step } from './scripted-server.js';

export interface Behaviour {
  /** Reads after `a server`: `closes the connection before any answer`. */
  readonly name: string;
  /** What it does with the requests, in order; the last one is done again and again. */
  readonly script: readonly Step[];
  /** The right bytes, or the code of the failure. */
  readonly expect: 'bytes' | ErrorCode;
  /** How many requests it sees, where that is certain. */
  readonly requests?: number;
  /** What the bytes are. Default: {@link PICTURE}. */
  readonly body?: Buffer;
  /** Limits on waiting in milliseconds; without them no wait is short enough to run out on a busy machine. */
  readonly limits?: Partial<Timeouts>;
  /** Waits between tries in milliseconds, where they are the point. */
  readonly waits?: readonly number[];
  readonly maxBytes?: number;
  readonly wanted?: Partial<Wanted>;
  readonly location?: Partial<Extract<Location, { kind: 'request' }>>;
  /** What a second server does, at {@link Arrival.other}. */
  readonly other?: readonly Step[];
  /** Instead of HTTP. */
  readonly onConnection?: (socket: net.Socket) => void;
  /** Makes what it speaks TLS with; `believed` is what the client is told to believe. */
  readonly tls?: () => Promise<{ readonly key: string; readonly cert: string; readonly believed?: string }>;
  /** Whether its address says https although it speaks no TLS. */
  readonly secure?: boolean;
  /** Looks at what came to the server, and to the second one. */
  check?(arrivals: readonly Arrival[], others: readonly Arrival[]): void;
}

/** A few kilobytes, so that it comes in several packets and does not fit into the memory of these tests. */
export const PICTURE = png(50, 50, 1);
/** The same picture after somebody changed it. */
export const CHANGED = png(50, 50, 2);
export const HALF = PICTURE.length >> 1;
export const LENGTH = `Content-Length: ${PICTURE.length}`;

export const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64');

/** `HTTP/1.1 200 OK` and these lines, with the empty one behind them. */
export function head(lines: readonly string[], status = '200 OK'): string {
  return `${[`HTTP/1.1 ${status}`, ...lines].join('\r\n')}\r\n\r\n`;
}

type End = 'keep' | 'close' | 'reset';

/** Says exactly this; afterwards the connection is kept, closed in order, or reset. */
export function says(parts: readonly (string | Buffer)[], end: End = 'keep'): Step {
  return async ({ send, socket }) => {
    await send(...parts);
    if (end === 'close') socket.end();
    if (end === 'reset') {
      await delay(15); // a reset overtakes what is still on its way
      socket.resetAndDestroy();
    }
  };
}

/** A whole answer with its length. */
export function answers(body: Buffer | string, lines: readonly string[] = [], status = '200 OK'): Step {
  const bytes = Buffer.from(body);
  return says([head([`Content-Length: ${bytes.length}`, ...lines], status), bytes]);
}

/** The whole picture. */
export const wholePicture: Step = answers(PICTURE);

/** The picture's length and its first half. */
export function half(lines: readonly string[] = [], end: End = 'close'): Step {
  return says([head([LENGTH, ...lines]), PICTURE.subarray(0, HALF)], end);
}

/** A status and nothing else. */
export function refuses(status: string, lines: readonly string[] = []): Step {
  return answers('', lines, status);
}

/** Never says anything more than this. */
export function stalls(...parts: readonly (string | Buffer)[]): Step {
  return says(parts);
}

/** Says this again and again until nobody listens any more. */
export function repeats(first: string, part: string | Buffer, every = 0): Step {
  return async ({ send, socket }) => {
    await send(first);
    while (!socket.destroyed) {
      await send(part);
      await delay(every);
    }
  };
}

/** One chunk of chunked coding. */
export function chunk(bytes: Buffer, extension = ''): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}${extension}\r\n`), bytes, Buffer.from('\r\n')]);
}

export const LAST_CHUNK = '0\r\n\r\n';
export const CHUNKED = 'Transfer-Encoding: chunked';
