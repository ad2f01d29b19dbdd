/**
 * Checks that a body is a whole picture, video or sound while it passes by, so that one that was cut anywhere is caught
 * even where nobody declared its length. It costs a few kilobytes of memory and, at most, one CRC over the bytes.
 *
 * The `file-type` package is not used here: it answers asynchronously and by the first bytes alone, knows what a body
 * claims to be and not whether it is whole, and what it would add are kinds that are refused anyway.
 */

import { ByteReader, type Reading } from './byte-reader.js';
import { flac } from './flac.js';
import { compareSignature, type Format } from './format.js';
import { gif } from './gif.js';
import { isoMedia } from './iso-media.js';
import { jpeg } from './jpeg.js';
import { matroska } from './matroska.js';
import { mp3 } from './mp3.js';
import { ogg } from './ogg.js';
import { describeOtherKind } from './other-kinds.js';
import { png } from './png.js';
import { Flaw, type FormatVerdict, type Whole } from './verdict.js';
import { wav } from './wav.js';
import { webp } from './webp.js';

export interface FormatCheckOptions {
  /**
   * The body's length in bytes as its sender declared it. Some formats do not say where they end (a last MP4 box without
   * a size, MP3 without an index, a recording of a browser): these are only good when this length is met.
   */
  readonly declaredSize?: number | undefined;
  /**
   * True where the transfer itself marks the end and it was reached: the last chunk of chunked coding. As good as a
   * declared size.
   */
  readonly endMarked?: boolean | undefined;
  /** The most pixels of a picture; a thousand million unless said otherwise. */
  readonly maxPixels?: number | undefined;
}

export interface FormatCheck {
  /** Takes the next bytes, any number of them. The chunk is not kept and may be used again. */
  write(chunk: Uint8Array): void;
  /** Says that the body ends here, and judges it. May be called again; the answer stays. */
  end(): FormatVerdict;
}

const FORMATS: readonly Format[] = [png, jpeg, gif, webp, isoMedia, matroska, wav, mp3, ogg, flac];
const MAX_PIXELS = 1_000_000_000;
/** How many bytes are looked at before a kind is chosen; enough to tell a page from a document behind its comments. */
const HEAD_LENGTH = 512;

type Outcome = Whole | Flaw;

export function openFormatCheck(options: FormatCheckOptions = {}): FormatCheck {
  return new StreamedCheck(options);
}

class StreamedCheck implements FormatCheck {
  readonly #reader = new ByteReader();
  readonly #head = new Uint8Array(HEAD_LENGTH);
  #size = 0;
  #mediaType: string | undefined;
  #reading: Reading<Whole> | undefined;
  #outcome: Outcome | undefined;
  #verdict: FormatVerdict | undefined;

  constructor(private readonly options: FormatCheckOptions) {}

  write(chunk: Uint8Array): void {
    const room = Math.max(0, HEAD_LENGTH - this.#size);
    if (room > 0) this.#head.set(chunk.subarray(0, room), this.#size);
    this.#size += chunk.length;
    if (room > chunk.length || chunk.length === 0) return;
    if (room > 0) this.#choose(false);
    if (chunk.length > room) this.#feed(chunk.subarray(room));
  }

  end(): FormatVerdict {
    this.#verdict ??= judge(this.#conclude(), this.#mediaType, { ...this.options, size: this.#size });
    return this.#verdict;
  }

  #conclude(): Outcome {
    if (this.#size === 0) return new Flaw('empty', 'has no bytes');
    if (this.#size < HEAD_LENGTH) this.#choose(true);
    this.#reader.end();
    return this.#outcome ?? advance(this.#reading!)!;
  }

  /** Chooses the format by the first bytes, and gives them to its reader. */
  #choose(isWhole: boolean): void {
    const head = this.#head.subarray(0, Math.min(this.#size, HEAD_LENGTH));
    const format = recognise(head);
    if (format === undefined) {
      const { mediaType, flaw } = describeOtherKind(head, isWhole);
      this.#mediaType = mediaType;
      this.#outcome = flaw;
      return;
    }
    this.#mediaType = format.claim(head);
    this.#reading = format.read(this.#reader, { maxPixels: this.options.maxPixels ?? MAX_PIXELS });
    this.#feed(head);
  }

  #feed(chunk: Uint8Array): void {
    if (this.#outcome !== undefined) return;
    this.#reader.feed(chunk);
    this.#outcome = advance(this.#reading!);
  }
}

/** A body that ends inside a signature still belongs to its format. */
function recognise(head: Uint8Array): Format | undefined {
  for (const wanted of ['full', 'begun'] as const) {
    const found = FORMATS.find(({ signatures }) =>
      signatures.some((start) => compareSignature(head, start) === wanted),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Reads on; undefined where more bytes are needed. */
function advance(reading: Reading<Whole>): Outcome | undefined {
  try {
    const step = reading.next();
    return step.done ? step.value : undefined;
  } catch (thrown) {
    if (thrown instanceof Flaw) return thrown;
    throw thrown;
  }
}

function judge(
  outcome: Outcome,
  mediaType: string | undefined,
  body: FormatCheckOptions & { readonly size: number },
): FormatVerdict {
  if (outcome instanceof Flaw) {
    const { problem, detail } = outcome;
    return { ok: false, problem, ...(mediaType === undefined ? {} : { mediaType }), detail };
  }
  const { openEnd, ...whole } = outcome;
  if (openEnd === undefined) return { ok: true, ...whole };
  if (body.declaredSize === body.size) return { ok: true, ...whole, detail: `${openEnd}; its declared length was met` };
  if (body.endMarked) return { ok: true, ...whole, detail: `${openEnd}; its transfer came to its end` };
  const reason = body.declaredSize === undefined ? 'no length was declared' : 'its declared length was not met';
  return {
    ok: false,
    problem: 'truncated',
    mediaType: whole.mediaType,
    detail: `may be cut: ${openEnd}, and ${reason}`,
  };
}
