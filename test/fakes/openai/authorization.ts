/** Who may use the API: whoever holds a key. A key of another project is good too, but sees nothing of this one. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { apiError } from './errors.js';

export type Caller =
  | { readonly kind: 'owner' }
  | { readonly kind: 'stranger' }
  | { readonly kind: 'refused'; readonly answer: Answer };

export interface Authorization {
  readonly key: string;
  /** The key of another project. */
  readonly strangersKey: string;
  /** Makes a new key; the old one is refused from now on. */
  rotate(): string;
  callerOf(request: FakeRequest): Caller;
  /** Whether a text holds this key or one of its forerunners. */
  isLeakedBy(text: string): boolean;
}

export function createAuthorization(first: string): Authorization {
  const keys = [first];
  const strangersKey = `sk-proj-other${first.slice(13)}`;
  return {
    get key() {
      return keys.at(-1)!;
    },
    strangersKey,
    rotate() {
      keys.push(`sk-proj-${String(keys.length).padStart(4, '0')}${first.slice(12)}`);
      return keys.at(-1)!;
    },
    callerOf(request) {
      const given = /^Bearer (\S+)$/iu.exec(request.headers.authorization ?? '')?.[1];
      if (given === undefined) return { kind: 'refused', answer: apiError(401, MISSING) };
      if (given === keys.at(-1)) return { kind: 'owner' };
      if (given === strangersKey) return { kind: 'stranger' };
      const where = 'You can find your API key at https://platform.openai.com/account/api-keys.';
      const message = `Incorrect API key provided: ${masked(given)}. ${where}`;
      return { kind: 'refused', answer: apiError(401, message, { code: 'invalid_api_key' }) };
    },
    isLeakedBy: (text) => [...keys, strangersKey].some((key) => text.includes(key)),
  };
}

const MISSING =
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. " +
  'Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys.';

/** The first eight and the last four characters, as OpenAI shows a refused key. */
function masked(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`;
}
