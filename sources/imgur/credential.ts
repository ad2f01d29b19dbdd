import { AlbarettoError, type CredentialHeader } from '../../src/plugin.js';

/** The length of an access token: https://apidocs.imgur.com, Authorization. */
const TOKEN_LENGTH = 40;

/** 15 digits wherever one was seen; nothing promises that number. */
const CLIENT_ID = /^[0-9a-f]{12,20}$/iu;
const ACCESS_TOKEN = /^[0-9a-f]{40}$/iu;

/**
 * A Client-ID or an access token as the API takes it, without the words that stand before it in a header. Which of the
 * two it is shows in its length.
 * @throws E_CREDENTIALS that does not repeat what was pasted.
 */
export function checkCredential(pasted: string): string {
  const value = unquoted(pasted.trim())
    .replace(/^authorization:\s*/iu, '')
    .replace(/^(?:bearer|client-id)\s+/iu, '');
  const bare = unquoted(value).trim();
  if (CLIENT_ID.test(bare) || ACCESS_TOKEN.test(bare)) return bare;
  throw new AlbarettoError({ code: 'E_CREDENTIALS', ...diagnosis(bare), plugin: 'imgur', reach: 'run' });
}

/** @param value As `checkCredential` answered it. */
export function headerOf(value: string): CredentialHeader {
  return { name: 'authorization', prefix: value.length === TOKEN_LENGTH ? 'Bearer ' : 'Client-ID ' };
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/su, '$2');
}

function diagnosis(value: string): { message: string; hint: string } {
  const hint =
    "give an application's Client ID (15 hexadecimal digits, from imgur.com/account/settings/apps) or an access token (40 of them)";
  if (value === '') return { message: 'the Client-ID is empty', hint };
  if (/^(?:https?:)?\/\//iu.test(value)) return { message: 'this is an address and no Client-ID', hint };
  if (/^(?:[a-z0-9]{5}|[a-z0-9]{7})$/iu.test(value)) {
    return { message: 'this looks like the id of an album or image and is no Client-ID', hint };
  }
  if (/^[0-9a-f]+$/iu.test(value)) {
    return { message: `this has ${value.length} digits, which neither a Client-ID nor an access token has`, hint };
  }
  return { message: 'Client-IDs and access tokens of Imgur are hexadecimal digits, and this is not', hint };
}
