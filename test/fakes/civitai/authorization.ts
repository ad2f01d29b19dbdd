/** Who may use the orchestrator: whoever holds the key of the account. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { problem } from './problems.js';

export interface Authorization {
  readonly key: string;
  /** Makes a new key; the old one is refused from now on. */
  rotate(): string;
  isGood(request: FakeRequest): boolean;
  /** The orchestrator's refusal, or undefined for a request that may pass. */
  refusal(request: FakeRequest): Answer | undefined;
  /** Whether a text holds this key or one of its forerunners. */
  isLeakedBy(text: string): boolean;
}

export function createAuthorization(first: string): Authorization {
  const keys = [first];
  const isGood = (request: FakeRequest) =>
    /^Bearer (\S+)$/iu.exec(request.headers.authorization ?? '')?.[1] === keys.at(-1);
  return {
    get key() {
      return keys.at(-1)!;
    },
    rotate() {
      keys.push(`${String(keys.length).padStart(4, '0')}${first.slice(4)}`);
      return keys.at(-1)!;
    },
    isGood,
    refusal(request) {
      if (isGood(request)) return undefined;
      const refused = problem(401);
      return { ...refused, headers: { ...refused.headers, 'WWW-Authenticate': 'Bearer' } };
    },
    isLeakedBy: (text) => keys.some((key) => text.includes(key)),
  };
}
