/** Conversations: all pictures of one, or one of them. Their items have no end of thirty days. */

import {
  eachUntilAborted,
  fromService,
  type Item,
  interrupted,
  rawRecord,
  type SourceContext,
  type Task,
} from '../../src/plugin.js';
import { type ConversationAnswer, fields } from './answers.js';
import type { Api } from './api.js';
import { callsIn, userMessageIn } from './calls.js';
import { itemsOfCall, type Surroundings } from './items.js';
import { emptyConversation, notOfResponse } from './outcome.js';
import { promptBefore } from './prompts.js';
import type { Undelivered } from './undelivered.js';

const PLUGIN = 'openai';

/** The service's own page; smaller ones are asked for where it is too large. */
const PAGE = 10;

export class Conversations {
  constructor(
    private readonly context: SourceContext,
    private readonly api: Api,
    private readonly undelivered: Undelivered,
  ) {}

  /** All pictures, the oldest first, listed as they are taken. */
  async whole(id: string, signal: AbortSignal | undefined): Promise<Task> {
    const conversation = await this.api.conversation(id, signal);
    return { ...taskOf(conversation), items: this.#items(conversation, signal) };
  }

  /**
   * One picture. It counts as the first of its task: which number it has among all could only be told by reading every
   * picture before it.
   * @throws E_NOT_FOUND
   */
  async one(id: string, picture: string, signal: AbortSignal | undefined): Promise<Task> {
    const conversation = await this.api.conversation(id, signal);
    const what = `reading ${picture} of ${id}`;
    const answer = await this.api.item(id, picture, signal);
    const [call] = callsIn([answer.value], what);
    if (call === undefined || call.pictures.length === 0) throw notOfResponse(picture, id);
    const prompt = await promptBefore(call.id, id, this.api, this.context, signal);
    const around = surroundings(conversation, prompt);
    const items = itemsOfCall(call, answer.lossless(), 1, around, this.undelivered);
    return {
      ...taskOf(conversation),
      count: items.length,
      ...(prompt === undefined ? {} : { prompt: fromService(prompt) }),
      items: eachUntilAborted(items, signal),
    };
  }

  async *#items(conversation: ConversationAnswer, signal: AbortSignal | undefined): AsyncGenerator<Item> {
    const { id } = conversation;
    const seen = new Set<string>();
    let prompt: string | undefined;
    for await (const { data, lossless } of this.api.items(id, { order: 'asc', size: PAGE, signal })) {
      for (const [position, entry] of data.entries()) {
        const message = userMessageIn(entry);
        if (message !== undefined) prompt = message.words;
        const [call] = callsIn([entry], `reading the items of ${id}`);
        if (call === undefined || seen.has(call.id)) continue;
        const around = surroundings(conversation, prompt);
        for (const item of itemsOfCall(call, lossless()[position], seen.size + 1, around, this.undelivered)) {
          if (signal?.aborted) throw interrupted(signal.reason);
          seen.add(item.id);
          yield item;
        }
        if (call.pictures.length === 0) this.context.warn(`${call.id} of ${id} has no picture`);
      }
    }
    if (seen.size === 0) throw emptyConversation(id);
  }
}

/** A conversation does not say when its items were made, nor with which settings. */
function surroundings(conversation: ConversationAnswer, prompt: string | undefined): Surroundings {
  const record = { conversation: conversation.lossless };
  return { taskId: conversation.id, prompt, times: {}, tool: {}, record };
}

function taskOf({ id, created, lossless }: ConversationAnswer): Omit<Task, 'items'> {
  return {
    source: PLUGIN,
    id,
    ...(created === undefined ? {} : { createdAt: new Date(created * 1000) }),
    raw: rawRecord(fields(lossless) ?? {}),
  };
}
