/** Whose Drive it is: finds the identity, and opens connections for it, signing in when that is needed. */

import { AlbarettoError, printable, type SinkContext, untilAborted } from '../../src/plugin.js';
import { type AccountRecords, accountRecords, type SignInRecord, secretsOf } from './account-record.js';
import { DriveConnection } from './connection.js';
import { readCredentials } from './credentials.js';
import { credentialsError } from './failures.js';
import { type AuthorizedUser, type Identity, identityName, type OAuthClient, type ServiceAccount } from './identity.js';
import { GET_CREDENTIALS } from './misfits.js';
import type { DriveOptions } from './options.js';
import { revokeSignIn } from './revocation.js';
import { covers, scopeUrl, widest } from './scopes.js';
import { ServiceAccountTokens } from './service-account.js';
import { SignInKeeper } from './sign-in-keeper.js';
import { StoredTokens } from './tokens.js';

type Signal = AbortSignal | undefined;

export class Account {
  readonly #context: SinkContext;
  readonly #options: DriveOptions;
  readonly #records: AccountRecords;
  readonly #keeper: SignInKeeper;
  #identity: Promise<Identity> | undefined;
  #opened: DriveConnection | undefined;
  #opening: Promise<DriveConnection> | undefined;

  constructor(context: SinkContext, options: DriveOptions) {
    this.#context = context;
    this.#options = options;
    this.#records = accountRecords(context);
    this.#keeper = new SignInKeeper(context, options, this.#records);
  }

