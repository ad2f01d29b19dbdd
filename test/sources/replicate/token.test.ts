import { describe, expect, test } from '@jest/globals';
import { checkToken } from '../../../sources/replicate/token.js';
import { AlbarettoError } from '../../../src/errors.js';

const TOKEN = 'r8_Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3UiTq6';

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
    ['with blanks and a line break around it', `  ${TOKEN}\n`],
    ['with Bearer before it', `Bearer ${TOKEN}`],
    ['with the scheme of old clients', `Token ${TOKEN}`],
    ['as the whole header', `Authorization: Bearer ${TOKEN}`],
    ['as a line of a shell', `export REPLICATE_API_TOKEN="${TOKEN}"`],
    ['in single quotes with Bearer', `Bearer '${TOKEN}'`],
  ])('%s', (_form, pasted) => {
    expect(checkToken(pasted)).toBe(TOKEN);
  });
});

describe('what is pasted in place of a token is told apart', () => {
  test.each([
    ['nothing', '   ', 'the API token is empty'],
    ['a key of OpenAI', 'sk-abcdefghijklmnop', 'this is a key of OpenAI (sk-…)'],
    ['a token of Hugging Face', 'hf_abcdefghijklmnop', 'this is a token of Hugging Face'],
    ['the id of a prediction', 'q9bd2x4mr5rj40cgw0pv5n0tdr', 'this is the id of a prediction'],
    ['a link', 'https://replicate.com/account', 'this is a link'],
    ['a token with a blank in it', 'r8_Yw4Rk9 LmQ2xZt', 'the API token holds blanks'],
    ['a token with letters that are not ASCII', 'r8_Yw4Rk9LmÜ2xZt', 'the API token holds blanks or characters'],
    ['a token without its end', 'r8_Yw4', 'the API token is cut off'],
    ['something else', 'hunter2hunter2', 'a Replicate API token begins with r8_'],
  ])('%s', (_what, pasted, message) => {
    const error = refusal(pasted);
    expect(error).toMatchObject({ code: 'E_CREDENTIALS', plugin: 'replicate', reach: 'run', retryable: false });
    expect(error.message).toContain(message);
    expect(error.hint).toContain('begins with r8_');
    if (pasted.trim().length > 5) expect(error.describe()).not.toContain(pasted.trim());
  });
});
