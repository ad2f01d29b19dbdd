import { AlbarettoError } from '../../src/plugin.js';

const PLUGIN = 'replicate';

/**
 * The API token as the service takes it: `r8_` and visible ASCII. What people paste instead is told apart, so that the
 * answer names the remedy; the pasted text itself is never repeated.
 * @throws E_CREDENTIALS
 */
export function checkToken(pasted: string): string {
  const token = pasted
    .trim()
    .replace(/^(?:export\s+)?REPLICATE_API_TOKEN=/u, '')
    .replace(/^authorization:\s*/iu, '')
    // `Token` is the scheme of old clients.
    .replace(/^(?:bearer|token)\s+/iu, '')
    .replace(/^(["'])(.*)\1$/su, '$2')
    .trim();
  if (/^r8_[\x21-\x7e]{8,}$/u.test(token)) return token;
  throw new AlbarettoError({ code: 'E_CREDENTIALS', ...diagnosis(token), plugin: PLUGIN, reach: 'run' });
}

function diagnosis(token: string): { message: string; hint: string } {
  const remedy = 'copy the one that begins with r8_ from replicate.com/account/api-tokens';
  if (token === '') return { message: 'the API token is empty', hint: remedy };
  if (/^sk-/u.test(token)) return { message: 'this is a key of OpenAI (sk-…) and not a Replicate token', hint: remedy };
  if (/^hf_/u.test(token))
    return { message: 'this is a token of Hugging Face (hf_…) and not a Replicate token', hint: remedy };
  if (/^[a-z0-9]{26}$/u.test(token)) return { message: 'this is the id of a prediction and not a token', hint: remedy };
  if (/^https?:/iu.test(token)) return { message: 'this is a link and not a token', hint: remedy };
  if (!/^[\x21-\x7e]+$/u.test(token))
    return { message: 'the API token holds blanks or characters that no token has', hint: remedy };
  if (/^r8_/u.test(token)) return { message: 'the API token is cut off', hint: remedy };
  return { message: 'a Replicate API token begins with r8_', hint: remedy };
}
