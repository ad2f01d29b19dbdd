/** From an item to verified bytes: one download with its tries, its renewal of an expired link, and its checks. */

import { AlbarettoError } from '../errors.js';
import type { TrustedPlace } from '../http/address.js';
import type { HttpClient, OpenAnswer } from '../http/client.js';
import { statusFacts } from '../http/failures.js';
import type { Digest, Item } from '../model.js';
import type { Bytes, Location, Source } from '../plugin.js';
import { parseRetryAfter, type RetryOptions, withRetry } from '../retry.js';
import { bytesInMemory, createDigester } from './bytes.js';
import { type FormatVerdict, openFormatCheck } from './formats/index.js';

export interface DownloadOptions {
  readonly client: HttpClient;
  readonly plugin: string;
  readonly trusted: readonly TrustedPlace[];
  /** The most bytes of one item. */
  readonly maxBytes: number;
  readonly retry: Pick<RetryOptions, 'sleep' | 'onWait' | 'policy' | 'random'>;
  readonly signal?: AbortSignal | undefined;
  now(): number;
  /** Told of every chunk that came. */
  onBytes?(count: number): void;
}

export interface Downloaded {
  readonly bytes: Bytes;
  /** As the bytes themselves say. */
  readonly mediaType: string;
  readonly width?: number;
  readonly height?: number;
}

/** What is downloaded, with what its service declares of it. */
export type Wanted = Pick<Item, 'id' | 'taskId'> & Partial<Pick<Item, 'size' | 'digests'>>;

/** A body that fails its format check is fetched anew once; a second one like it is the service's own. */
const FORMAT_TRIES = 2;

/**
 * @throws E_NOT_FOUND, E_EXPIRED, E_TRUNCATED, E_FORMAT, E_DIGEST, E_TOO_LARGE, E_UNSAFE_ADDRESS, or what the source and
 * the network throw. Nothing unverified is ever answered.
 */
export async function download(item: Wanted, source: Source, options: DownloadOptions): Promise<Downloaded> {
  const { signal } = options;
  const formats = { bad: 0 };
  try {
    const location = await source.locate(item, { signal, renew: false });
    if (!isPast(location, options.now())) {
      try {
        return await transfer(item, location, formats, options);
      } catch (thrown) {
        if (!isRefusedLink(thrown)) throw thrown;
      }
    }
    return await transfer(item, await source.locate(item, { signal, renew: true }), formats, options);
  } catch (thrown) {
    if (thrown instanceof AlbarettoError && thrown.plugin === undefined) throw thrown.with({ plugin: options.plugin });
    throw thrown;
  }
}

/** All tries with one link. Asking the source is no part of them: its own client has tried that often enough. */
function transfer(
  item: Wanted,
  location: Location,
  formats: { bad: number },
  options: DownloadOptions,
): Promise<Downloaded> {
  if (location.kind === 'bytes') {
    return verified(item, [location.bytes], { size: item.size ?? location.bytes.length }, options);
  }
  return withRetry(
    async () => {
      try {
        return await receive(item, location, options);
      } catch (thrown) {
        if (!(thrown instanceof AlbarettoError) || thrown.code !== 'E_FORMAT') throw thrown;
        formats.bad += 1;
        throw thrown.with({ retryable: formats.bad < FORMAT_TRIES });
      }
    },
    { ...options.retry, signal: options.signal, now: options.now },
  );
}

function isPast(location: Location, now: number): boolean {
  return location.kind === 'request' && location.expiresAt !== undefined && location.expiresAt <= now;
}

async function receive(
  item: Wanted,
  location: Extract<Location, { kind: 'request' }>,
  options: DownloadOptions,
): Promise<Downloaded> {
  const answer = await options.client.open({
    method: 'GET',
    url: location.url,
    headers: location.headers ?? {},
    signal: options.signal,
    decompress: false,
    what: item.id,
    trusted: options.trusted,
  });
  if (answer.status !== 200) {
    answer.discard();
    throw refusal(item.id, answer, options.now());
  }
  const size = location.size ?? item.size ?? declaredLength(answer);
  if (size !== undefined && size > options.maxBytes) {
    answer.discard();
    throw tooLarge(item.id, options.maxBytes);
  }
  const digests = [...(location.digests ?? []), ...declaredDigests(answer)];
  return verified(item, answer.body, { size, digests, endMarked: isChunked(answer) }, options);
}

