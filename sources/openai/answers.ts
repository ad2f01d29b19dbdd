/**
 * Reading the answers of the Responses and Conversations APIs: what must be there is checked, everything else is kept and
 * not relied upon. https://platform.openai.com/docs/api-reference/responses/object
 */

import { AlbarettoError, type JsonAnswer } from '../../src/plugin.js';

const PLUGIN = 'openai';

export type Fields = Readonly<Record<string, unknown>>;

export interface ResponseAnswer {
  readonly id: string;
  /** An open set: `queued`, `in_progress`, `completed`, `failed`, `incomplete`, `cancelled`. */
  readonly status: string;
  /** Seconds since the epoch. */
  readonly created?: number;
  readonly completed?: number;
  /** The response that it goes on from. */
  readonly previous?: string;
  /** The conversation that it belongs to. */
  readonly conversation?: string;
  /** Why it failed, or is incomplete: the service's words. */
  readonly reason?: string;
  /** The settings of the picture tool, where there is one. */
  readonly tool: Fields;
  readonly output: readonly unknown[];
  /** The record without loss, for the sidecars. Reading it costs time where pictures stand in it: once at most. */
  lossless(): Fields;
}

export interface ConversationAnswer {
  readonly id: string;
  readonly created?: number;
  readonly lossless: Fields;
}

/** A page of a list of items: `{object: "list", data, first_id, last_id, has_more}`. */
export interface ListAnswer {
  readonly data: readonly unknown[];
  /** What the next page is asked for with; absent on the last one. */
  readonly after?: string;
  /** The items without loss. */
  lossless(): readonly unknown[];
}

/** @throws E_BAD_ANSWER for what is no response. */
export function readResponse(answer: JsonAnswer, what: string): ResponseAnswer {
  const response = fields(answer.value);
  const id = text(response?.id);
  const status = text(response?.status);
  if (response === undefined || id === undefined || status === undefined || !isId(id))
    throw badAnswer(what, 'a response without id or status');
  const tools = Array.isArray(response.tools) ? response.tools.map(fields) : [];
  return compact({
    id,
    status,
    created: seconds(response.created_at),
    completed: seconds(response.completed_at),
    previous: idIn(response.previous_response_id),
    conversation: idIn(fields(response.conversation)?.id ?? response.conversation),
    reason: reasonOf(response),
    tool: tools.find((tool) => tool?.type === 'image_generation') ?? {},
    output: Array.isArray(response.output) ? response.output : [],
    lossless: once(() => fields(answer.lossless()) ?? {}),
  });
}

/** @throws E_BAD_ANSWER for what is no conversation. */
export function readConversation(answer: JsonAnswer, what: string): ConversationAnswer {
  const conversation = fields(answer.value);
  const id = text(conversation?.id);
  if (conversation === undefined || id === undefined || !isId(id)) throw badAnswer(what, 'a conversation without id');
  return compact({ id, created: seconds(conversation.created_at), lossless: fields(answer.lossless()) ?? {} });
}

/** @throws E_BAD_ANSWER for what is no list. */
export function readList(answer: JsonAnswer, what: string): ListAnswer {
  const list = fields(answer.value);
  if (list === undefined || !Array.isArray(list.data)) throw badAnswer(what, 'a list without data');
  const { data } = list;
  const last = text(list.last_id) ?? text(fields(data.at(-1))?.id);
  return compact({
    data,
    after: list.has_more === true && data.length > 0 ? last : undefined,
    lossless: once(() => {
      const lossless = fields(answer.lossless())?.data;
      return Array.isArray(lossless) ? lossless : [];
    }),
  });
}

export function badAnswer(what: string, found: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `${what}: the service answered ${found}`,
    hint: 'its interface may have changed',
    plugin: PLUGIN,
  });
}

/** Ids become parts of paths, of names and of messages. */
export function isId(id: string): boolean {
  return /^[A-Za-z0-9_-]{1,220}$/u.test(id);
}

export function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function idIn(value: unknown): string | undefined {
  const id = text(value);
  return id !== undefined && isId(id) ? id : undefined;
}

/** `error: {code, message}` of a failed one, `incomplete_details: {reason}` of an incomplete one. */
function reasonOf(response: Fields): string | undefined {
  const error = fields(response.error);
  const [message, code] = [text(error?.message), text(error?.code)];
  if (message !== undefined) return code === undefined ? message : `${message} (${code})`;
  return code ?? text(fields(response.incomplete_details)?.reason);
}

function seconds(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 8.63e12 ? value : undefined;
}

function once<T>(work: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: work() };
    return made.value;
  };
}

/** Without members that are undefined: absent is absent. */
function compact<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
