/** What a sink is, what it is given and what it owes. */

import type { DigestAlgorithm } from '../model.js';
import type { PluginContext, PluginOption, SecretStore, TermsNote } from './shared.js';
import type { Store } from './store.js';

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
  /** @throws E_USAGE for a name that no folder of this storage can have. Without a request. */
  checkFolderName?(name: string): void;
  /** What `open` would use, without a request and without creating anything; for `--dry-run` and messages. */
  describe(destination: string | undefined): string;
  /**
   * Signs in. Scripts call it before the first fetch, so that a long fetch does not end at a question: what is stored is
   * proved then, without a request as long as it is known to hold.
   */
  login?(options: { readonly signal?: AbortSignal | undefined; readonly fresh: boolean }): Promise<string | undefined>;
  /** Forgets the stored sign-in; with `revoke` it is also ended at the service. */
  logout?(options: { readonly signal?: AbortSignal | undefined; readonly revoke: boolean }): Promise<void>;
  /** Whether a sign-in is stored, without a request. */
  signedIn?(): Promise<boolean>;
  close?(): Promise<void>;
}
