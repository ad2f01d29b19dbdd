/** From an item to verified bytes: one download with its tries, its renewal of an expired link, and its checks. */

import { eachUntilAborted } from '../abort.js';
import { AlbarettoError, isInterruption } from '../errors.js';
import type { TrustedPlace } from '../http/address.js';
import type { HttpClient, OpenAnswer } from '../http/client.js';
import { statusFacts } from '../http/failures.js';
import type { Digest } from '../model.js';
import type { Located, Location, Source } from '../plugin.js';
import { DEFAULT_RETRY, parseRetryAfter, type RetryOptions, type RetryPolicy, withRetry } from '../retry.js';
import { contentLength } from './answer-length.js';
import { type Received, Reception } from './reception.js';
import { openMemoryWriter, type SpoolWriter } from './spool.js';

export interface DownloadOptions {
  readonly client: HttpClient;
  readonly plugin: string;
  readonly trusted: readonly TrustedPlace[];
  /** The most bytes of one item. */
  readonly maxBytes: number;
  /** The most pixels of one picture; the format check has its own default. */
  readonly maxPixels?: number | undefined;
  readonly retry: Pick<RetryOptions, 'sleep' | 'onWait' | 'policy' | 'random'>;
  readonly signal?: AbortSignal | undefined;
  now(): number;
  /** Where the bytes wait. Default: in memory. */
  openSpool?(): SpoolWriter;
  /**
   * Hosts that gave no answer in all tries for an item, shared by the items of one run: each of the others tries them once
   * and not so often again, until they answer.
   */
  readonly downHosts?: Set<string> | undefined;
  /** Told of every chunk that came. */
  onBytes?(count: number): void;
}

/** The bytes take room until they are let go. */
export type Downloaded = Received;

/** What is downloaded, with what its service declares of it. */
export type Wanted = Located;

/** What one download knows over all its tries and links. */
interface State {
  readonly reception: Reception;
  badFormats: number;
}

/** A body that fails its format check is fetched anew once; a second one like it is the service's own. */
const FORMAT_TRIES = 2;

/**
 * @throws E_NOT_FOUND, E_EXPIRED, E_TRUNCATED, E_FORMAT, E_DIGEST, E_TOO_LARGE, E_UNSAFE_ADDRESS, or what the source and
 * the network throw. Nothing unverified is ever answered.
 */
export async function download(item: Wanted, source: Source, options: DownloadOptions): Promise<Downloaded> {
  const { signal } = options;
  const reception = new Reception(item.id, (options.openSpool ?? openMemoryWriter)(), options, item.digests);
  const state: State = { reception, badFormats: 0 };
  try {
    const location = await source.locate(item, { signal, renew: false });
    if (!isPast(location, options.now())) {
      try {
        return await transfer(item, location, state, options);
      } catch (thrown) {
        if (!isRefusedLink(thrown)) throw thrown;
      }
    }
    return await transfer(item, await source.locate(item, { signal, renew: true }), state, options);
  } catch (thrown) {
    await reception.discard();
    if (thrown instanceof AlbarettoError && thrown.plugin === undefined) throw thrown.with({ plugin: options.plugin });
    throw thrown;
  }
}

/**
 * All tries with one link. What came before a connection broke waits in the reception, also for the next link. Asking the
 * source is no part of the tries: its own client has tried that often enough.
 */
function transfer(item: Wanted, location: Location, state: State, options: DownloadOptions): Promise<Downloaded> {
  if (location.kind !== 'request') return unpack(item, location, state, options);
  return withinReach(location.url, options, (policy) =>
    withRetry(
      async (_attempt, moved) => {
        const onBytes = (count: number) => {
          options.onBytes?.(count);
          moved();
        };
        try {
          return await receive(item, location, state, { ...options, onBytes });
        } catch (thrown) {
          if (!(thrown instanceof AlbarettoError) || thrown.code !== 'E_FORMAT') throw thrown;
          state.badFormats += 1;
          throw thrown.with({ retryable: state.badFormats < FORMAT_TRIES });
        }
      },
      { ...options.retry, policy, signal: options.signal, now: options.now },
    ),
  );
}

