/**
 * Reads credentials.json, in every shape that people have: a desktop or web client, a service account's key, a finished
 * sign-in of gcloud or of Google's quickstarts. What is something else is refused with the way to the right file.
 */

import { createPrivateKey } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { AlbarettoError, printable } from '../../src/plugin.js';
import { credentialsError } from './failures.js';
import type { AuthorizedUser, Identity, OAuthClient, ServiceAccount } from './identity.js';
import { GET_CREDENTIALS, type Misfit, misfitOfJson, misfitOfText } from './misfits.js';

/** Google's files have 2 kB; whatever is larger than this is something else. */
const LARGEST = 1_048_576;

/**
 * @param path Where it is.
 * @param typed How the person named it, for messages.
 * @throws E_CREDENTIALS for a file that is not there, cannot be read or is of no use here.
 */
export async function readCredentials(path: string, typed: string): Promise<Identity> {
  const name = printable(typed, 200);
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw refused(name, { is: 'a folder', remedy: 'give the JSON file inside it' });
    if (facts.size > LARGEST) throw refused(name, { is: 'too large for a credentials file', remedy: GET_CREDENTIALS });
    return recogniseCredentials(decode(await readFile(path)), name);
  } catch (thrown) {
    if (thrown instanceof AlbarettoError) throw thrown;
    throw unreadable(name, (thrown as { code?: string }).code ?? 'unknown');
  }
}

/** @throws E_CREDENTIALS with the remedy. */
export function recogniseCredentials(text: string, name: string): Identity {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(name, misfitOfText(text));
  }
  const fields = asRecord(value);
  const client = asRecord(fields?.installed) ?? asRecord(fields?.web);
  if (client !== undefined) return readClient(client, fields?.installed === undefined ? 'web' : 'installed', name);
  if (fields?.type === 'service_account') return readServiceAccount(fields, name);
  // gcloud marks a finished sign-in by its type; the Python quickstarts write the same fields without one.
  const id = textOf(fields?.client_id);
  const refreshToken = textOf(fields?.refresh_token);
  if (fields !== undefined && id !== undefined && refreshToken !== undefined) return readUser(fields, id, refreshToken);
  if (fields !== undefined && id !== undefined) return readClient(fields, 'installed', name);
  throw refused(name, misfitOfJson(value));
}

function readClient(fields: Readonly<Record<string, unknown>>, type: 'installed' | 'web', name: string): OAuthClient {
  const id = textOf(fields.client_id);
  if (id === undefined)
    throw refused(name, { is: 'without a client_id', remedy: `download it again: ${GET_CREDENTIALS}` });
  const secret = textOf(fields.client_secret);
  if (secret !== undefined && /^[*•]+|[*•]{3,}/u.test(secret)) {
    const remedy =
      'the console shows a secret only when it is made: add a new secret to the client and download the JSON at once';
    throw refused(name, { is: 'without its secret (it is masked)', remedy });
  }
  const kept = { kind: 'oauth-client' as const, id, ...(secret === undefined ? {} : { secret }) };
  return type === 'installed' ? kept : { ...kept, ...loopbackRedirects(fields.redirect_uris, name) };
}

/** A web client may be redirected only to what it registered; that is of use here if it is an address of this machine. */
function loopbackRedirects(
  registered: unknown,
  name: string,
): Required<Pick<OAuthClient, 'redirect'>> & Pick<OAuthClient, 'otherRedirects'> {
  const uris = Array.isArray(registered) ? registered.filter((uri): uri is string => typeof uri === 'string') : [];
  const [redirect, ...otherRedirects] = uris.filter((uri) => {
    const url = URL.canParse(uri) ? new URL(uri) : undefined;
    return url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  });
  if (redirect !== undefined) return otherRedirects.length === 0 ? { redirect } : { redirect, otherRedirects };
  throw refused(name, {
    is: 'a client of the type "Web application" without a redirect address on this machine',
    remedy: `${GET_CREDENTIALS} (or add http://127.0.0.1:8085/ to the client's redirect addresses and download it again)`,
  });
}

function readUser(fields: Readonly<Record<string, unknown>>, id: string, refreshToken: string): AuthorizedUser {
  const secret = textOf(fields.client_secret);
  return { kind: 'authorized-user', id, refreshToken, ...(secret === undefined ? {} : { secret }) };
}

function readServiceAccount(fields: Readonly<Record<string, unknown>>, name: string): ServiceAccount {
  const email = textOf(fields.client_email);
  const privateKey = textOf(fields.private_key);
  const remedy = 'make a new JSON key for the service account in the console (Keys, Add key) and give that file';
  if (email === undefined || privateKey === undefined)
    throw refused(name, { is: 'an incomplete service account key', remedy });
  try {
    createPrivateKey(privateKey);
  } catch {
    throw refused(name, { is: 'a service account key whose private key is damaged', remedy });
  }
  return { kind: 'service-account', email, privateKey };
}

/** Windows editors write a byte order mark, and its shells UTF-16. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le');
  return bytes.toString('utf8').replace(/^\ufeff/u, '');
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const plain = typeof value === 'object' && value !== null && !Array.isArray(value);
  return plain ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function refused(name: string, misfit: Misfit): AlbarettoError {
  return credentialsError(`${name} is ${misfit.is}`, misfit.remedy);
}

function unreadable(name: string, code: string): AlbarettoError {
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return credentialsError(
      `there is no file ${name}`,
      `give the path of credentials.json; if you have none, ${GET_CREDENTIALS}`,
    );
  }
  if (code === 'EACCES' || code === 'EPERM')
    return credentialsError(`${name} may not be read`, 'change its permissions');
  return credentialsError(`${name} cannot be read (${code})`, 'give the path of credentials.json');
}
