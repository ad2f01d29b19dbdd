/** The key of Comfy Cloud, as a person pastes it. */

import { AlbarettoError } from '../../src/plugin.js';

const PLUGIN = 'comfyui';

/** The longest that was seen has 72 characters; nothing promises a length. */
const KEY = /^[\w.~+/=-]{16,256}$/u;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;

/**
 * The key as it stands in `X-API-Key`. What people paste instead is told apart; the pasted text itself is never repeated.
 * @throws E_CREDENTIALS
 */
export function checkKey(pasted: string): string {
  const key = pasted
    .trim()
    .replace(/^(?:x-api-key|authorization):\s*/iu, '')
    .replace(/^bearer\s+/iu, '')
    .replace(/^(["'])(.*)\1$/su, '$2')
    .trim();
  const fault = faultOf(key);
  if (fault === undefined) return key;
  throw new AlbarettoError({
    code: 'E_CREDENTIALS',
    message: fault,
    hint: "copy one from 'API Keys' at platform.comfy.org; a server of your own needs none",
    plugin: PLUGIN,
    reach: 'run',
  });
}

function faultOf(key: string): string | undefined {
  if (key === '') return 'the Comfy Cloud key is empty';
  if (UUID.test(key)) return 'this is the id of a prompt and no key';
  if (/^(?:sk|sess|hf|r8)[-_]/u.test(key)) return 'this is a key of another service';
  if (/^eyJ/u.test(key)) return 'this is a sign-in token (eyJ…) and no key';
  return KEY.test(key) ? undefined : 'this does not look like a Comfy Cloud key';
}
