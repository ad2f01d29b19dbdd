/**
 * The one door to plugins: what a source and a sink are, what they are given, and what they owe.
 *
 * A plugin is two parts. Its *descriptor* is plain and cheap (names, what it recognises, which credentials it needs), so
 * that listing and choosing plugins costs nothing. Its *body* is loaded on first use by `load()`.
 *
 * A plugin is code that runs with the user's rights. It is kept small by what it does not do: a source never downloads
 * media, touches the disk or prints; a sink knows no service; neither retries, paces or verifies what `transfer/` does
 * for all of them.
 */

import type { HttpAnswer, JsonAnswer, ServiceRequest } from './http/contract.js';
import type { Digest, DigestAlgorithm, Document, Item, Receipt, Task, Untrusted } from './model.js';

export type { ErrorCode, ErrorFacts, Reach } from './errors.js';
export { AlbarettoError, asAlbarettoError, ExitCode, interrupted, usageError } from './errors.js';
export type { HttpAnswer, JsonAnswer, ServiceRequest } from './http/contract.js';
export type {
  Companion,
  Digest,
  DigestAlgorithm,
  Document,
  Generation,
  Item,
  RawRecord,
  Receipt,
  Task,
  Untrusted,
} from './model.js';
export { fromService } from './model.js';
export { printable } from './printable.js';
export type { ProcessIdentity } from './process-identity.js';
export { ownIdentity, stateOf } from './process-identity.js';
export { rawRecord } from './raw.js';
export { parseRetryAfter } from './retry.js';

// ---------------------------------------------------------------------------------------------- what both kinds share

/** An option that a plugin adds to the command line (`--scope`), to the configuration (`google-drive.scope`) or both. */
export interface PluginOption {
  /** Without dashes. */
  readonly name: string;
  readonly type: 'string' | 'boolean';
  readonly description: string;
  /** The allowed values, where they are few. */
  readonly choices?: readonly string[];
}

/** Values of declared options; one that was not given is absent. */
export type OptionValues = Readonly<Record<string, string | boolean>>;

/** A secret that a person must bring. */
export interface CredentialSpec {
  /** `token`, for all services so far. Part of the name in the environment: `ALBARETTO_<PLUGIN>_<NAME>`. */
  readonly name: string;
  /** How a prompt asks for it: `DALL·E 2 session token`. */
  readonly label: string;
  /** Environment variables that the service's own tools read. */
  readonly environment?: readonly string[];
  /** One or two sentences: where to get it. */
  readonly howTo: string;
  /** False where much works without it. */
  readonly required: boolean;
  /**
   * Looks at a pasted value before any request is made. Answers it cleaned (trimmed, `Bearer ` taken off) or throws
   * `E_CREDENTIALS` that says what a right one looks like and does not repeat the wrong one.
   */
  check(pasted: string): string;
  /** How the secret is sent, and thereby the only way in which it is sent: to `SourceContext.baseUrl`'s origin alone. */
  readonly header: { readonly name: string; readonly prefix: string };
}

export interface TermsNote {
  /** What the service's terms say, in a sentence. */
  readonly note: string;
  readonly url: string;
}

