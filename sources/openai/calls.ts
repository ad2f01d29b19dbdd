/**
 * The calls of the picture tool among the items of a response or conversation. Whether one is finished is told by its
 * `result` alone: finished ones were seen with the status `generating`.
 * https://platform.openai.com/docs/guides/tools-image-generation
 */

import { badAnswer, type Fields, fields, isId, text } from './answers.js';
import { encodedIn } from './encoded.js';

/** A picture that a call made. */
export interface Picture {
  /** The call's own id; of further pictures of one call, which only gateways send, with their number: `ig_…-2`. */
  readonly id: string;
  /** Base64, or a `data:` URL. Megabytes: not to be held for long. */
  readonly encoded: string;
}

export interface PictureCall {
  readonly id: string;
  /** Its number among the items that it was found in, from 0. */
  readonly position: number;
  readonly status?: string;
  readonly fields: Fields;
  /** None where the call failed, or goes on. */
  readonly pictures: readonly Picture[];
}

/** Each call once, in the order of the items: a chain may repeat what came before. @throws E_BAD_ANSWER for one without id. */
export function callsIn(items: readonly unknown[], what: string): readonly PictureCall[] {
  const calls = new Map<string, PictureCall>();
  for (const [position, item] of items.entries()) {
    const call = fields(item);
    if (call?.type !== 'image_generation_call') continue;
    const id = text(call.id);
    if (id === undefined || !isId(id)) throw badAnswer(what, 'a picture without id');
    if (!calls.has(id)) calls.set(id, readCall(call, id, position));
  }
  return [...calls.values()];
}

function readCall(call: Fields, id: string, position: number): PictureCall {
  const status = text(call.status);
  const pictures = encodedIn(call.result).map((encoded, index) => ({
    id: index === 0 ? id : `${id}-${index + 1}`,
    encoded,
  }));
  return { id, position, fields: call, pictures, ...(status === undefined ? {} : { status }) };
}

/** What a user's message says; one that is a picture alone says nothing. */
export interface UserMessage {
  readonly words: string | undefined;
}

/** `undefined` for every item that is no message of a user. */
export function userMessageIn(item: unknown): UserMessage | undefined {
  const message = fields(item);
  if (message?.role !== 'user' || (message.type !== undefined && message.type !== 'message')) return undefined;
  if (typeof message.content === 'string') return { words: text(message.content) };
  const parts = Array.isArray(message.content) ? message.content.map(fields) : [];
  const texts = parts.flatMap((part) => (part?.type === 'input_text' ? (text(part.text) ?? []) : []));
  return { words: text(texts.join('\n')) };
}