/** Image hosts answer 403 (Azure, S3, Cloudflare) or 401 for a link that ran out; 404 and 410 may mean that as well. */
const REFUSED_LINK: Readonly<Record<number, 'E_EXPIRED' | 'E_NOT_FOUND'>> = {
  401: 'E_EXPIRED',
  403: 'E_EXPIRED',
  404: 'E_NOT_FOUND',
  410: 'E_NOT_FOUND',
};

/** Told only when asking the source for a new link did not help. */
function refusal(what: string, answer: OpenAnswer, now: number): AlbarettoError {
  const code = REFUSED_LINK[answer.status];
  if (code !== undefined) {
    return new AlbarettoError({
      code,
      message: `${what}: the link to its bytes was refused (HTTP ${answer.status}), also after asking for a new one`,
      hint: 'the service may have removed it',
    });
  }
  const facts = statusFacts(answer.status);
  return new AlbarettoError({
    ...facts,
    message: `${what}: its bytes could not be fetched (HTTP ${answer.status})`,
    retryAfter: parseRetryAfter(answer.headers, now),
  });
}

function isRefusedLink(thrown: unknown): boolean {
  return thrown instanceof AlbarettoError && (thrown.code === 'E_EXPIRED' || thrown.code === 'E_NOT_FOUND');
}

function declaredLength(answer: OpenAnswer): number | undefined {
  const text = answer.headers['content-length'];
  return text !== undefined && /^\d+$/u.test(text) && answer.headers['content-encoding'] === undefined
    ? Number(text)
    : undefined;
}

/** `Content-MD5`, base64 of 16 bytes: RFC 1864; Azure and S3 send it. */
function declaredDigests(answer: OpenAnswer): Digest[] {
  const text = answer.headers['content-md5'];
  if (text === undefined) return [];
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 16 ? [{ algorithm: 'md5', hex: bytes.toString('hex') }] : [];
}

/** The last chunk of chunked coding marks the end; the client reports a body that ends before it. */
function isChunked(answer: OpenAnswer): boolean {
  return /\bchunked\b/iu.test(answer.headers['transfer-encoding'] ?? '');
}

interface Declared {
  readonly size?: number | undefined;
  readonly digests?: readonly Digest[];
  readonly endMarked?: boolean;
}

async function verified(
  item: Wanted,
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  declared: Declared,
  options: DownloadOptions,
): Promise<Downloaded> {
  const digester = createDigester();
  const check = openFormatCheck({ declaredSize: declared.size, endMarked: declared.endMarked });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > options.maxBytes) throw tooLarge(item.id, options.maxBytes);
    digester.update(chunk);
    check.write(chunk);
    chunks.push(chunk);
    options.onBytes?.(chunk.length);
  }
  if (declared.size !== undefined && size !== declared.size) {
    throw new AlbarettoError({
      code: 'E_TRUNCATED',
      message: `${item.id}: ${size} bytes came where ${declared.size} were declared`,
      retryable: true,
    });
  }
  const verdict = check.end();
  if (!verdict.ok) throw badFormat(item.id, verdict);
  const digests = digester.digests();
  checkDigests(item.id, digests, [...(item.digests ?? []), ...(declared.digests ?? [])]);
  const facts = { bytes: bytesInMemory(Buffer.concat(chunks, size), digests), mediaType: verdict.mediaType };
  return verdict.width === undefined || verdict.height === undefined
    ? facts
    : { ...facts, width: verdict.width, height: verdict.height };
}

function checkDigests(what: string, actual: readonly Digest[], expected: readonly Digest[]): void {
  for (const digest of expected) {
    const own = actual.find((candidate) => candidate.algorithm === digest.algorithm);
    if (own !== undefined && own.hex !== digest.hex.toLowerCase()) {
      throw new AlbarettoError({
        code: 'E_DIGEST',
        message: `${what}: its ${digest.algorithm} differs from the one that the service declares`,
        retryable: true,
      });
    }
  }
}

function badFormat(what: string, verdict: Extract<FormatVerdict, { ok: false }>): AlbarettoError {
  return new AlbarettoError({
    code: verdict.problem === 'truncated' ? 'E_TRUNCATED' : 'E_FORMAT',
    message: `${what}: not a whole picture or video (${verdict.detail})`,
    hint: 'it was not kept',
    retryable: true,
  });
}

function tooLarge(what: string, limit: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TOO_LARGE',
    message: `${what}: larger than ${Math.round(limit / 1_048_576)} MiB`,
    hint: 'raise limits.itemBytes in the configuration',
  });
}