/** Questions to the person. A script answers or refuses them; a plugin never reads the terminal itself. */
export interface Ask {
  /** False where nobody can answer: then the methods throw `E_CREDENTIALS` or answer their default. */
  readonly interactive: boolean;
  confirm(question: string, fallback: boolean): Promise<boolean>;
  /**
   * One line of text. Throws `E_CREDENTIALS` where nobody answers, `E_INTERRUPTED` when the person stops it and when the signal aborts: then the question is
   * taken back, and the next line that is typed belongs to somebody else.
   */
  text(question: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<string>;
  /** One line that is not shown while it is typed. */
  secret(question: string): Promise<string>;
}

/** What every plugin's body is given. */
export interface PluginContext {
  readonly http: ServiceHttp;
  readonly options: OptionValues;
  readonly ask: Ask;
  /** A line for the person while something takes long: `waiting for task-… (pending)`. Shown once, or as the spinner's text. */
  progress(text: string): void;
  /** Something the person should know that is no failure. */
  warn(text: string): void;
  /** For `--debug` and `--log-file`; secrets are redacted on the way. */
  debug(text: string): void;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Waits; throws `E_INTERRUPTED` at once when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

/**
 * The program's HTTP client as one plugin sees it: proxies, certificates, time-outs, redirects, the address rules, the
 * retry table and the plugin's own secret are already in it. Every failure is an AlbarettoError that names the plugin.
 */
export interface ServiceHttp {
  /** Sends and parses JSON, retrying as the retry table allows. HTML where JSON belongs counts as an outage. */
  json(request: ServiceRequest): Promise<JsonAnswer>;
  /** Sends and answers the whole body. */
  bytes(request: ServiceRequest): Promise<HttpAnswer>;
  /**
   * For a library that brings its own client: the `fetch` signature over the same connections, caps and rules. Sends
   * once, never retries, answers every status.
   */
  readonly fetch: typeof globalThis.fetch;
}

// ------------------------------------------------------------------------------------------------------------- sources

/** How sure a descriptor is that a reference is its own. */
export interface Recognition {
  /** `certain`: a URL of this service or an id with a form that no other has. `possible`: an id that others may have too. */
  readonly confidence: 'certain' | 'possible';
  /** The reference in the form that `Source.open` takes. */
  readonly reference: string;
}

export interface SourceDescriptor {
  readonly kind: 'source';
  /** Lower case and dashes: the folder's name, the prefix (`imgur:aB3dE5f`) and what `--source` takes. */
  readonly name: string;
  /** For a person: `DALL·E 2`. */
  readonly title: string;
  readonly description: string;
  /** What a reference looks like: said when one is of the wrong form. */
  readonly references: string;
  readonly credentials?: CredentialSpec;
  readonly terms?: TermsNote;
  readonly options?: readonly PluginOption[];
  /** Where the service lives unless the person moves it. Its origin is the only one that sees the credential. */
  readonly baseUrl: string;
  readonly capabilities: {
    /** Whether `Source.all` lists the person's whole history. */
    readonly all: boolean;
    /** The most transfers at once that the service bears. */
    readonly concurrency: number;
  };
  /** Pure: no import, no request. `undefined` for what cannot be a reference of this service. */
  recognise(reference: string): Recognition | undefined;
  load(): Promise<SourceBody>;
}

export interface SourceBody {
  create(context: SourceContext): Source;
}

export interface SourceContext extends PluginContext {
  /** The descriptor's `baseUrl`, or where the person moved it. Ends without a slash. */
  readonly baseUrl: string;
}

export interface ListOptions {
  readonly signal?: AbortSignal | undefined;
  /** At most so many items are asked for; a source may stop listing then. */
  readonly limit?: number | undefined;
}

/** Where the bytes of an item are, at this moment. */
export type Location =
  | {
      readonly kind: 'request';
      readonly url: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** When the link stops working, in milliseconds since the epoch. */
      readonly expiresAt?: number;
      /** Bytes and digests, where the service declares them. */
      readonly size?: number;
      readonly digests?: readonly Digest[];
    }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

export interface LocateOptions {
  readonly signal?: AbortSignal | undefined;
  /** True after the last link was refused as expired: ask the service again. Concurrent renewals of one page are shared. */
  readonly renew: boolean;
}

export interface Source {
  /**
   * What a reference names: most often one task. A task that is still being made is awaited, with `progress` and a
   * limit. Throws `E_NOT_FOUND`, `E_TASK_FAILED` (in the service's words), `E_CREDENTIALS`, or what `http` throws.
   * On abort it throws `E_INTERRUPTED` and leaves nothing running.
   */
  open(reference: string, options: ListOptions): AsyncIterable<Task>;
  /** The person's whole history, newest first, page by page: no page is asked for before it is needed. */
  all?(options: ListOptions): AsyncIterable<Task>;
  /**
   * Where an item's (or companion's) bytes are. Asked right before the download, and once more with `renew` when the
   * link was refused. Throws `E_NOT_FOUND` when the service has it no more.
   */
  locate(item: Pick<Item, 'id' | 'taskId'>, options: LocateOptions): Promise<Location>;
  /** The cheapest call that proves the credential; answers whose account it is, where that is told. */
  check?(signal?: AbortSignal): Promise<Untrusted | undefined>;
  close?(): Promise<void>;
}

// --------------------------------------------------------------------------------------------------------------- sinks

export interface SinkCapabilities {
  /** A file appears under its name whole or not at all, also when it replaces another. */
  readonly atomicReplace: boolean;
  /** The digests that receipts may carry, best first. */
  readonly digests: readonly DigestAlgorithm[];
  /** The longest name in UTF-8 bytes. */
  readonly longestName: number;
  /** Whether a folder holds one file a name. */
  readonly uniqueNames: boolean;
  readonly caseSensitive: boolean;
  /** Writes at once. */
  readonly concurrency: number;
  /** Whether `Store.reserve` gives ids that make a create idempotent. */
  readonly reserves: boolean;
  /** Creations a second that the storage bears, where it is known to limit them. */
  readonly pace?: { readonly start: number; readonly burst: number; readonly floor: number; readonly ceiling: number };
}

export interface SinkDescriptor {
  readonly kind: 'sink';
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** What a destination looks like: said when one is of the wrong form. */
  readonly destinations: string;
  /** What may stand after the sink's name on the command line: `[<credentials.json>]`. */
  readonly arguments?: readonly { readonly name: string; readonly description: string }[];
  readonly options?: readonly PluginOption[];
  readonly terms?: TermsNote;
  readonly capabilities: SinkCapabilities;
  /** Whether `save` needs somebody to sign in first. */
  readonly signsIn: boolean;
  load(): Promise<SinkBody>;
}

export interface SinkBody {
  create(context: SinkContext): Sink;
}

/** A plugin's own record in the credential store: one JSON object, 0600, never shown and never logged. */
export interface SecretStore {
  get(): Promise<Readonly<Record<string, unknown>> | undefined>;
  set(record: Readonly<Record<string, unknown>>): Promise<void>;
  delete(): Promise<void>;
  /** Runs `work` while no other albaretto process of this profile runs its own. */
  locked<T>(work: () => Promise<T>): Promise<T>;
}

export interface SinkContext extends PluginContext {
  /** The words after the sink's name on the command line. */
  readonly arguments: readonly string[];
  readonly secrets: SecretStore;
  /** Small facts that are no secret and outlive a session: the id of the folder that the program made. */
  readonly memory: {
    get(key: string): string | undefined;
    set(key: string, value: string | undefined): Promise<void>;
  };
  /** A path as the person typed it: `~` and the current folder resolved. */
  resolvePath(typed: string): string;
  /** Opens the system's browser (`$BROWSER` first). False when there is none or it could not be started. */
  openBrowser(url: string): Promise<boolean>;
  /** Keeps a secret that the plugin came by (an access token, a session URI) out of every line that is printed. */
  redact(secret: string): void;
}

export interface Sink {
  /**
   * Opens a destination: checks that it is there and may be written to, before anything is fetched for it. Without a
   * destination: the sink's own default. Throws `E_USAGE` (not of the right form), `E_DESTINATION`, `E_NOT_GRANTED`,
   * `E_CREDENTIALS`.
   */
  open(
    destination: string | undefined,
    options: {
      readonly signal?: AbortSignal | undefined;
      /** Nothing will be written: the destination need only be readable, and nothing in it is made or tidied up. */
      readonly readOnly?: boolean | undefined;
    },
  ): Promise<Store>;
  /** What `open` would use, without a request and without creating anything; for `--dry-run` and messages. */
  describe(destination: string | undefined): string;
  /** Signs in. `--dry-run` and scripts call it before the first fetch, so that a long fetch does not end at a question. */
  login?(options: { readonly signal?: AbortSignal | undefined; readonly fresh: boolean }): Promise<string | undefined>;
  /** Forgets the stored sign-in; with `revoke` it is also ended at the service. */
  logout?(options: { readonly signal?: AbortSignal | undefined; readonly revoke: boolean }): Promise<void>;
  /** Whether a sign-in is stored, without a request. */
  signedIn?(): Promise<boolean>;
  close?(): Promise<void>;
}

/** Whole, verified bytes that can be read again as often as a retry needs them. */
export interface Bytes {
  readonly size: number;
  /** sha256 always; md5 as well, because storages report it. */
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
}

export interface Store {
  /** How messages name the destination: what the person typed. */
  readonly label: string;
  /** The destination in one unique form (an absolute path, a folder id). */
  readonly location: string;
  /** A page that shows the destination, where the storage has one. */
  readonly url?: string | undefined;
  /** Makes (or finds, when an interrupted run made it) a folder below this one and opens it. */
  folder(
    name: string,
    options: { readonly signal?: AbortSignal | undefined; readonly reservation?: string },
  ): Promise<Store>;
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
   * Looks at what this store wrote: answers the condition of each file, in the same order. A storage that lists asks once
   * for all of them. Trashed counts as missing. Never changes anything.
   */
  inspect?(files: readonly ExpectedFile[], options: InspectOptions): Promise<readonly Condition[]>;
  close?(): Promise<void>;
}

// ------------------------------------------------------------------------------------------------------------- defining

/** Declares a source; see {@link SourceDescriptor}. */
export function defineSource(descriptor: Omit<SourceDescriptor, 'kind'>): SourceDescriptor {
  return { kind: 'source', ...descriptor };
}

/** Declares a sink; see {@link SinkDescriptor}. */
export function defineSink(descriptor: Omit<SinkDescriptor, 'kind'>): SinkDescriptor {
  return { kind: 'sink', ...descriptor };
}

export type PluginDescriptor = SourceDescriptor | SinkDescriptor;
export type { Document as PluginDocument };
