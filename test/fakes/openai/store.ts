/** What the fake service knows. It has no list of it: who does not know an id finds nothing. */

import { FakeConversation, type NewConversation } from './conversation.js';
import type { NewResponse } from './new-response.js';
import { FakeResponse } from './response.js';

export interface Store {
  /** In the order in which they were added, those that are gone included. */
  readonly responses: readonly FakeResponse[];
  add(response?: NewResponse): FakeResponse;
  addConversation(conversation?: NewConversation): FakeConversation;
  /** The items that a conversation has of it stay. */
  remove(id: string): void;
  /** One that can be asked for now. */
  response(id: string): FakeResponse | undefined;
  conversation(id: string): FakeConversation | undefined;
}

export function createStore(now: () => number): Store {
  const responses: FakeResponse[] = [];
  const byId = new Map<string, FakeResponse>();
  const conversations = new Map<string, FakeConversation>();
  return {
    responses,
    add(given = {}) {
      const response = new FakeResponse(responses.length + 1, given, now);
      responses.push(response);
      byId.set(response.id, response);
      given.conversation?.turns.push(response);
      return response;
    },
    addConversation(given = {}) {
      const conversation = new FakeConversation(conversations.size + 1, given, now);
      conversations.set(conversation.id, conversation);
      return conversation;
    },
    remove: (id) => void byId.delete(id),
    response(id) {
      const response = byId.get(id);
      return response?.isKept ? response : undefined;
    },
    conversation: (id) => conversations.get(id),
  };
}
