/** The API key of an account, as a person pastes it. */

import { AlbarettoError } from '../../src/plugin.js';

const PLUGIN = 'civitai';

/** Keys were seen with 32 hexadecimal digits; nothing promises that. */
const KEY = /^[\w.~+/=-]{20,256}$/u;

/**
 * The key as it stands behind `Bearer`. What people paste instead is told apart; the pasted text itself is never repeated.
 * @throws E_CREDENTIALS
 */
export function checkKey(pasted: string): string {
  const key = pasted
    .trim()
    .replace(/^authorization:\s*/iu, '')
    .replace(/^bearer\s+/iu, '')
    .replace(/^(["'])(.*)\1$/su, '$2')
    .trim();
  const fault = faultOf(key);
  if (fault === undefined) return key;
  throw new AlbarettoError({
    code: 'E_CREDENTIALS',
    message: fault,
    hint: "make one under 'API Keys' at civitai.com/user/account",
    plugin: PLUGIN,
    reach: 'run',
  });
}

function faultOf(key: string): string | undefined {
  if (key === '') return 'the Civitai API key is empty';
  if (/^(?:wf_|blob_|\d+-20\d{15}$|0-[0-9a-f]{8}-)/u.test(key)) return 'this is an id and no key';
  if (/^(?:sk|sess|hf|r8|comfyui)[-_]/u.test(key)) return 'this is a key of another service';
  if (/^eyJ/u.test(key)) return 'this is a sign-in token (eyJ…) and no key';
  return KEY.test(key) ? undefined : 'this does not look like a Civitai API key';
}
