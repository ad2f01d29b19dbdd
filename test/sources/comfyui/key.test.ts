import { describe, expect, test } from '@jest/globals';
import { checkKey } from '../../../sources/comfyui/key.js';
import { AlbarettoError } from '../../../src/errors.js';

const KEY = 'comfyui-7c1f90ad6be24351c8f2d07e94a1b6358e2d4f7a';

describe('a key is taken as people paste it', () => {
  test.each([
    ['as it is', KEY],
    ['with blanks and a line break around it', `  ${KEY}\n`],
    ['as the whole header', `X-API-Key: ${KEY}`],
    ['as a bearer', `Authorization: Bearer ${KEY}`],
    ['in quotes', `"${KEY}"`],
  ])('%s', (_form, pasted) => {
    expect(checkKey(pasted)).toBe(KEY);
  });
});

describe('what is pasted in place of a key is told apart', () => {
  test.each([
    ['nothing', ' ', 'the Comfy Cloud key is empty'],
    ['a prompt id', '3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f', 'this is the id of a prompt'],
    ['a key of OpenAI', 'sk-abcdefghijklmnopqrst', 'this is a key of another service'],
    ['a sign-in token', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.abc', 'this is a sign-in token'],
    ['a key with a blank in it', `${KEY.slice(0, 20)} ${KEY.slice(20)}`, 'does not look like'],
    ['something short', 'hunter2', 'does not look like'],
  ])('%s', (_what, pasted, message) => {
    let thrown: unknown;
    try {
      checkKey(pasted);
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof AlbarettoError)) throw new Error(`${pasted} was taken`);
    expect(thrown).toMatchObject({ code: 'E_CREDENTIALS', plugin: 'comfyui', reach: 'run', retryable: false });
    expect(thrown.message).toContain(message);
    if (pasted.trim().length > 5) expect(thrown.describe()).not.toContain(pasted.trim());
  });
});
