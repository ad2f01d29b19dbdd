/**
 * The one HTTP client: every byte that the program sends or receives goes through `open`.
 *
 * It follows redirects itself, because the rules are ours: https only, at most five, no private addresses, and across
 * origins nothing but harmless headers goes along (promise 4). It never retries; `retry.ts` does.
 */

import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { AlbarettoError, interrupted } from '../errors.js';
import { DEFAULT_RETRY, parseRetryAfter } from '../retry.js';
import { checkUrl, publicLookup, type TrustedPlace } from './address.js';
import type { Agents } from './agents.js';
import { networkError, timeoutError, type Way } from './failures.js';
import { type Sending, type SentRequest, sendRequest } from './sent-request.js';
import { streamBody } from './stream-body.js';
import type { Traffic } from './traffic.js';

export interface Timeouts {
  /** Milliseconds for name look-up, TCP and TLS. */
  readonly connect: number;
  /** Milliseconds from the sent request to the first byte. */
  readonly firstByte: number;
  /** Milliseconds without a byte while the body comes. */
  readonly idle: number;
  /** Milliseconds of waiting for the whole body, however fast it comes; what its taker needs does not count. */
  readonly whole: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, firstByte: 60_000, idle: 30_000, whole: 21_600_000 };

export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers with secrets for one origin; asked anew for each hop. */
  secretsFor?(origin: string): Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeouts?: Partial<Timeouts>;
  /** Whether a compressed body is unpacked; media are taken as they are. */
  readonly decompress: boolean;
  /** What messages say failed. */
  readonly what: string;
  readonly trusted: readonly TrustedPlace[];
  /** Redirects followed at most; 0 answers the redirect itself. */
  readonly redirects?: number;
}

export interface OpenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
  /**
   * The body, to be walked once. It throws `E_TRUNCATED` when the connection ends early, `E_TIMEOUT` when it stalls.
   * Whoever does not walk it to its end calls `discard`.
   */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

export interface HttpClient {
  open(exchange: Exchange): Promise<OpenAnswer>;
  close(): void;
}

export interface HttpClientOptions {
  readonly agents: Agents;
  readonly userAgent: string;
  readonly traffic?: Traffic | undefined;
  /** Redirects followed at most; 5 unless said otherwise. */
  readonly maxRedirects?: number | undefined;
  /** For `--debug`: one line a hop, without queries. */
  trace?(line: string): void;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 5;

/** What may go along to another origin. */
const HARMLESS_HEADERS = new Set(['accept', 'accept-language', 'accept-encoding', 'user-agent', 'range', 'if-range']);

export function createHttpClient(options: HttpClientOptions): HttpClient {
  return {
    async open(exchange) {
      let url = parseUrl(exchange);
      const { origin } = url;
      let method = exchange.method;
      for (let hop = 0; ; hop += 1) {
        checkUrl(url, exchange.trusted, exchange.what);
        await options.traffic?.enter(url.host, exchange.signal);
        const answer = await send(options, exchange, { url, method, sameOrigin: url.origin === origin });
        const target = redirectTarget(answer, url);
        if (target === undefined || exchange.redirects === 0) return answer;
        answer.discard();
        const most = exchange.redirects ?? options.maxRedirects ?? MAX_REDIRECTS;
        if (hop >= most) {
          throw new AlbarettoError({
            code: 'E_UNSAFE_ADDRESS',
            message: `${exchange.what}: more than ${most} redirects`,
          });
        }
        if (method !== 'GET' && method !== 'HEAD') {
          if (answer.status < 307 || target.origin !== origin) {
            throw new AlbarettoError({
              code: 'E_BAD_ANSWER',
              message: `${exchange.what}: the service redirected a ${method}`,
            });
          }
        } else if (answer.status === 303 && method !== 'HEAD') method = 'GET';
        url = target;
      }
    },
    close: () => options.agents.close(),
  };
}

function parseUrl({ url, what }: Exchange): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `${what}: the link is no URL`,
    hint: 'it was not followed',
  });
}

function redirectTarget(answer: OpenAnswer, from: URL): URL | undefined {
  const location = answer.headers.location;
  if (!REDIRECTS.has(answer.status) || location === undefined) return undefined;
  // A Location in other than ASCII arrives as latin1 text of its UTF-8 bytes.
  const text = Buffer.from(location, 'latin1').toString('utf8').includes('\ufffd')
    ? location
    : Buffer.from(location, 'latin1').toString('utf8');
  return URL.canParse(text, from.href) ? new URL(text, from.href) : undefined;
}

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly sameOrigin: boolean;
}