/** A host that is down would cost each item all its tries. One that refuses a single file alone must not cost the others. */
async function withinReach<T>(
  url: string,
  { downHosts = new Set(), retry: { policy = DEFAULT_RETRY } }: DownloadOptions,
  work: (policy: RetryPolicy) => Promise<T>,
): Promise<T> {
  const host = URL.canParse(url) ? new URL(url).host : url;
  const attempt = async (tries: RetryPolicy): Promise<T> => {
    try {
      const result = await work(tries);
      downHosts.delete(host);
      return result;
    } catch (thrown) {
      if (gaveNoAnswer(thrown)) downHosts.add(host);
      else if (!isInterruption(thrown)) downHosts.delete(host);
      throw thrown;
    }
  };
  if (!downHosts.has(host)) return attempt(policy);
  try {
    return await attempt({ ...policy, tries: 1 });
  } catch (thrown) {
    if (downHosts.has(host) || !(thrown instanceof AlbarettoError) || !thrown.retryable) throw thrown;
    // It answers again.
    return attempt(policy);
  }
}

function gaveNoAnswer(thrown: unknown): boolean {
  if (!(thrown instanceof AlbarettoError) || thrown.reach !== 'host') return false;
  return thrown.code === 'E_NETWORK' || thrown.code === 'E_TIMEOUT';
}

async function unpack(
  item: Wanted,
  location: Exclude<Location, { kind: 'request' }>,
  { reception }: State,
  options: DownloadOptions,
): Promise<Downloaded> {
  // An earlier link of the same item may have brought a part.
  await reception.startAnew();
  const size = location.kind === 'bytes' ? location.bytes.length : location.size;
  reception.declare({ size: item.size ?? size });
  // A disk or a library need not listen to the signal.
  const body = location.kind === 'bytes' ? [location.bytes] : eachUntilAborted(location.open(), options.signal);
  await reception.take(body, options.onBytes);
  return reception.finish();
}

function isPast(location: Location, now: number): boolean {
  return location.kind === 'request' && location.expiresAt !== undefined && location.expiresAt <= now;
}

async function receive(
  item: Wanted,
  location: Extract<Location, { kind: 'request' }>,
  { reception }: State,
  options: DownloadOptions,
): Promise<Downloaded> {
  const answer = await options.client.open({
    method: 'GET',
    url: location.url,
    headers: { ...location.headers, ...reception.headers() },
    signal: options.signal,
    decompress: false,
    what: item.id,
    trusted: options.trusted,
  });
  try {
    if (answer.status !== 200 && answer.status !== 206) {
      if (answer.status === 416) await reception.startAnew();
      throw refusal(item.id, answer, options.now());
    }
    const sentSize = wholeLength(answer);
    const check = (mediaType?: string) => {
      const facts = { url: answer.url, size: sentSize, ...(mediaType === undefined ? {} : { mediaType }) };
      if (location.isPlaceholder?.(facts) === true) throw removed(item.id);
    };
    check();
    await reception.begin(answer, {
      size: location.size ?? item.size ?? contentLength(answer),
      sentSize,
      check,
      digests: [...(location.digests ?? []), ...declaredDigests(answer)],
      endMarked: isChunked(answer),
    });
  } catch (thrown) {
    answer.discard();
    throw thrown;
  }
  await reception.take(answer.body, options.onBytes);
  return reception.finish();
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
      hint: code === 'E_EXPIRED' ? 'it may have run out, or be for another account' : 'the service may have removed it',
    });
  }
  const facts = statusFacts(answer.status);
  return new AlbarettoError({
    ...facts,
    // The part that was here did not fit: the next try asks for the whole.
    ...(answer.status === 416 ? { retryable: true } : {}),
    message: `${what}: its bytes could not be fetched (HTTP ${answer.status})`,
    retryAfter: parseRetryAfter(answer.headers, now),
  });
}

function removed(what: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `${what}: the service answers a placeholder in its place`,
    hint: 'it was removed there, or may not be seen from here',
  });
}

function isRefusedLink(thrown: unknown): boolean {
  return thrown instanceof AlbarettoError && (thrown.code === 'E_EXPIRED' || thrown.code === 'E_NOT_FOUND');
}

/** Of an answer that brings the rest of a file, the length says nothing about the whole. */
function wholeLength(answer: OpenAnswer): number | undefined {
  if (answer.status !== 206) return contentLength(answer);
  const total = /\/(\d+)$/u.exec(answer.headers['content-range'] ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
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
