/** What both kinds of plugins share: options, credentials, questions, and the context that every body is given. */

import type { HttpAnswer, JsonAnswer, ServiceRequest } from '../http/contract.js';

/** An option that a plugin adds to the command line (`--scope`), to the configuration (`google-drive.scope`) or both. */
export interface PluginOption {
  /** Without dashes. */
  readonly name: string;
  readonly type: 'string' | 'boolean';
  readonly description: string;
  /** The allowed values, where they are few. */
  readonly choices?: readonly string[];
  /** Whether its value is nobody else's business: it is shown masked, and a line with it is not remembered. */
  readonly secret?: boolean;
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
  /** How the (cleaned) secret is sent, and thereby the only way in which it is sent: to `SourceContext.baseUrl`'s origin alone. */
  readonly header: CredentialHeader | ((value: string) => CredentialHeader);
}

/** `authorization: Bearer <value>`: the prefix holds its blank. */
export interface CredentialHeader {
  readonly name: string;
  readonly prefix: string;
}

/** A plugin's own record in the credential store: one JSON object, 0600, never shown and never logged. */
export interface SecretStore {
  get(): Promise<Readonly<Record<string, unknown>> | undefined>;
  set(record: Readonly<Record<string, unknown>>): Promise<void>;
  delete(): Promise<void>;
  /** Runs `work` while no other albaretto process of this profile runs its own. */
  locked<T>(work: () => Promise<T>): Promise<T>;
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
