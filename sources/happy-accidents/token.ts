/** The token as people paste it, and what is told about what is none. */

import { AlbarettoError } from '../../src/plugin.js';

const PLUGIN = 'happy-accidents';

const REMEDY =
  'copy the value of the Authorization header of a request to /v1/inferences, or of the cookie supabase-auth-token';

/**
 * The bearer token (a JWT of Supabase) out of what was pasted: the token, the header, or the value of the cookie
 * `supabase-auth-token`, a URL-encoded JSON array whose first element it is. A token of another form is taken as well,
 * because a recorded or compatible server may have tokens of its own. What cannot be a token, or cannot stand in a
 * header, is told apart, so that the answer names the remedy; the pasted text itself is never repeated.
 * @throws E_CREDENTIALS
 */
export function checkToken(pasted: string): string {
  let token = pasted;
  // Once more for what is wrapped twice: a quoted header, a cookie in quotes.
  for (let before = ''; before !== token; ) {
    before = token;
    token = unwrapped(token);
  }
  const fault = diagnosis(token);
  if (fault === undefined) return token;
  throw new AlbarettoError({ code: 'E_CREDENTIALS', message: fault, hint: REMEDY, plugin: PLUGIN, reach: 'run' });
}

function unwrapped(pasted: string): string {
  const token = pasted
    .trim()
    .replace(/^authorization:/iu, '')
    .trim()
    .replace(/^bearer(\s+|$)/iu, '')
    .replace(/^(?:cookie:\s*)?supabase-auth-token=/iu, '')
    .replace(/^(["'])(.*)\1$/su, '$2')
    .replace(/;$/u, '')
    .trim();
  return firstOfCookie(token) ?? token;
}

/** The first element of the cookie's array, as the browser shows it (`%5B%22eyJ…`) or decoded (`["eyJ…`). */
function firstOfCookie(text: string): string | undefined {
  if (!/^(\[|%5b)/iu.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text.startsWith('[') ? text : decodeURIComponent(text));
    const first: unknown = Array.isArray(value) ? value[0] : undefined;
    return typeof first === 'string' ? first : undefined;
  } catch {
    return undefined;
  }
}

function diagnosis(token: string): string | undefined {
  if (token === '') return 'the token is empty';
  const odd = /[^\x21-\x7e]/u.exec(token);
  if (odd !== null) return oddCharacter(odd[0], odd.index);
  if (/^(\[|%5b)/iu.test(token)) return 'this cookie is cut off or holds no token';
  if (/^[\w.-]{1,60}=(?!=*$)/u.test(token)) return 'this is another cookie and not supabase-auth-token';
  if (/^(sk-|sess-|r8_|hf_)/u.test(token)) return 'this is a key of another service';
  if (/^https?:/iu.test(token)) return 'this is an address and not a token';
  if (/^(inf-|img-)|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(token)) return 'this is an id and not a token';
  if (/^eyJ/u.test(token) && !/^[\w-]+\.[\w-]+\.[\w-]+$/u.test(token)) {
    return 'this token is cut off: it has three parts with dots between them';
  }
  return token.length < 6 ? 'this is too short for a token' : undefined;
}

/** Browsers shorten long values with `…`; one such character makes the whole header unfit to be sent. */
function oddCharacter(character: string, index: number): string {
  if (/\s/u.test(character)) return `the token has a blank or a line break in it, at character ${index + 1}`;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const shortened = code === '2026' ? ' (it was copied from where the browser shortens it)' : '';
  return `character ${index + 1} of the token, U+${code}, is one that no token has and no header can carry${shortened}`;
}