function headersFor(options: HttpClientOptions, exchange: Exchange, hop: Hop): Record<string, string> {
  const headers: Record<string, string> = { accept: '*/*', 'user-agent': options.userAgent };
  if (!exchange.decompress) headers['accept-encoding'] = 'identity';
  for (const [name, value] of Object.entries(exchange.headers ?? {})) {
    const lower = name.toLowerCase();
    if (hop.sameOrigin || HARMLESS_HEADERS.has(lower)) headers[lower] = value;
  }
  return Object.assign(headers, exchange.secretsFor?.(hop.url.origin));
}

/** One request and the head of its answer. */
async function send(options: HttpClientOptions, exchange: Exchange, hop: Hop): Promise<OpenAnswer> {
  if (exchange.signal?.aborted) throw interrupted(exchange.signal.reason);
  const timeouts = { ...DEFAULT_TIMEOUTS, ...exchange.timeouts };
  const started = performance.now();
  try {
    const { head, body } = await headOf(options, exchange, hop, timeouts);
    slowDown(options.traffic, hop.url.host, head);
    options.trace?.(
      `${hop.method} ${hop.url.origin}${hop.url.pathname} ${head.statusCode} ${Math.round(performance.now() - started)} ms`,
    );
    return {
      status: head.statusCode ?? 0,
      headers: plainHeaders(head.headers),
      url: hop.url.href,
      body: streamBody(body, {
        what: exchange.what,
        signal: exchange.signal,
        timeouts,
        // Only media count: an answer of a service is small, and what waits for it should not wait longer.
        throttle: exchange.decompress ? undefined : options.traffic?.throttle,
      }),
      discard: () => body.destroy(),
    };
  } catch (thrown) {
    const error = networkError(thrown, exchange.what, wayTo(hop.url, options.agents), exchange.signal);
    options.trace?.(`${hop.method} ${hop.url.origin}${hop.url.pathname} ${error.code}`);
    throw error;
  }
}

/** Without the proxy's user and password. */
function wayTo(url: URL, agents: Agents): Way {
  const proxy = agents.proxyFor(url);
  return { host: url.host, proxy: proxy === undefined ? undefined : new URL(proxy).host };
}

/** A host that asks for time gets it from everybody, not from the one request that it told. */
function slowDown(traffic: Traffic | undefined, host: string, response: IncomingMessage): void {
  if (response.statusCode !== 429 && response.statusCode !== 503) return;
  const asked = parseRetryAfter(plainHeaders(response.headers), Date.now());
  // What is longer than anybody waits ends the request; it must not hold up the next command without a word.
  if (asked !== undefined && asked <= DEFAULT_RETRY.patience) traffic?.pause(host, asked);
}

function sendingOf(options: HttpClientOptions, exchange: Exchange, hop: Hop, connect: number): Sending {
  const straight = options.agents.proxyFor(hop.url) === undefined;
  const atHome = exchange.trusted.some((place) => place.host === hop.url.hostname);
  const hasBody = hop.method !== 'GET' && hop.method !== 'HEAD';
  return {
    url: hop.url,
    method: hop.method,
    headers: headersFor(options, exchange, hop),
    body: hasBody ? bodyOf(exchange.body) : undefined,
    agents: options.agents.agentsFor(hop.url, atHome),
    lookup: straight && !atHome ? publicLookup : undefined,
    connect,
    decompress: exchange.decompress,
  };
}

/** got waits for a stream to be piped into a POST without a body; an empty buffer is a body of length 0. */
function bodyOf(body: Uint8Array | string | undefined): Buffer | string {
  if (typeof body === 'string') return body;
  return body === undefined ? Buffer.alloc(0) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

interface Answered {
  readonly head: IncomingMessage;
  readonly body: Readable;
}

/** Waits for the head; the one place where connecting through a proxy, which nothing else times, is limited too. */
function headOf(options: HttpClientOptions, exchange: Exchange, hop: Hop, timeouts: Timeouts): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const uploadAllowance = (exchange.body?.length ?? 0) / 50; // 50 kB/s is the slowest upload that is waited for
    const limit = timeouts.connect + timeouts.firstByte + uploadAllowance;
    const silent = () => timeoutError(exchange.what, 'the service did not answer', limit).with({ reach: 'host' });
    const timer = setTimeout(() => failed(silent()), limit);
    const onAbort = () => failed(interrupted(exchange.signal?.reason));
    let settled = false;
    const settle = () => {
      settled = true;
      clearTimeout(timer);
      exchange.signal?.removeEventListener('abort', onAbort);
    };
    let request: SentRequest | undefined;
    /** An error after the head is told by the body's own reader, and is taken here so that it does not end the program. */
    const failed = (error: unknown) => {
      if (settled) return;
      settle();
      request?.destroy();
      reject(error);
    };
    const answered = (head: IncomingMessage, body: Readable) => {
      settle();
      resolve({ head, body });
    };
    exchange.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      request = sendRequest(sendingOf(options, exchange, hop, timeouts.connect), { answered, failed });
    } catch (thrown) {
      failed(thrown);
    }
  });
}

function plainHeaders(headers: IncomingMessage['headers']): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}
