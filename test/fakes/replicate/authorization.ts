/** Who may use the API: whoever holds the account's token, which begins with `r8_`. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { problem } from './errors.js';

export interface Authorization {
  readonly token: string;
  /** Makes a new token; the old one is refused from now on. */
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
      tokens.push(`r8_${String(tokens.length).padStart(4, '0')}${first.slice(7)}`);
      return tokens.at(-1)!;
    },
    refusal(request) {
      // `Token` is the scheme of old clients; it is still understood.
      const given = /^(?:Bearer|Token) (\S+)$/iu.exec(request.headers.authorization ?? '')?.[1];
      if (given === undefined) return problem(401, 'Unauthenticated', 'You did not pass an authentication token');
      if (given === tokens.at(-1)) return undefined;
      return problem(401, 'Unauthenticated', 'You did not pass a valid authentication token');
    },
    isLeakedBy: (text) => tokens.some((token) => text.includes(token)),
  };
}
