/** Who may use Comfy Cloud: whoever holds the key and has paid. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { jsonAnswer } from '../service/answer.js';

/** `inactive`: no subscription any more. */
export type AccountState = 'active' | 'inactive' | 'without-credits';

export interface CloudAccount {
  readonly key: string;
  /** Makes a new key; the old one is refused from now on. */
  rotate(): string;
  state: AccountState;
  /** The refusal, or undefined for a request that may pass. */
  refusal(request: FakeRequest): Answer | undefined;
  /** Whether a text holds this key or one of its forerunners. */
  isLeakedBy(text: string): boolean;
}

/** The envelope is the service's; the codes and words are of a likely form. */
export function cloudError(status: number, code: string, message: string): Answer {
  return jsonAnswer(status, { code, message });
}

export function createCloudAccount(first: string): CloudAccount {
  const keys = [first];
  return {
    get key() {
      return keys.at(-1)!;
    },
    rotate() {
      keys.push(`comfyui-${String(keys.length).padStart(4, '0')}${first.slice(12)}`);
      return keys.at(-1)!;
    },
    state: 'active',
    refusal(request) {
      const given = request.headers['x-api-key'];
      if (given === undefined) return cloudError(401, 'UNAUTHORIZED', 'Authentication required');
      if (given !== keys.at(-1)) return cloudError(401, 'UNAUTHORIZED', 'Invalid API key');
      if (this.state === 'inactive') return cloudError(429, 'SUBSCRIPTION_INACTIVE', 'User has not paid');
      if (this.state === 'without-credits') return cloudError(402, 'INSUFFICIENT_CREDITS', 'Insufficient credits');
      return undefined;
    },
    isLeakedBy: (text) => keys.some((key) => text.includes(key)),
  };
}
