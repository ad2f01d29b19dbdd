/** An opened destination: what it is handed and what it owes. */

import type { Digest, Receipt, Untrusted } from '../model.js';

/** Whole, verified bytes that can be read again as often as a retry needs them. */
export interface Bytes {
  readonly size: number;
  /** sha256 always, and what else was computed on the way; `digestOf` computes the others. */
  readonly digests: readonly Digest[];
  /** Reads from `offset` (default 0) to the end. */
  open(offset?: number): AsyncIterable<Uint8Array>;
  /** The bytes themselves where they are in memory; a copy is never made for this. */
  readonly inMemory?: Uint8Array;
}

/** An existing file that stands where a new one should go. */
export interface ExistingFile {
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

/** A file that a store reads back. */
export interface StoredFile extends ExistingFile {
  readonly name: string;
  /** As `Receipt.location`. */
  readonly location: string;
  /** As the storage itself reports them; none where the bytes would have to be read for it. */
  readonly digests: readonly Digest[];
}

export interface StoreFile {
  /** A safe file name of at most `longestName` bytes. */
  readonly name: string;
  readonly role: 'media' | 'document';
  readonly bytes: Bytes;
  readonly mediaType: string;
  /**
   * The same for the same file of the same item in every run; 43 characters of base64url. A store with names that are
   * not unique finds what is there by it.
   */
  readonly key: string;
  readonly createdAt?: Date;
  /** For storages that keep one: the prompt. */
  readonly description?: Untrusted;
  /** An id from `reserve`, when the sink gives any. The same one in every try for this file. */
  readonly reservation?: string;
  /** What happens to whole, different bytes under the same name: a second name, or they are replaced. */
  readonly onDifferent: 'suffix' | 'replace';
  /** Whether an existing file with this name may be replaced: it is a damaged copy, or an older document, of ours. */
  replaces?(existing: ExistingFile): Promise<boolean>;
}

/** A file that should be at a destination, as its receipt told it. */
export interface ExpectedFile {
  /** Its name in the folder; the folders below it, with `/`, stand before it: `models/a.json`. */
  readonly name: string;
  /** `Receipt.location`. */
  readonly location: string;
  readonly size: number;
  readonly digests: readonly Digest[];
}

/** What is found where a file should be: nothing, or bytes of another size or digest. */
export type Condition = 'whole' | 'missing' | 'damaged';

export interface InspectOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether the bytes themselves are read (or their digest asked of the storage); otherwise presence and size decide. */
  readonly deep: boolean;
}

export interface PutOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes sent so far for this file. */
  onProgress?(sent: number): void;
  /**
   * An id for a create where the file brought none, or where the storage says that the one it brought is taken. It is
   * written down before it is answered, so that a run that is killed during the create is continued with the same one.
   */
  reserve?(): Promise<string>;
}

export interface FolderOptions {
  readonly signal?: AbortSignal | undefined;
  /** An id from `reserve` that an earlier try, or an earlier run, was about to make the folder with. */
  readonly reservation?: string;
  /** As `PutOptions.reserve`. */
  reserve?(): Promise<string>;
}

export interface Store {
  /** How messages name the destination: what the person typed. */
  readonly label: string;
  /** The destination in one unique form (an absolute path, a folder id). */
  readonly location: string;
  /** A page that shows the destination, where the storage has one. */
  readonly url?: string | undefined;
  /** Whether `folder` made it just now; not given where the storage does not tell. */
  readonly isNew?: boolean | undefined;
  /** Makes (or finds, when an interrupted run made it) a folder below this one and opens it. */
  folder(name: string, options: FolderOptions): Promise<Store>;
  /** Ids that make `put` idempotent; only where the capability says so. */
  reserve?(count: number, options: { readonly signal?: AbortSignal | undefined }): Promise<readonly string[]>;
  /**
   * Stores one file. Duties: bytes that end before `bytes.size`, or exceed it, are an error and never a file; the receipt's
   * digest comes from the storage or from reading what was written; the same bytes already there give a receipt with
   * `present` and no second file. On failure it throws (`E_NO_SPACE`, `E_DESTINATION`, `E_NOT_GRANTED`, …, with `retryable`
   * and `reach`) and leaves nothing under a final name. On abort it stops at once, the same way.
   */
  put(file: StoreFile, options: PutOptions): Promise<Receipt>;
  /** Which of these names or keys are there already, without one request each. */
  has?(
    files: readonly Pick<StoreFile, 'name' | 'key'>[],
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<ReadonlySet<string>>;
  /**
   * The file of this folder with this name, to be looked at and read; `undefined` where there is none (what a link, a
   * folder or a device has the name of is none). Where names are not unique: the one with the key, else the newest.
   */
  read?(
    file: Pick<StoreFile, 'name' | 'key'>,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<StoredFile | undefined>;
  /**
   * Looks at what this store wrote: answers the condition of each file, in the same order. A storage that lists asks once
   * for all of them. Trashed counts as missing. Never changes anything.
   */
  inspect?(files: readonly ExpectedFile[], options: InspectOptions): Promise<readonly Condition[]>;
  close?(): Promise<void>;
}
