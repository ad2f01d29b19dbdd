/**
 * Sends requests to Drive: with a token that Google should accept, once more with a newer one where it does not, and with
 * every failure as an AlbarettoError. It never repeats anything else; that is `transfer/`'s business.
 */

import { AlbarettoError, type HttpAnswer, interrupted, type SinkContext } from '../../src/plugin.js';
import { type Circumstances, driveError, factsOf, PLUGIN, refusedBy } from './failures.js';
import { createOAuthClient, type Library, loadLibrary, type OAuth2Client } from './library.js';
import { type Refusal, readRefusal, refusalOf } from './refusal.js';
import type { DriveScope } from './scopes.js';
import type { TokenSource } from './tokens.js';

type Drive = ReturnType<typeof createDrive>;

/** One request, for messages and for the reading of its failure. */
export interface Sending {
  readonly what: string;
  readonly about: Circumstances['about'];
  readonly signal?: AbortSignal | undefined;
  /** Statuses that the caller reads itself. */
  readonly accept?: readonly number[];
  /** For folders that are shared by link alone: `id/key`. */
  readonly resourceKeys?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, or whatever else came. */
  readonly data: unknown;
}

export interface RawRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  readonly url: string;
  readonly query?: Readonly<Record<string, string | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** False for a session's address, which is a permission in itself: the token is not sent to it. */
  readonly authorize?: boolean;
}

export interface ConnectionFacts {
  readonly tokens: TokenSource;
  readonly scope: DriveScope;
  /** The e-mail address of the service account that acts, if one does. */
  readonly serviceAccount?: string;
}

/** What each method of the library is given beside its parameters. */
type MethodOptions = { readonly signal?: AbortSignal; readonly headers?: Record<string, string> };

export class DriveConnection {
  readonly tokens: TokenSource;
  readonly scope: DriveScope;
  readonly #context: SinkContext;
  readonly #serviceAccount: string | undefined;
  readonly #client: OAuth2Client;
  readonly #drive: Drive;

  private constructor(context: SinkContext, facts: ConnectionFacts, client: OAuth2Client, drive: Drive) {
    this.tokens = facts.tokens;
    this.scope = facts.scope;
    this.#context = context;
    this.#serviceAccount = facts.serviceAccount;
    this.#client = client;
    this.#drive = drive;
  }

  /** Loads the library; sends nothing. */
  static async open(context: SinkContext, facts: ConnectionFacts): Promise<DriveConnection> {
    const library = await loadLibrary();
    const client = createOAuthClient(library, context);
    return new DriveConnection(context, facts, client, createDrive(library, client));
  }

