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

/** A body that fails its format check is fetched anew once; a second one like it is the service's own. */
const FORMAT_TRIES = 2;

/**
 * @throws E_NOT_FOUND, E_EXPIRED, E_TRUNCATED, E_FORMAT, E_DIGEST, E_TOO_LARGE, E_UNSAFE_ADDRESS, or what the source and
 * the network throw. Nothing unverified is ever answered.
 */
export async function download(
  item: Pick<Item, 'id' | 'taskId'>,
  source: Source,
  options: DownloadOptions,
): Promise<Downloaded> {
  let renew = false;
  let renewed = false;
  let badFormats = 0;
  try {
    return await withRetry(
      async () => {
        let location = await source.locate(item, { signal: options.signal, renew });
        if (isPast(location, options.now()) && !renewed) {
          renewed = true;
          location = await source.locate(item, { signal: options.signal, renew: true });
        }
        renew = false;
        try {
          return await receive(item, location, options);
        } catch (thrown) {
          if (!(thrown instanceof AlbarettoError)) throw thrown;
          if (thrown.code === 'E_EXPIRED' && !renewed) {
            renewed = true;
            renew = true;
            throw thrown.with({ retryable: true, retryAfter: 0 });
          }
          if (thrown.code === 'E_FORMAT') {
            badFormats += 1;
            throw thrown.with({ retryable: badFormats < FORMAT_TRIES });
          }
          throw thrown;
        }
      },
      { ...options.retry, signal: options.signal, now: options.now },
    );
  } catch (thrown) {
    if (thrown instanceof AlbarettoError && thrown.plugin === undefined) throw thrown.with({ plugin: options.plugin });
    throw thrown;
  }
}

function isPast(location: Location, now: number): boolean {
  return location.kind === 'request' && location.expiresAt !== undefined && location.expiresAt <= now;
}

async function receive(item: Pick<Item, 'id'>, location: Location, options: DownloadOptions): Promise<Downloaded> {
  const what = item.id;
  if (location.kind === 'bytes') return verified(what, [location.bytes], location.bytes.length, [], options);
  const answer = await options.client.open({
    method: 'GET',
    url: location.url,
    headers: location.headers ?? {},
    signal: options.signal,
    decompress: false,
    what,
    trusted: options.trusted,
  });
  if (answer.status !== 200) {
    answer.discard();
    throw refusedLink(what, answer, options.now());
  }
  const declared = location.size ?? declaredLength(answer);
  return verified(what, answer.body, declared, [...(location.digests ?? []), ...declaredDigests(answer)], options);
}

/** Image hosts answer 403 (Azure, S3, Cloudflare) or 401 and 410 for a link that ran out; 404 may be one as well. */
function refusedLink(what: string, answer: OpenAnswer, now: number): AlbarettoError {
  if ([401, 403, 404, 410].includes(answer.status)) {
    return new AlbarettoError({
      code: 'E_EXPIRED',
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

async function verified(
  what: string,
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  declared: number | undefined,
  expected: readonly Digest[],
  options: DownloadOptions,
): Promise<Downloaded> {
  const digester = createDigester();
  const check = openFormatCheck();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > options.maxBytes) throw tooLarge(what, options.maxBytes);
    digester.update(chunk);
    check.write(chunk);
    chunks.push(chunk);
    options.onBytes?.(chunk.length);
  }
  if (declared !== undefined && size !== declared) {
    throw new AlbarettoError({
      code: 'E_TRUNCATED',
      message: `${what}: ${size} of ${declared} bytes came`,
      retryable: true,
    });
  }
  const verdict = check.end();
  if (!verdict.ok) throw badFormat(what, verdict);
  const digests = digester.digests();
  checkDigests(what, digests, expected);
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
