/** What a source is, what it is given and what it owes. */

import type { Digest, Item, Task, Untrusted } from '../model.js';
import type { SettingsImporter } from './importer.js';
import type { LayoutDescriptor } from './layout.js';
import type { CredentialSpec, PluginContext, PluginOption, SecretStore, TermsNote } from './shared.js';

/** How sure a descriptor is that a reference is its own. */
export interface Recognition {
  /**
   * `certain`: a URL of this service or an id with a form that no other has. `possible`: an id that others may have too.
   * `if-chosen`: a form so plain (a number) that it is a reference only where the person has chosen this source.
   */
  readonly confidence: 'certain' | 'possible' | 'if-chosen';
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
    /**
     * Whether its references are folders of this machine: it is given their whole paths, and asked what it knows of
     * pictures without a record.
     */
    readonly folders?: boolean;
  };
  /** How this service's archives have always looked; `save` uses it unless it is told otherwise. */
  readonly layout?: LayoutDescriptor;
  /** Takes over what another program's files say. */
  readonly importer?: SettingsImporter;
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
  /** The source's own record of secrets, for what a person does not paste: a token that the service renews. */
  readonly secrets: SecretStore;
  /** Keeps a secret that the source came by out of every line that is printed. */
  redact(secret: string): void;
  /** A path as the person typed it: `~` and the current folder resolved. */
  resolvePath(typed: string): string;
}

export interface ListOptions {
  readonly signal?: AbortSignal | undefined;
  /** At most so many items are asked for; a source may stop listing then. */
  readonly limit?: number | undefined;
  /**
   * Only items made since, or before, this moment are wanted. A source that can ask its service for them does; one that
   * lists newest first may stop listing where everything is older. It need not leave any out.
   */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** `Task.cursor` of an earlier listing: it goes on behind that task. One that the source cannot use any more is ignored. */
  readonly cursor?: string | undefined;
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
      /**
       * Whether what the link led to in the end only stands in for the file: a picture that says that it was removed. It is
       * never kept, and the item counts as gone (`E_NOT_FOUND`). Asked before the body, and once more when that is known
       * to be whole.
       */
      isPlaceholder?(answer: MediaAnswer): boolean;
    }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Bytes that the source reads itself, from a disk or a library; they are verified like all others. */
  | { readonly kind: 'stream'; open(): AsyncIterable<Uint8Array>; readonly size?: number };

export interface MediaAnswer {
  /** Where it came from, after redirects. */
  readonly url: string;
  /** The bytes that it declares. */
  readonly size: number | undefined;
  /** What the bytes are, once they are here. */
  readonly mediaType?: string;
}

/** What is located: an item, of which a source may use what it lists, or a companion, of which it knows only this. */
export type Located = Pick<Item, 'id' | 'taskId'> & Partial<Item>;

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
  locate(item: Located, options: LocateOptions): Promise<Location>;
  /** The cheapest call that proves the credential; answers whose account it is, where that is told. */
  check?(signal?: AbortSignal): Promise<Untrusted | undefined>;
  close?(): Promise<void>;
}
