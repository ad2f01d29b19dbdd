import { describe, expect, test } from '@jest/globals';
import { checkCredential, headerOf } from '../../../sources/imgur/credential.js';
import { AlbarettoError } from '../../../src/errors.js';

const CLIENT_ID = '7d1f0a93c5e2b84';
const TOKEN = 'c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55';

function refusal(pasted: string): AlbarettoError {
  try {
    checkCredential(pasted);
  } catch (thrown) {
    if (thrown instanceof AlbarettoError) return thrown;
  }
  throw new Error(`${pasted} was taken`);
}

describe('a Client-ID or access token is taken as people paste it', () => {
  test.each([
    ['a Client-ID as it is', CLIENT_ID, CLIENT_ID],
    ['a Client-ID with its word', `Client-ID ${CLIENT_ID}`, CLIENT_ID],
    ['a Client-ID as the whole header', `Authorization: Client-ID ${CLIENT_ID}`, CLIENT_ID],
    ['a Client-ID in quotes', `"${CLIENT_ID}"`, CLIENT_ID],
    ['the word before the quotes', `client-id '${CLIENT_ID}'`, CLIENT_ID],
    ['the whole header in quotes', `"Authorization: Bearer ${TOKEN}"`, TOKEN],
    ['a token as it is', TOKEN, TOKEN],
    ['a token with blanks and a line break', `  ${TOKEN}\n`, TOKEN],
    ['a token with its word', `Bearer ${TOKEN}`, TOKEN],
  ])('%s', (_form, pasted, value) => {
    expect(checkCredential(pasted)).toBe(value);
  });
});

test('each is sent with its own word', () => {
  expect(headerOf(CLIENT_ID)).toEqual({ name: 'authorization', prefix: 'Client-ID ' });
  expect(headerOf(TOKEN)).toEqual({ name: 'authorization', prefix: 'Bearer ' });
});

describe('what is pasted in their place is told apart', () => {
  test.each([
    ['nothing', '  ', 'the Client-ID is empty'],
    ['an id of an album', 'aB3dE5f', 'the id of an album'],
    ['an address', 'https://imgur.com/a/aB3dE5f', 'this is an address'],
    ['half a token', TOKEN.slice(0, 30), 'this has 30 digits'],
    ['a key of another service', 'sk-abcdefghijklmnop', 'hexadecimal digits, and this is not'],
    ['a token with a blank in it', `${TOKEN.slice(0, 20)} ${TOKEN.slice(20)}`, 'hexadecimal digits'],
  ])('%s', (_what, pasted, message) => {
    const error = refusal(pasted);
    expect(error).toMatchObject({ code: 'E_CREDENTIALS', plugin: 'imgur', reach: 'run', retryable: false });
    expect(error.message).toContain(message);
    expect(error.hint).toContain('access token (40 of them)');
    if (pasted.trim() !== '') expect(error.describe()).not.toContain(pasted.trim());
  });
});
