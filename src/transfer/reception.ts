/**
 * One body on its way in, over all the tries that it takes. What came before a connection broke is kept, and the next try
 * goes on behind it, when the server says by a strong validator that it is still the same file; otherwise it starts anew.
 * Two different files are never spliced: the digests and the format check run over the whole, from its first byte.
 */

import { AlbarettoError } from '../errors.js';
import type { OpenAnswer } from '../http/client.js';
import type { Digest } from '../model.js';
import { contentLength, isEncoded } from './answer-length.js';
import { createDigester, type Digester, isDigestAlgorithm } from './bytes.js';
import { type FormatCheck, type FormatVerdict, openFormatCheck } from './formats/index.js';
import type { HeldBytes, SpoolWriter } from './spool.js';

/** What the service declares of the body. */
export interface Declared {
  readonly size?: number | undefined;
  /** Bytes that the file has by the answer that brings it. */
  readonly sentSize?: number | undefined;
  readonly digests?: readonly Digest[];
  /** Whether the coding itself marks the end. */
  readonly endMarked?: boolean;
  /** Called with what the bytes are. @throws What is wrong with that, for all that they are whole. */
  readonly check?: (mediaType: string) => void;
}

export interface Received {
  readonly bytes: HeldBytes;
  readonly mediaType: string;
  readonly width?: number;
  readonly height?: number;
}

/** The state of a file at a server: the same text means the same bytes. */
interface Validator {
  readonly header: 'etag' | 'last-modified';
  readonly text: string;
  /** Bytes of the whole file. */
  readonly total: number | undefined;
}

export class Reception {
  readonly #what: string;
  readonly #maxBytes: number;
  readonly #maxPixels: number | undefined;
  readonly #writer: SpoolWriter;
  readonly #known: readonly Digest[];
  #digester: Digester | undefined;
  #check: FormatCheck | undefined;
  #declared: Declared = {};
  #validator: Validator | undefined;

  /** @param known Digests that the source has from its list. */
  constructor(
    what: string,
    writer: SpoolWriter,
    limits: { readonly maxBytes: number; readonly maxPixels?: number | undefined },
    known: readonly Digest[] = [],
  ) {
    this.#what = what;
    this.#writer = writer;
    this.#maxBytes = limits.maxBytes;
    this.#maxPixels = limits.maxPixels;
    this.#known = known;
  }

