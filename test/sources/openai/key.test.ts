import { describe, expect, test } from '@jest/globals';
import { checkKey } from '../../../sources/openai/key.js';
import { AlbarettoError } from '../../../src/errors.js';

const KEY = 'sk-proj-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3UiTq6XyC';

function refusal(pasted: string): AlbarettoError {
  try {
    checkKey(pasted);
  } catch (thrown) {
    if (thrown instanceof AlbarettoError) return thrown;
  }
  throw new Error(`${pasted} was taken`);
}

describe('a key is taken as people paste it', () => {
  test.each([
    ['as it is', KEY],
    ['with blanks and a line break around it', `  ${KEY}\n`],
    ['with Bearer before it', `Bearer ${KEY}`],
    ['as the whole header', `Authorization: Bearer ${KEY}`],
    ['as a line of a shell', `export OPENAI_API_KEY='${KEY}'`],
    ['in quotes', `"${KEY}"`],
  ])('%s', (_form, pasted) => {
    expect(checkKey(pasted)).toBe(KEY);
  });

  test('in its old form too', () => {
    expect(checkKey('sk-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3')).toBe('sk-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3');
  });
});

describe('what is pasted in place of a key is told apart', () => {
  test.each([
    ['nothing', '   ', 'the API key is empty'],
    ['a session token', 'sess-abcdefghijklmnop', 'this is a session token'],
    ['a sign-in token', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.abc', 'this is a sign-in token'],
    ['a token of Replicate', 'r8_abcdefghijklmnop', 'this is a token of Replicate'],
    ['an id', 'resp_0a1b2c3d4e5f6071', 'this is an id'],
    ['the id of a project', 'proj_0a1b2c3d4e5f6071', 'this is an id'],
    ['a key with its middle left out', 'sk-proj-****************XyC1', 'its middle left out'],
    ['a key with an ellipsis', 'sk-proj-Yw4…XyC1', 'the API key holds blanks or characters'],
    ['a key with a blank in it', 'sk-Yw4Rk9 LmQ2xZt', 'the API key holds blanks'],
    ['a key without its end', 'sk-proj', 'the API key is cut off'],
    ['something else', 'hunter2hunter2', 'an OpenAI API key begins with sk-'],
  ])('%s', (_what, pasted, message) => {
    const error = refusal(pasted);
    expect(error).toMatchObject({ code: 'E_CREDENTIALS', plugin: 'openai', reach: 'run', retryable: false });
    expect(error.message).toContain(message);
    expect(error.hint).toContain('begins with sk-');
    if (pasted.trim().length > 5) expect(error.describe()).not.toContain(pasted.trim());
  });
});
