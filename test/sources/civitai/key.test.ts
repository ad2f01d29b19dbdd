import { describe, expect, test } from '@jest/globals';
import { checkKey } from '../../../sources/civitai/key.js';
import { AlbarettoError } from '../../../src/errors.js';

const KEY = '7b1f0c2e94d84a6fb3e5a9d6c8127f40';

describe('a key is taken as people paste it', () => {
  test.each([
    ['as it is', KEY],
    ['with blanks and a line break around it', `  ${KEY}\n`],
    ['with Bearer before it', `Bearer ${KEY}`],
    ['as the whole header', `Authorization: Bearer ${KEY}`],
    ['in quotes', `"${KEY}"`],
  ])('%s', (_form, pasted) => {
    expect(checkKey(pasted)).toBe(KEY);
  });
});

describe('what is pasted in place of a key is told apart', () => {
  test.each([
    ['nothing', ' ', 'the Civitai API key is empty'],
    ['a workflow', '1234567-20261120093012345', 'this is an id and no key'],
    ['a workflow of another form', 'wf_01JD3K2M4N5P6Q7R8S9T0V1W2X', 'this is an id and no key'],
    ['a key of OpenAI', 'sk-abcdefghijklmnopqrst', 'this is a key of another service'],
    ['a sign-in token', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.abc', 'this is a sign-in token'],
    ['half of a key', KEY.slice(16), 'does not look like'],
    ['a key with a blank in it', `${KEY.slice(0, 20)} ${KEY.slice(20)}`, 'does not look like'],
  ])('%s', (_what, pasted, message) => {
    let thrown: unknown;
    try {
      checkKey(pasted);
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof AlbarettoError)) throw new Error(`${pasted} was taken`);
    expect(thrown).toMatchObject({ code: 'E_CREDENTIALS', plugin: 'civitai', reach: 'run', retryable: false });
    expect(thrown.message).toContain(message);
    if (pasted.trim().length > 5) expect(thrown.describe()).not.toContain(pasted.trim());
  });
});
