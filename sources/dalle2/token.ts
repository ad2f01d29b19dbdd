import { AlbarettoError } from '../../src/plugin.js';

const PLUGIN = 'dalle2';

/**
 * The session token as the API takes it: `sess-` and visible ASCII. What people paste instead is told apart, so that the
 * answer names the remedy; the pasted text itself is never repeated.
 * @throws E_CREDENTIALS
 */
export function checkToken(pasted: string): string {
  const token = pasted
    .trim()
    .replace(/^authorization:\s*/iu, '')
    .replace(/^bearer\s+/iu, '')
    .replace(/^(["'])(.*)\1$/su, '$2')
    .trim();
  if (/^sess-[\x21-\x7e]{4,}$/u.test(token)) return token;
  throw new AlbarettoError({ code: 'E_CREDENTIALS', ...diagnosis(token), plugin: PLUGIN, reach: 'run' });
}

function diagnosis(token: string): { message: string; hint: string } {
  const remedy =
    'copy the one that begins with sess- from the Authorization header of a request that labs.openai.com makes';
  if (token === '') return { message: 'the session token is empty', hint: remedy };
  if (/^sk-/u.test(token)) {
    return { message: 'this is a key of the OpenAI platform (sk-…), which the Labs service refuses', hint: remedy };
  }
  if (/^eyJ/u.test(token)) return { message: 'this is a sign-in token (eyJ…) and not the session token', hint: remedy };
  if (/^(task|generation|prompt|user)-/u.test(token))
    return { message: 'this is an id and not a session token', hint: remedy };
  if (!/^[\x21-\x7e]+$/u.test(token))
    return { message: 'the session token holds blanks or characters that no token has', hint: remedy };
  return { message: 'a DALL·E 2 session token begins with sess-', hint: remedy };
}
