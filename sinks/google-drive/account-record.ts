/** What the credential store keeps for this sink: the identity, and the sign-in that belongs to it. */

import type { SinkContext } from '../../src/plugin.js';
import { type Identity, identityName } from './identity.js';

/** A person's sign-in. Times are milliseconds since the epoch. */
export interface SignInRecord {
  readonly refreshToken: string;
  readonly accessToken?: string;
  readonly expiresAt?: number;
  /** As Google names them; empty where it has not said yet. */
  readonly scopes: readonly string[];
  /** When the person consented; unknown for a sign-in that another program made. */
  readonly signedInAt?: number;
  /** When Google last accepted the refresh token. */
  readonly refreshedAt?: number;
  /** Whose Drive it is: an e-mail address, in Google's words. */
  readonly account?: string;
  /** The folders that the person picked for the program. */
  readonly folders: readonly string[];
}

export interface AccountRecord {
  readonly identity: Identity;
  readonly signIn?: SignInRecord;
}

export interface AccountRecords {
  /** The record as it is stored now, by whichever process; what has another form counts as none. */
  read(): Promise<AccountRecord | undefined>;
  write(record: AccountRecord): Promise<void>;
  delete(): Promise<void>;
  locked<T>(work: () => Promise<T>): Promise<T>;
}

export function accountRecords(context: Pick<SinkContext, 'secrets' | 'redact'>): AccountRecords {
  return {
    async read() {
      const record = parseRecord(await context.secrets.get());
      if (record !== undefined) for (const secret of secretsOf(record)) context.redact(secret);
      return record;
    },
    async write(record) {
      for (const secret of secretsOf(record)) context.redact(secret);
      await context.secrets.set(structuredClone(record) as unknown as Record<string, unknown>);
    },
    delete: () => context.secrets.delete(),
    locked: (work) => context.secrets.locked(work),
  };
}

/** Whether a stored record was made with this identity. */
export function belongsTo(record: AccountRecord, identity: Identity): boolean {
  if (record.identity.kind !== identity.kind || identityName(record.identity) !== identityName(identity)) return false;
  if (identity.kind !== 'authorized-user') return true;
  // Another refresh token in the file is another, newer sign-in.
  return record.identity.kind === 'authorized-user' && record.identity.refreshToken === identity.refreshToken;
}

/** Everything in a record that must never be printed. */
export function secretsOf(record: AccountRecord): string[] {
  const { identity, signIn } = record;
  const own = identity.kind === 'service-account' ? [identity.privateKey] : [identity.secret];
  const brought = identity.kind === 'authorized-user' ? [identity.refreshToken] : [];
  const all = [...own, ...brought, signIn?.refreshToken, signIn?.accessToken];
  return all.filter((secret): secret is string => secret !== undefined);
}

function parseRecord(stored: Readonly<Record<string, unknown>> | undefined): AccountRecord | undefined {
  const identity = parseIdentity(stored?.identity);
  if (identity === undefined) return undefined;
  const signIn = parseSignIn(stored?.signIn);
  return signIn === undefined ? { identity } : { identity, signIn };
}

function parseIdentity(value: unknown): Identity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const has = (...names: string[]) => names.every((name) => typeof fields[name] === 'string');
  const whole =
    (fields.kind === 'oauth-client' && has('id')) ||
    (fields.kind === 'authorized-user' && has('id', 'refreshToken')) ||
    (fields.kind === 'service-account' && has('email', 'privateKey'));
  return whole ? (value as Identity) : undefined;
}

function parseSignIn(value: unknown): SignInRecord | undefined {
  const fields = value as Partial<SignInRecord> | undefined;
  if (typeof fields?.refreshToken !== 'string') return undefined;
  return { ...fields, refreshToken: fields.refreshToken, scopes: texts(fields.scopes), folders: texts(fields.folders) };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}
