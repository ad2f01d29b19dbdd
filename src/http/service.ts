/** The HTTP client as one plugin sees it: base URL, secret by origin, retry, JSON, and errors that name the plugin. */

import { AlbarettoError, asAlbarettoError, type ErrorFacts } from '../errors.js';
import type { ServiceHttp } from '../plugin.js';
import { printable } from '../printable.js';
import { parseLossless } from '../raw.js';
import { parseRetryAfter, type RetryOptions, withRetry } from '../retry.js';
import { trustedPlace } from './address.js';
import { readWhole, SMALL_BODY_LIMIT } from './body.js';
import type { HttpClient } from './client.js';
import type { HttpAnswer, JsonAnswer, ServiceRequest } from './contract.js';
import { statusFacts } from './failures.js';
import { createFetch } from './fetch.js';

export interface ServiceHttpOptions {
  readonly client: HttpClient;
  readonly plugin: string;
  /** Without a final slash. */
  readonly baseUrl: string;
  /** The header with the secret, asked for each request; only `baseUrl`'s origin ever sees it. */
  credential?(): Promise<{ readonly name: string; readonly value: string } | undefined>;
  /** The most bytes of one unpacked answer. */
  readonly maxBytes: number;
  readonly retry: Pick<RetryOptions, 'sleep' | 'onWait' | 'policy' | 'random'>;
  now(): number;
}

export function createServiceHttp(options: ServiceHttpOptions): ServiceHttp {
  const origin = new URL(options.baseUrl).origin;
  const trusted = [trustedPlace(options.baseUrl)];

  const once = async (request: ServiceRequest): Promise<HttpAnswer> => {
    const url = absolute(options.baseUrl, request);
    const authorize = request.authorize ?? request.url.startsWith('/');
    const secret = authorize && options.credential !== undefined ? await options.credential() : undefined;
    const answer = await options.client.open({
      method: request.method ?? 'GET',
      url,
      headers: request.headers ?? {},
      body: request.body,
      signal: request.signal,
      decompress: true,
      what: request.what,
      trusted,
      timeouts: {
        whole: SMALL_BODY_LIMIT,
        ...(request.firstByte === undefined ? {} : { firstByte: request.firstByte }),
      },
      secretsFor: (hop) => (secret !== undefined && hop === origin ? { [secret.name]: secret.value } : undefined),
    });
    const whole = await readWhole(answer, options.maxBytes, request.what);
    if (isAccepted(whole.status, request.accept)) return whole;
    throw refusal(whole, request, options.now());
  };

  const send = async <T>(request: ServiceRequest, work: () => Promise<T>): Promise<T> => {
    const repeatable =
      request.retry ?? (request.method === undefined || request.method === 'GET' || request.method === 'HEAD');
    try {
      if (!repeatable) return await work();
      return await withRetry(work, { ...options.retry, signal: request.signal, now: options.now });
    } catch (thrown) {
      const error = asAlbarettoError(thrown, request.signal);
      throw error.plugin === undefined ? error.with({ plugin: options.plugin }) : error;
    }
  };

  return {
    bytes: (request) => send(request, () => once(request)),
    json: (request) =>
      send(request, async () => {
        const answer = await once({ ...request, headers: { accept: 'application/json', ...request.headers } });
        return parseJson(answer, request.what, options.plugin);
      }),
    fetch: createFetch(options.client, { maxBytes: options.maxBytes, trusted, plugin: options.plugin }),
  };
}

function absolute(baseUrl: string, request: ServiceRequest): string {
  const text = request.url.startsWith('/') ? `${baseUrl}${request.url}` : request.url;
  if (!URL.canParse(text)) return text; // refused by the client
  const url = new URL(text);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

function isAccepted(status: number, accept: readonly number[] | undefined): boolean {
  return (status >= 200 && status < 300) || (accept?.includes(status) ?? false);
}

function parseJson(answer: HttpAnswer, what: string, plugin: string): JsonAnswer {
  const text = Buffer.from(answer.body)
    .toString('utf8')
    .replace(/^\ufeff/u, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AlbarettoError({
      code: 'E_BAD_ANSWER',
      message: `${what}: the service answered ${describeBody(text)} where JSON belongs`,
      hint: 'the service seems to be in trouble; try again later',
      retryable: true,
      cause,
    });
  }
  const lossless = () => {
    try {
      return parseLossless(text);
    } catch (cause) {
      // Thousands of levels: Node's own parser bears them, a recursive one does not.
      const message = `${what}: the answer is nested too deeply`;
      throw new AlbarettoError({ code: 'E_BAD_ANSWER', message, plugin, cause });
    }
  };
  return { status: answer.status, headers: answer.headers, value, lossless };
}

function describeBody(text: string): string {
  if (text.trim() === '') return 'nothing';
  return /^\s*</u.test(text) ? 'a page of HTML' : 'text';
}

/** A refused answer as an error: the plugin's own reading of it first, then the table of statuses. */
function refusal(answer: HttpAnswer, request: ServiceRequest, now: number): AlbarettoError {
  const text = Buffer.from(answer.body.subarray(0, 65_536)).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const general = statusFacts(answer.status);
  const own: Partial<ErrorFacts> = request.explain?.(answer, json) ?? {};
  const words = own.message ?? (json === undefined ? `${describeBody(text)}` : undefined);
  const detail = words === undefined ? `HTTP ${answer.status}` : `${printable(words, 300)} (HTTP ${answer.status})`;
  const retryAfter = own.retryAfter ?? parseRetryAfter(answer.headers, now);
  return new AlbarettoError({ ...general, ...own, message: `${request.what}: ${detail}`, retryAfter });
}
