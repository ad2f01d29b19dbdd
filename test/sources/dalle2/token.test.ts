import { describe, expect, test } from '@jest/globals';
import { checkToken } from '../../../sources/dalle2/token.js';
import { AlbarettoError } from '../../../src/errors.js';

const TOKEN = 'sess-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3';

function refusal(pasted: string): AlbarettoError {
  try {
    checkToken(pasted);
  } catch (thrown) {
    if (thrown instanceof AlbarettoError) return thrown;
  }
  throw new Error(`${pasted} was taken`);
}

describe('a session token is taken as people paste it', () => {
  test.each([
    ['as it is', TOKEN],
    ['with blanks and a line break around it', `  ${TOKEN}\n`],
    ['with Bearer before it', `Bearer ${TOKEN}`],
    ['with bearer before it', `bearer   ${TOKEN}`],
    ['as the whole header', `Authorization: Bearer ${TOKEN}`],
    ['in quotes', `"${TOKEN}"`],
    ['in single quotes with Bearer', `Bearer '${TOKEN}'`],
  ])('%s', (_form, pasted) => {
    expect(checkToken(pasted)).toBe(TOKEN);
  });
});

describe('what is pasted in place of a token is told apart', () => {
  test.each([
    ['nothing', '   ', 'the session token is empty'],
    ['a key of the platform', 'sk-abcdefghijklmnop', 'this is a key of the OpenAI platform (sk-…)'],
    ['a sign-in token', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.abc', 'this is a sign-in token (eyJ…)'],
    ['a task id', 'task-Qm3xVb7TnL2kRs9WpYc4ZdHa', 'this is an id and not a session token'],
    ['a token with a blank in it', 'sess-Yw4Rk9 LmQ2xZt', 'the session token holds blanks'],
    ['a token with letters that are not ASCII', 'sess-Yw4Rk9LmÜ2xZt', 'the session token holds blanks or characters'],
    ['a token without its end', 'sess-', 'a DALL·E 2 session token begins with sess-'],
    ['something else', 'hunter2hunter2', 'a DALL·E 2 session token begins with sess-'],
  ])('%s', (_what, pasted, message) => {
    const error = refusal(pasted);
    expect(error).toMatchObject({ code: 'E_CREDENTIALS', plugin: 'dalle2', reach: 'run', retryable: false });
    expect(error.message).toContain(message);
    expect(error.hint).toContain('begins with sess-');
    if (pasted.trim().length > 5) expect(error.describe()).not.toContain(pasted.trim());
  });
});