  /**
   * A connection that requests can be sent over; signs in first when nobody is, or when a wider scope is asked for than
   * the stored sign-in has. Callers at the same time share one sign-in.
   */
  async connect(signal: Signal): Promise<DriveConnection> {
    // A sign-in may have ended since: then the person is asked again instead of failing for the rest of the session.
    if (this.#opened !== undefined && (await this.signedIn())) return this.#opened;
    this.#opening ??= this.#open(signal).finally(() => {
      this.#opening = undefined;
    });
    this.#opened = await untilAborted(this.#opening, signal);
    return this.#opened;
  }

  /** Tells identities apart where something is remembered for one of them. @throws E_CREDENTIALS where there is none. */
  async name(): Promise<string> {
    return identityName(await this.#whoAmI());
  }

  /** Whether {@link connect} would do without a person. No request is made. */
  async signedIn(): Promise<boolean> {
    try {
      const identity = await this.#whoAmI();
      return identity.kind !== 'oauth-client' || (await this.#stored(identity)) !== undefined;
    } catch {
      return false;
    }
  }

  /** Signs in where needed, or in any case; proves the sign-in. Answers whose Drive it is, where that is known. */
  async login(fresh: boolean, signal: Signal): Promise<string | undefined> {
    const identity = await this.#whoAmI();
    if (fresh && identity.kind === 'oauth-client') {
      await this.#keeper.signIn(identity, undefined, signal);
      this.#opened = undefined;
    }
    await this.#prove(identity, signal);
    if (identity.kind === 'service-account') return printable(identity.email, 200);
    const account = (await this.#records.read())?.signIn?.account;
    return account === undefined ? undefined : printable(account, 200);
  }

  /** The client stays remembered, so that the next sign-in needs no file; everything of the person is forgotten. */
  async logout(revoke: boolean, signal: Signal): Promise<void> {
    const record = await this.#records.read();
    if (revoke && record?.signIn !== undefined) await revokeSignIn(this.#context, record.signIn, signal);
    this.#opened?.tokens.reload();
    this.#opened = undefined;
    this.#identity = undefined;
    await this.#records.locked(async () => {
      if (record?.identity.kind === 'oauth-client') await this.#records.write({ identity: record.identity });
      else await this.#records.delete();
    });
  }

  /**
   * Lets the person pick a folder on Google's page.
   * @returns The ids that were picked; undefined for an identity that nobody can pick for.
   */
  async pick(folder: string, signal: Signal): Promise<readonly string[] | undefined> {
    const identity = await this.#whoAmI();
    if (identity.kind !== 'oauth-client') return undefined;
    const picked = await this.#keeper.signIn(identity, folder, signal);
    (await this.connect(signal)).tokens.reload();
    return picked;
  }

  /** A sign-in that Google has ended is forgotten by whoever finds out; then the person is asked for a new one. */
  async #prove(identity: Identity, signal: Signal): Promise<void> {
    const connection = await this.connect(signal);
    try {
      await connection.tokens.token(signal);
    } catch (thrown) {
      const ended = thrown instanceof AlbarettoError && thrown.code === 'E_CREDENTIALS';
      if (!ended || identity.kind !== 'oauth-client' || (await this.signedIn())) throw thrown;
      this.#context.warn(thrown.message);
      await (await this.connect(signal)).tokens.token(signal);
    }
  }

  async #open(signal: Signal): Promise<DriveConnection> {
    const identity = await this.#whoAmI();
    if (identity.kind === 'service-account') return this.#openServiceAccount(identity);
    if (identity.kind === 'authorized-user') return this.#openUser(identity, signal);
    if ((await this.#stored(identity)) === undefined) await this.#keeper.signIn(identity, undefined, signal);
    else await this.#keeper.keepClient(identity);
    return this.#connectAs(identity);
  }

  async #openServiceAccount(identity: ServiceAccount): Promise<DriveConnection> {
    await this.#records.locked(() => this.#records.write({ identity }));
    const scope = this.#options.scope ?? 'drive.file';
    const tokens = new ServiceAccountTokens(this.#context, identity, scopeUrl(scope));
    return DriveConnection.open(this.#context, { tokens, scope, serviceAccount: identity.email });
  }

  /** What such a sign-in may do is known only when Google says it beside the first token. */
  async #openUser(identity: AuthorizedUser, signal: Signal): Promise<DriveConnection> {
    if ((await this.#keeper.find(identity)) === undefined) {
      const signIn: SignInRecord = { refreshToken: identity.refreshToken, scopes: [], folders: [] };
      await this.#records.locked(() => this.#records.write({ identity, signIn }));
    }
    await new StoredTokens(this.#context, this.#records, identity).token(signal);
    const scopes = (await this.#keeper.find(identity))?.scopes ?? [];
    const needed = this.#options.scope ?? 'drive.file';
    if (scopes.length > 0 && !covers(scopes, needed)) {
      throw credentialsError(
        `this sign-in of another program does not have the scope ${needed}`,
        `${GET_CREDENTIALS}; or run gcloud auth application-default login --client-id-file=<that file> --scopes=${scopeUrl(needed)}`,
      );
    }
    return this.#connectAs(identity);
  }

  async #connectAs(identity: OAuthClient | AuthorizedUser): Promise<DriveConnection> {
    const granted = (await this.#keeper.find(identity))?.scopes ?? [];
    const scope = widest(granted) ?? this.#options.scope ?? 'drive.file';
    return DriveConnection.open(this.#context, {
      tokens: new StoredTokens(this.#context, this.#records, identity),
      scope,
    });
  }

  /** The stored sign-in, if it was made with this identity and allows what is asked for. */
  async #stored(identity: Identity): Promise<SignInRecord | undefined> {
    const signIn = await this.#keeper.find(identity);
    return signIn !== undefined && covers(signIn.scopes, this.#options.scope ?? 'drive.file') ? signIn : undefined;
  }

  #whoAmI(): Promise<Identity> {
    this.#identity ??= this.#findIdentity().catch((thrown: unknown) => {
      this.#identity = undefined;
      throw thrown;
    });
    return this.#identity;
  }

  /** The file on the command line, else what an earlier run remembered. */
  async #findIdentity(): Promise<Identity> {
    const typed = this.#options.credentials;
    if (typed !== undefined) {
      const identity = await readCredentials(this.#context.resolvePath(typed), typed);
      for (const secret of secretsOf({ identity })) this.#context.redact(secret);
      return identity;
    }
    const remembered = (await this.#records.read())?.identity;
    if (remembered !== undefined) return remembered;
    throw credentialsError(
      'there is no credentials.json',
      `${GET_CREDENTIALS}, then start albaretto google-drive <that file>`,
    );
  }
}
