/** How responses and conversations look in the API's JSON. */

import { LosslessNumber } from 'lossless-json';
import type { FakeConversation } from './conversation.js';
import { type ItemOptions, itemRecord } from './items.js';
import type { FakeResponse } from './response.js';

export function responseRecord(options: ItemOptions, response: FakeResponse, include: readonly string[]): object {
  const { id, given, status } = response;
  const { previous, conversation } = given;
  return {
    id,
    object: 'response',
    created_at: response.created,
    completed_at: response.completedAt ?? null,
    status,
    background: given.background ?? false,
    error: status === 'failed' ? (given.error ?? FAILURE) : null,
    incomplete_details: status === 'incomplete' ? { reason: given.incompleteReason ?? 'content_filter' } : null,
    instructions: given.instructions ?? null,
    model: given.model ?? 'gpt-5.6',
    previous_response_id: typeof previous === 'object' ? previous.id : (previous ?? null),
    conversation: conversation === undefined ? null : { id: conversation.id },
    metadata: given.metadata ?? {},
    output: response.output.map((item) => itemRecord(options, item, include)),
    ...settings(response),
    ...(options.extraFields
      ? {
          billing: { payer: 'developer', ticket: new LosslessNumber('9007199254740993') },
          tags: ['première', '\u202etxt'],
        }
      : {}),
    ...given.extra,
  };
}

export function conversationRecord({ id, created, metadata }: FakeConversation): object {
  return { id, object: 'conversation', created_at: created, metadata };
}

const FAILURE = { code: 'server_error', message: 'An error occurred while processing your request.' };

/** What the response was asked for with, and what it cost. */
function settings({ given, status }: FakeResponse): object {
  const tool = { type: 'image_generation', model: 'gpt-image-2', size: '1024x1024', quality: 'high' };
  const usage = { input_tokens: 10, output_tokens: 20, total_tokens: 30 };
  return {
    max_output_tokens: null,
    parallel_tool_calls: true,
    reasoning: { effort: 'medium', summary: null },
    service_tier: 'default',
    store: true,
    temperature: new LosslessNumber('1.0'),
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: [{ ...tool, background: 'auto', output_format: 'png', moderation: 'auto', ...given.tool }],
    top_p: new LosslessNumber('0.98'),
    truncation: 'disabled',
    usage: status === 'completed' ? usage : null,
    user: null,
  };
}
