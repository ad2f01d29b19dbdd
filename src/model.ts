/** The plain data that flows from a source to a sink. Nothing here does anything. */

declare const untrusted: unique symbol;

/**
 * Text that a service chose (a title, a prompt, a file name, an error message). It may hold anything: terminal control
 * sequences, path separators, markup. `printable()` makes it fit for a screen, `fileName()` for a disk; nothing else
 * may use it as it is.
 */
export type Untrusted = string & { readonly [untrusted]: true };

/** Marks text as a service's own. */
export function fromService(text: string): Untrusted {
  return text as Untrusted;
}

export type DigestAlgorithm = 'sha256' | 'sha1' | 'md5';

/** A digest in lower-case hexadecimal. */
export interface Digest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
}

/**
 * A service's own record as it came: JSON text with no field dropped and every number as it was written. The only change
 * is that the query of a signed URL reads `?…`, and so do bytes that came inside the answer; the paths of these are listed
 * (`generation.image_path`).
 */
export interface RawRecord {
  readonly json: string;
  readonly redacted: readonly string[];
}

/** What the services tell about how an item was made; every field is optional because every service leaves some out. */
export interface Generation {
  readonly prompt?: Untrusted;
  readonly negativePrompt?: Untrusted;
  readonly model?: Untrusted;
  /** Decimal text, because seeds exceed 2^53. */
  readonly seed?: string;
  /** The service's word for how it was made: `text2im`, `variations`, `inpainting`, … */
  readonly kind?: Untrusted;
  /** The id of the item that this one was made from, or of its task where the service tells no more. */
  readonly parent?: string;
  readonly width?: number;
  readonly height?: number;
  readonly steps?: number;
  readonly sampler?: Untrusted;
  /** How strictly the prompt was followed; the services' CFG or guidance scale. */
  readonly guidance?: number;
  /** Milliseconds that it took to make. */
  readonly durationMs?: number;
  /** As the service tells it, with its unit: `0.04 USD`, `4 buzz`. */
  readonly cost?: string;
}

/**
 * One picture or video of a task. Plain data: it can be written to disk and read back, and it holds no secret and no
 * signed link; where its bytes are is what `Source.locate` answers.
 */
export interface Item {
  readonly source: string;
  readonly taskId: string;
  /** The service's id. Opaque; checked only against path and control characters. */
  readonly id: string;
  /** The number on the service's own page, from 1. */
  readonly index: number;
  readonly title?: Untrusted;
  /** The title of its task; put in while the task is listed, no source has to. */
  readonly taskTitle?: Untrusted;
  /** What the service says the bytes are; the bytes themselves decide. */
  readonly mediaType?: string;
  /** Bytes, where the service declares them. */
  readonly size?: number;
  readonly digests?: readonly Digest[];
  readonly generation: Generation;
  readonly createdAt?: Date;
  /** When the service will delete it, where that is known. */
  readonly expiresAt?: Date;
  readonly raw: RawRecord;
  /**
   * Further pictures that belong to this item and are kept beside it: the source picture of an edit, its mask. They are
   * located like items, by their own id.
   */
  readonly companions?: readonly Companion[];
  /**
   * Records of the service that belong to the item without being its own: the album it stands in, the model that made it.
   * Items that share one hold the very same object.
   */
  readonly documents?: readonly Document[];
}

/** A file that belongs to an item: `role` is `source`, `mask`, … and becomes part of its file name. */
export interface Companion {
  readonly id: string;
  readonly role: string;
  readonly taskId: string;
}

/** What a reference names, before its items are listed. */
export interface Task {
  readonly source: string;
  readonly id: string;
  readonly title?: Untrusted;
  readonly prompt?: Untrusted;
  readonly createdAt?: Date;
  readonly expiresAt?: Date;
  /**
   * The last task of a page of a listing that is newest first: when a whole page is saved already, the rest is too, if the
   * last run came to its end.
   */
  readonly endsPage?: boolean;
  /**
   * A task of a listing that has no items: it is still being made (`pending`), its files are deleted (`gone`), or it has
   * ended without anything to fetch (`none`). Whoever looks again and again must know of all of them; a single fetch passes
   * them over with one word for all.
   */
  readonly absent?: 'pending' | 'gone' | 'none';
  /** Nothing of what it has will be added, changed or replaced any more. */
  readonly final?: boolean;
  /**
   * Where the listing can be taken up again behind this task: `ListOptions.cursor` of a later one. Opaque to everybody but
   * its source; printable, without secrets, at most 1,000 characters. It is written down when all before it is saved.
   */
  readonly cursor?: string;
  /** How many items there are, where the service says so before listing them. */
  readonly count?: number;
  readonly raw?: RawRecord;
  /** The items in the order of the service's page. May be walked once. */
  readonly items: AsyncIterable<Item>;
}

/** A further record of the service, as it came. The layout decides whether it is written, and under which name. */
export interface Document {
  /** What it describes, in the source's own word, lower case: `album`, `model`, `inference`. */
  readonly kind: string;
  /** The service's id of that. */
  readonly id: string;
  /** From `rawRecord`. */
  readonly json: string;
}

/** What a store answers for one stored file. */
export interface Receipt {
  /** The name under which it is stored now. */
  readonly name: string;
  /** Where it is, as the storage names it: an absolute path, a Drive file id. */
  readonly location: string;
  /** A page that shows it, where the storage has one. */
  readonly url?: string;
  /** Bytes, as the storage reports them. */
  readonly size: number;
  /** As the storage itself reports it, or read back by the store; never copied from what was asked for. */
  readonly digest: Digest;
  readonly outcome: 'created' | 'replaced' | 'present';
}
