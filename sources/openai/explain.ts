/** What a refusal of the API means, in the service's own words. */

import { type ErrorFacts, fromService, type HttpAnswer, type ServiceRequest } from '../../src/plugin.js';
import { fields, text } from './answers.js';

/** What is kept how long: https://platform.openai.com/docs/guides/conversation-state */
const NOT_FOUND = {
  response:
    'OpenAI keeps responses for thirty days, and none that were made with store: false; a key sees those of its own project alone. A conversation that it belongs to (conv_…) may still have its pictures',
  conversation: 'check the id; a key sees the conversations of its own project alone',
} as const;

/**
 * The error envelope `{"error": {"message", "type", "param", "code"}}`. The headers `x-should-retry`, `retry-after` and
 * `retry-after-ms` say more than the status, as in the service's own clients.
 * https://platform.openai.com/docs/guides/error-codes
 */
export function explainFor(kind: keyof typeof NOT_FOUND): NonNullable<ServiceRequest['explain']> {
  return (answer, json) => {
    const error = fields(fields(json)?.error);
    const message = text(error?.message);
    return {
      ...(message === undefined ? {} : { message: fromService(message) }),
      ...factsOf(answer, text(error?.code) ?? text(error?.type)),
      ...(answer.status === 404 ? { hint: NOT_FOUND[kind] } : {}),
    };
  };
}

function factsOf({ status, headers }: HttpAnswer, code: string | undefined): Partial<ErrorFacts> {
  if (status === 401) {
    return {
      code: 'E_CREDENTIALS',
      hint: 'give a key that is in force and may read responses: platform.openai.com/api-keys lists yours',
      retryable: false,
      reach: 'run',
    };
  }
  if (status === 403) {
    const hint = 'the key, or the country, may not read it: platform.openai.com/api-keys shows what the key may do';
    return { code: 'E_CREDENTIALS', hint, retryable: false };
  }
  if (code === 'insufficient_quota') {
    const hint = "the account's credit is used up: platform.openai.com/settings/organization/billing";
    return { hint, retryable: false, reach: 'run' };
  }
  const asked = headers['x-should-retry'];
  return asked === 'true' || asked === 'false' ? { retryable: asked === 'true' } : {};
}
