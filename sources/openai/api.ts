/** The requests that this source makes. */

import type { JsonAnswer, ServiceRequest, SourceContext } from '../../src/plugin.js';
import {
  type ConversationAnswer,
  type ListAnswer,
  type ResponseAnswer,
  readConversation,
  readResponse,
} from './answers.js';
import { explainFor } from './explain.js';
import { type ListRequest, pagesOf } from './pages.js';

type Request = Pick<ServiceRequest, 'url' | 'what' | 'explain'>;

export class Api {
  constructor(private readonly context: SourceContext) {}

  async response(id: string, signal: AbortSignal | undefined): Promise<ResponseAnswer> {
    const request = ofResponse(id, '', `reading ${id}`);
    return readResponse(await this.context.http.json({ ...request, signal }), request.what);
  }

  async conversation(id: string, signal: AbortSignal | undefined): Promise<ConversationAnswer> {
    const request = ofConversation(id, '', `reading ${id}`);
    return readConversation(await this.context.http.json({ ...request, signal }), request.what);
  }

  /** One item of a conversation. */
  item(conversation: string, id: string, signal: AbortSignal | undefined): Promise<JsonAnswer> {
    const request = ofConversation(
      conversation,
      `/items/${encodeURIComponent(id)}`,
      `reading ${id} of ${conversation}`,
    );
    return this.context.http.json({ ...request, signal });
  }

  /** What a response was made from, the turns before it included. */
  inputs(id: string, list: ListRequest): AsyncGenerator<ListAnswer> {
    return pagesOf(this.context, ofResponse(id, '/input_items', `reading the input of ${id}`), list);
  }

  items(conversation: string, list: ListRequest): AsyncGenerator<ListAnswer> {
    const request = ofConversation(conversation, '/items', `reading the items of ${conversation}`);
    return pagesOf(this.context, request, list);
  }

  /** A request that finds nothing and costs nothing; all that it can fail by is the key. */
  async prove(signal: AbortSignal | undefined): Promise<void> {
    const request = ofResponse(`resp_${'0'.repeat(48)}`, '', 'checking the key');
    await this.context.http.json({ ...request, signal, accept: [404] });
  }
}

function ofResponse(id: string, below: string, what: string): Request {
  return { url: `/responses/${encodeURIComponent(id)}${below}`, what, explain: explainFor('response') };
}

function ofConversation(id: string, below: string, what: string): Request {
  return { url: `/conversations/${encodeURIComponent(id)}${below}`, what, explain: explainFor('conversation') };
}