  /** Calls a method of the library. A status in `accept` answers the refusal instead of throwing it. */
  async call<T>(
    sending: Sending,
    method: (drive: Drive, options: MethodOptions) => Promise<{ data: T }>,
  ): Promise<{ readonly data: T } | { readonly refusal: Refusal }> {
    const headers = resourceHeaders(sending);
    const options = { ...(sending.signal === undefined ? {} : { signal: sending.signal }), headers };
    try {
      return await this.#authorized(sending.signal, () => method(this.#drive, options));
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      if (refusal !== undefined && sending.accept?.includes(refusal.status) && !sending.signal?.aborted)
        return { refusal };
      throw driveError(thrown, this.#circumstances(sending));
    }
  }

  /** The same, for callers that accept no refusal. */
  async get<T>(sending: Sending, method: (drive: Drive, options: MethodOptions) => Promise<{ data: T }>): Promise<T> {
    const answer = await this.call({ ...sending, accept: [] }, method);
    return 'data' in answer ? answer.data : Promise.reject(this.refused(answer.refusal, sending));
  }

  /** Sends what the library has no method for. Answers every status, but 401 to a token. */
  async send(sending: Sending, request: RawRequest): Promise<Answer> {
    const options = {
      method: request.method,
      url: request.url,
      headers: { ...resourceHeaders(sending), ...request.headers },
      ...(request.query === undefined ? {} : { params: request.query }),
      ...(request.body === undefined ? {} : { data: request.body }),
      ...(sending.signal === undefined ? {} : { signal: sending.signal }),
      validateStatus: (status: number) => status !== 401 || request.authorize === false,
      retry: false,
    };
    try {
      const response =
        request.authorize === false
          ? await this.#client.transporter.request(options)
          : await this.#authorized(sending.signal, () => this.#client.request(options));
      return { status: response.status, headers: Object.fromEntries(response.headers), data: response.data };
    } catch (thrown) {
      throw driveError(thrown, this.#circumstances(sending));
    }
  }

  /**
   * Reads bytes with the program's own client, which also tries again what may pass by itself. Answers 2xx alone.
   * @param headers Beside those with the token.
   */
  async read(sending: Sending, url: string, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    if (sending.signal?.aborted) throw interrupted();
    const token = await this.tokens.token(sending.signal);
    const answer = await this.#bytes(sending, url, headers, token);
    if (answer.status !== 401) return answer;
    const renewed = await this.#bytes(sending, url, headers, await this.tokens.renewed(token, sending.signal));
    if (renewed.status !== 401) return renewed;
    throw this.refused(readRefusal(401, renewed.headers, Buffer.from(renewed.body).toString('utf8')), sending);
  }

  async #bytes(sending: Sending, url: string, headers: Readonly<Record<string, string>>, token: string) {
    const circumstances = this.#circumstances(sending);
    try {
      return await this.#context.http.bytes({
        url,
        headers: { ...resourceHeaders(sending), ...headers, authorization: `Bearer ${token}` },
        authorize: false,
        what: sending.what,
        signal: sending.signal,
        accept: [401],
        explain: (answer, json) => factsOf(readRefusal(answer.status, answer.headers, json), circumstances),
      });
    } catch (thrown) {
      // Its message names what failed already; its cause could hold the request, and thereby the token.
      if (!(thrown instanceof AlbarettoError)) throw driveError(thrown, circumstances);
      throw thrown.code === 'E_INTERRUPTED' ? interrupted() : thrown.with({ plugin: PLUGIN, cause: undefined });
    }
  }

  /** A refusal that the caller had accepted and cannot use after all, or an answer's bad status, as an error. */
  refused(refusal: Refusal, sending: Sending): Error {
    return refusedBy(refusal, this.#circumstances(sending));
  }

  refusedAnswer(answer: Answer, sending: Sending): Error {
    return this.refused(readRefusal(answer.status, answer.headers, answer.data), sending);
  }

  async #authorized<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (signal?.aborted) throw interrupted();
    const token = await this.tokens.token(signal);
    this.#client.setCredentials({ access_token: token });
    try {
      return await work();
    } catch (thrown) {
      if (refusalOf(thrown)?.status !== 401 || signal?.aborted) throw thrown;
    }
    // Revoked in the meantime, or ended early: one newer token, one more try.
    this.#client.setCredentials({ access_token: await this.tokens.renewed(token, signal) });
    return work();
  }

  #circumstances(sending: Sending): Circumstances {
    return {
      what: sending.what,
      about: sending.about,
      notGranted: this.scope === 'drive.file' && this.#serviceAccount === undefined,
      serviceAccount: this.#serviceAccount,
      signal: sending.signal,
      now: this.#context.now,
    };
  }
}

/**
 * The client holds nothing but the access token: so the library itself can renew none, which must happen under the lock.
 */
function createDrive(library: Library, client: OAuth2Client) {
  return library.drive({ version: 'v3', auth: client, retry: false });
}

/** https://developers.google.com/workspace/drive/api/guides/resource-keys */
function resourceHeaders(sending: Sending): Record<string, string> {
  return sending.resourceKeys === undefined ? {} : { 'X-Goog-Drive-Resource-Keys': sending.resourceKeys };
}
