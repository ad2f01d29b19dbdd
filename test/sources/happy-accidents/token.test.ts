import { describe, expect, test } from '@jest/globals';
import { checkToken } from '../../../sources/happy-accidents/token.js';
import { AlbarettoError } from '../../../src/errors.js';
import { createFakeHappyAccidents } from '../../fakes/happy-accidents/index.js';

const { token: TOKEN, cookie: COOKIE } = createFakeHappyAccidents();

function refusal(pasted: string): AlbarettoError {
  try {
    checkToken(pasted);
  } catch (thrown) {
    if (thrown instanceof AlbarettoError) return thrown;
  }
  throw new Error(`${pasted} was taken`);
}

describe('a token is taken as people paste it', () => {
  test.each([
    ['as it is', TOKEN],
    ['with blanks and a line break around it', `  ${TOKEN}\r\n`],
    ['with Bearer before it', `Bearer ${TOKEN}`],
    ['with bearer before it', `bearer   ${TOKEN}`],
    ['as the whole header', `Authorization: Bearer ${TOKEN}`],
    ['in quotes', `"${TOKEN}"`],
    ['as the cookie', COOKIE],
    ['as the cookie with its name', `supabase-auth-token=${COOKIE}`],
    ['as the cookie among the headers', `Cookie: supabase-auth-token=${COOKIE};`],
    ['as the cookie that was decoded', decodeURIComponent(COOKIE)],
    ['as the cookie in quotes', `"${COOKIE}"`],
    ['as a cookie that holds nothing else', encodeURIComponent(JSON.stringify([TOKEN]))],
    ['as a cookie whose token has Bearer before it', JSON.stringify([`Bearer ${TOKEN}`, 'x'])],
  ])('%s', (_form, pasted) => {
    expect(checkToken(pasted)).toBe(TOKEN);
  });

  test.each(['recording-2024', 'c2VjcmV0IHRva2Vu==', 'abc.def'])(
    'also one of another form, which a server of one’s own may have: %s',
    (token) => {
      expect(checkToken(`Bearer ${token}`)).toBe(token);
    },
  );
});

describe('what cannot be a token is told apart', () => {
  test.each([
    ['nothing', '   ', 'the token is empty'],
    ['the word alone', 'Bearer ', 'the token is empty'],
    ['one that the browser shortened', `${TOKEN.slice(0, 40)}…`, 'character 41 of the token, U+2026, is one'],
    ['one with a letter of latin-1', `${TOKEN}ü`, 'U+00FC, is one that no token has and no header can carry'],
    [
      'one with an invisible character',
      `${TOKEN.slice(0, 9)}\u200b${TOKEN.slice(9)}`,
      'character 10 of the token, U+200B',
    ],
    ['one with letters of another script', 'токен', 'character 1 of the token, U+0442'],
    ['one with an emoji', `abcdef😀`, 'character 7 of the token, U+1F600'],
    [
      'one with a line break in it',
      `${TOKEN.slice(0, 9)}\n${TOKEN.slice(9)}`,
      'a blank or a line break in it, at character 10',
    ],
    ['one without its end', TOKEN.slice(0, TOKEN.lastIndexOf('.')), 'this token is cut off'],
    ['half of the cookie', COOKIE.slice(0, 30), 'this cookie is cut off or holds no token'],
    ['a cookie without a token', encodeURIComponent('[null,"x"]'), 'this cookie is cut off or holds no token'],
    ['an empty cookie', '[]', 'this cookie is cut off or holds no token'],
    ['another cookie', '_ga=GA1.1.123', 'this is another cookie'],
    ['a key of another service', 'sk-abcdefghijkl', 'this is a key of another service'],
    ['an address', 'https://www.happyaccidents.ai/', 'this is an address'],
    ['an id', '1f0c2a34-5b6d-4e7f-8a90-b1c2d3e4f506', 'this is an id'],
    ['a recorded id', 'inf-000004-8FR7EwLt', 'this is an id'],
    ['a scrap', 'abc', 'this is too short for a token'],
  ])('%s', (_what, pasted, message) => {
    const error = refusal(pasted);
    expect(error).toMatchObject({ code: 'E_CREDENTIALS', plugin: 'happy-accidents', reach: 'run', retryable: false });
    expect(error.message).toContain(message);
    expect(error.hint).toContain('Authorization header of a request to /v1/inferences');
    if (pasted.trim().length > 6) expect(error.describe()).not.toContain(pasted.trim());
  });
});