  /** What the next try asks for: the rest, where that is possible. */
  headers(): Record<string, string> {
    if (this.#writer.size === 0 || this.#validator === undefined) return {};
    return { range: `bytes=${this.#writer.size}-`, 'if-range': this.#validator.text };
  }

  /**
   * Looks at the head of an answer to {@link headers}. After it, the body goes to {@link take}.
   * @throws E_BAD_ANSWER, retryable, for a range that does not fit; the next try starts anew.
   */
  async begin(answer: OpenAnswer, declared: Declared): Promise<void> {
    if (answer.status === 206) {
      const total = wholeOf(answer, this.#writer.size, this.#validator);
      // The first answer may have said no length; this one says where the file ends.
      this.#declared = { ...this.#declared, size: this.#declared.size ?? total };
      if (total !== undefined) return;
      await this.#restart();
      throw this.#refused('E_BAD_ANSWER', 'the server answered another part of it than was asked for');
    }
    await this.#restart();
    this.#declared = declared;
    this.#validator = validatorOf(answer);
    if (declared.size !== undefined && declared.size > this.#maxBytes) throw tooLarge(this.#what, this.#maxBytes);
  }

  /** Bytes that came inside a service's answer. */
  declare(declared: Declared): void {
    this.#declared = declared;
  }

  /** The part that is here is longer than the file is now (HTTP 416), or of no use. */
  async startAnew(): Promise<void> {
    await this.#restart();
  }

  async take(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, onBytes?: (count: number) => void): Promise<void> {
    this.#check ??= openFormatCheck({
      declaredSize: this.#declared.size,
      endMarked: this.#declared.endMarked,
      maxPixels: this.#maxPixels,
    });
    this.#digester ??= createDigester(this.#expected().map(({ algorithm }) => algorithm));
    const digester = this.#digester;
    for await (const chunk of body) {
      if (this.#writer.size + chunk.length > this.#maxBytes) throw tooLarge(this.#what, this.#maxBytes);
      digester.update(chunk);
      this.#check.write(chunk);
      await this.#writer.write(chunk);
      onBytes?.(chunk.length);
    }
  }

  /**
   * The end of the body: everything that was declared, the format itself, and the digests.
   * @throws E_TRUNCATED, E_FORMAT, E_DIGEST, retryable, and what `Declared.check` throws; the next try starts anew.
   */
  async finish(): Promise<Received> {
    try {
      const verdict = this.#verdict();
      const digests = (this.#digester ?? createDigester()).digests();
      this.#compare(digests);
      this.#declared.check?.(verdict.mediaType);
      const bytes = await this.#writer.finish(digests);
      const { mediaType, width, height } = verdict;
      return width === undefined || height === undefined ? { bytes, mediaType } : { bytes, mediaType, width, height };
    } catch (thrown) {
      await this.#restart();
      throw thrown;
    }
  }

  /** Gives up: nothing of it is kept. */
  discard(): Promise<void> {
    return this.#writer.discard();
  }

  #verdict(): Extract<FormatVerdict, { ok: true }> {
    const { size, sentSize } = this.#declared;
    if (size !== undefined && this.#writer.size !== size) {
      const what = `${this.#writer.size} bytes came where ${size} were declared`;
      if (sentSize !== this.#writer.size) throw this.#refused('E_TRUNCATED', what);
      // All of it came: a notice for a region, another rendering. Asking on and on brings the same again.
      throw this.#refused('E_FORMAT', what, 'the service sends another file in its place');
    }
    const verdict = (this.#check ?? openFormatCheck()).end();
    if (verdict.ok) return verdict;
    const code = verdict.problem === 'truncated' ? 'E_TRUNCATED' : 'E_FORMAT';
    throw this.#refused(code, `not a whole picture or video (${verdict.detail})`, 'it was not kept');
  }

  /** A digest of a kind that is not computed here is no difference. */
  #expected(): readonly Digest[] {
    return [...this.#known, ...(this.#declared.digests ?? [])].filter(({ algorithm }) => isDigestAlgorithm(algorithm));
  }

  #compare(actual: readonly Digest[]): void {
    for (const digest of this.#expected()) {
      const own = actual.find((candidate) => candidate.algorithm === digest.algorithm);
      if (own?.hex === digest.hex.toLowerCase()) continue;
      throw this.#refused('E_DIGEST', `its ${digest.algorithm} differs from the one that the service declares`);
    }
  }

  #refused(
    code: 'E_TRUNCATED' | 'E_FORMAT' | 'E_DIGEST' | 'E_BAD_ANSWER',
    reason: string,
    hint?: string,
  ): AlbarettoError {
    return new AlbarettoError({ code, message: `${this.#what}: ${reason}`, hint, retryable: true });
  }

  async #restart(): Promise<void> {
    await this.#writer.reset();
    this.#digester = undefined;
    this.#check = undefined;
    this.#validator = undefined;
  }
}

/**
 * The size of the whole file of which the answer is the rest: it begins where ours ends, goes to the end, and says by the
 * very validator that ours has that it belongs to the same file. A server that minds `Range` and not `If-Range` would
 * otherwise give the rest of another one. RFC 9110, sections 14.4 and 15.3.7; `undefined` for everything else.
 */
function wholeOf(answer: OpenAnswer, size: number, validator: Validator | undefined): number | undefined {
  const { headers } = answer;
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/u.exec(headers['content-range'] ?? '');
  if (range === null || validator === undefined || isEncoded(answer)) return undefined;
  const total = range[3] === '*' ? validator.total : Number(range[3]);
  const isRest = Number(range[1]) === size && Number(range[2]) + 1 === total;
  const isSame = headers[validator.header] === validator.text && (validator.total ?? total) === total;
  return isRest && isSame ? total : undefined;
}

/** Milliseconds by which a file must be older than the answer before its date says that it is the same one. */
const SETTLED = 60_000;

/**
 * A strong ETag, or a date that is old enough to be one (RFC 9110, section 8.8.2.2). Without it the rest could belong to
 * another file.
 */
function validatorOf(answer: OpenAnswer): Validator | undefined {
  const { headers } = answer;
  if (headers['accept-ranges'] === 'none' || isEncoded(answer)) return undefined;
  const total = contentLength(answer);
  if (headers.etag?.startsWith('"')) return { header: 'etag', text: headers.etag, total };
  const modified = headers['last-modified'];
  const age = Date.parse(headers.date ?? '') - Date.parse(modified ?? '');
  return modified !== undefined && age >= SETTLED ? { header: 'last-modified', text: modified, total } : undefined;
}

export function tooLarge(what: string, limit: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TOO_LARGE',
    message: `${what}: larger than ${Math.round(limit / 1_048_576)} MiB`,
    hint: 'raise limits.itemBytes in the configuration',
  });
}
