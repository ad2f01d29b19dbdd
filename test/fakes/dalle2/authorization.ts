/** Who may use the Labs API: whoever holds the session's token, which begins with `sess-`. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { apiError } from './errors.js';

const BASIC = { 'WWW-Authenticate': 'Basic realm="OpenAI API"' };

export interface Authorization {
  readonly token: string;
  /** Makes a new token, as signing in again does; the old one is refused from now on. */
  rotate(): string;
  /** The refusal, or undefined for a request that may pass. */
  refusal(request: FakeRequest): Answer | undefined;
  /** Whether a text holds this token or one of its forerunners. */
  isLeakedBy(text: string): boolean;
}

export function createAuthorization(first: string): Authorization {
  const tokens = [first];
  return {
    get token() {
      return tokens.at(-1)!;
    },
    rotate() {
      tokens.push(`sess-${String(tokens.length).padStart(4, '0')}${first.slice(9)}`);
      return tokens.at(-1)!;
    },
    refusal(request) {
      const given = /^Bearer (\S+)$/iu.exec(request.headers.authorization ?? '')?.[1];
      if (given === undefined) return missing();
      if (given === tokens.at(-1)) return undefined;
      if (given.startsWith('sk-'))
        return apiError(403, 'Your key is missing a required scope: app.labs', 'missing_scope');
      const message = `Incorrect API key provided: ${masked(given)}. You can find your API key at https://beta.openai.com.`;
      return apiError(401, message, 'invalid_api_key', BASIC);
    },
    isLeakedBy: (text) => tokens.some((token) => text.includes(token)),
  };
}

function missing(): Answer {
  const message =
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. " +
    "Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your " +
    'browser and are prompted for a username and password. You can obtain an API key from https://beta.openai.com.';
  return apiError(401, message, null, BASIC);
}

/** The first eight and the last four characters, as OpenAI shows a refused key. */
function masked(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`;
}
