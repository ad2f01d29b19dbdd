/** The bytes of a picture that is not at hand any more: the service is asked for what holds it once more. */

import { AlbarettoError, type JsonAnswer, type Located, SharedRequests } from '../../src/plugin.js';
import type { ResponseAnswer } from './answers.js';
import type { Api } from './api.js';
import { callsIn, type Picture } from './calls.js';
import { decode } from './encoded.js';
import { notOfResponse, unreadable } from './outcome.js';
import type { Undelivered } from './undelivered.js';

export class PictureBytes {
  readonly #responses = new SharedRequests<ResponseAnswer>();
  readonly #items = new SharedRequests<JsonAnswer>();

  constructor(
    private readonly api: Api,
    private readonly undelivered: Undelivered,
  ) {}

  /** @throws E_NOT_FOUND where the service has it no more, E_BAD_ANSWER where it is no base64. */
  async again(item: Located, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { id, taskId } = item;
    if (taskId.startsWith('conv_')) return this.#ofConversation(taskId, id, signal);
    try {
      return await this.#ofResponse(taskId, id, signal);
    } catch (thrown) {
      // A response is gone after thirty days; what it put into a conversation stays.
      const conversation = isNotFound(thrown) ? conversationIn(item) : undefined;
      if (conversation === undefined) throw thrown;
      return this.#ofConversation(conversation, id, signal);
    }
  }

  async #ofResponse(taskId: string, id: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const response = await this.#responses.ask(taskId, signal, (own) => this.api.response(taskId, own));
    const pictures = callsIn(response.output, `reading ${taskId}`).flatMap((call) => call.pictures);
    const position = pictures.findIndex((picture) => picture.id === id);
    // Those behind it are the next to be asked for; those before it were delivered as a rule.
    for (const picture of pictures.slice(position + 1)) this.#keep(taskId, picture);
    return bytesOf(pictures[position], id, taskId);
  }

  /** The further pictures of a call are found in the call. */
  async #ofConversation(taskId: string, id: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const call = id.replace(/-\d+$/u, '');
    try {
      return await this.#inItem(taskId, id, id, signal);
    } catch (thrown) {
      if (call === id || !isNotFound(thrown)) throw thrown;
      return this.#inItem(taskId, call, id, signal);
    }
  }

  async #inItem(taskId: string, itemId: string, id: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const ask = (own: AbortSignal | undefined) => this.api.item(taskId, itemId, own);
    const answer = await this.#items.ask(`${taskId} ${itemId}`, signal, ask);
    const pictures = callsIn([answer.value], `reading ${id}`).flatMap((call) => call.pictures);
    const picture = pictures.find((candidate) => candidate.id === id);
    return bytesOf(picture, id, taskId);
  }

  #keep(taskId: string, { id, encoded }: Picture): void {
    const bytes = decode(encoded);
    if (bytes !== undefined) this.undelivered.offer(taskId, id, bytes);
  }
}

function bytesOf(picture: Picture | undefined, id: string, taskId: string): Uint8Array {
  if (picture === undefined) throw notOfResponse(id, taskId);
  const bytes = decode(picture.encoded);
  if (bytes === undefined) throw unreadable(id);
  return bytes;
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof AlbarettoError && thrown.code === 'E_NOT_FOUND';
}

/** The conversation of the response that an item is of, as its record says it. */
function conversationIn({ raw }: Located): string | undefined {
  if (raw === undefined) return undefined;
  try {
    const record = JSON.parse(raw.json) as { response?: { conversation?: { id?: unknown } | null } } | null;
    const id = record?.response?.conversation?.id;
    return typeof id === 'string' && /^conv_[A-Za-z0-9_-]{1,200}$/u.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
