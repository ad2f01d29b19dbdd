import { AlbarettoError } from '../../src/plugin.js';

const PLUGIN = 'openai';

/**
 * The API key as the service takes it: `sk-` and visible ASCII. What people paste instead is told apart, so that the
 * answer names the remedy; the pasted text itself is never repeated.
 * @throws E_CREDENTIALS
 */
export function checkKey(pasted: string): string {
  const key = pasted
    .trim()
    .replace(/^(?:export\s+)?OPENAI_API_KEY=/u, '')
    .replace(/^authorization:\s*/iu, '')
    .replace(/^bearer\s+/iu, '')
    .replace(/^(["'])(.*)\1$/su, '$2')
    .trim();
  if (/^sk-[\x21-\x7e]{8,}$/u.test(key) && !/[*…]{3}/u.test(key)) return key;
  throw new AlbarettoError({ code: 'E_CREDENTIALS', ...diagnosis(key), plugin: PLUGIN, reach: 'run' });
}

function diagnosis(key: string): { message: string; hint: string } {
  const remedy = 'create a key at platform.openai.com/api-keys: it begins with sk-';
  if (key === '') return { message: 'the API key is empty', hint: remedy };
  if (/^sk-.*\*{3}/u.test(key))
    return {
      message: 'this is how a key is shown, with its middle left out',
      hint: `a key is shown whole only once; ${remedy}`,
    };
  if (/^sess-/u.test(key))
    return { message: 'this is a session token (sess-…) and not a key of the API', hint: remedy };
  if (/^eyJ/u.test(key)) return { message: 'this is a sign-in token (eyJ…) and not a key of the API', hint: remedy };
  if (/^r8_/u.test(key))
    return { message: 'this is a token of Replicate (r8_…) and not a key of OpenAI', hint: remedy };
  if (/^(?:resp|conv|ig|msg|proj|org)[_-]/u.test(key))
    return { message: 'this is an id and not an API key', hint: remedy };
  if (!/^[\x21-\x7e]+$/u.test(key))
    return { message: 'the API key holds blanks or characters that no key has', hint: remedy };
  if (/^sk-/u.test(key)) return { message: 'the API key is cut off', hint: remedy };
  return { message: 'an OpenAI API key begins with sk-', hint: remedy };
}
