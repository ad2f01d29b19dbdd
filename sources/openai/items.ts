/** From the pictures of an answer to items. Their bytes go to where they wait until they are asked for. */

import { fromService, type Generation, type Item, rawRecord } from '../../src/plugin.js';
import { type Fields, fields, type ResponseAnswer, text } from './answers.js';
import type { Picture, PictureCall } from './calls.js';
import { declaredType, decode, sniffedType, withoutBytes } from './encoded.js';
import type { Undelivered } from './undelivered.js';

const PLUGIN = 'openai';

/** Seconds: https://platform.openai.com/docs/guides/conversation-state */
const LIFE = 30 * 24 * 3_600;

/** What the pictures of one answer lie in. */
export interface Surroundings {
  /** The response or the conversation. */
  readonly taskId: string;
  /** What the user wrote last before it. */
  readonly prompt: string | undefined;
  readonly times: Pick<Item, 'createdAt' | 'expiresAt'>;
  /** What is told of the whole answer: how long it took, and the response that it goes on from. */
  readonly facts?: Pick<Generation, 'durationMs' | 'parent'>;
  /** The settings of the picture tool. */
  readonly tool: Fields;
  /** The record around the call, without the call itself: `{response}` or `{conversation}`. */
  readonly record: Fields;
}

/**
 * @param lossless The call's record without loss.
 * @param firstIndex The number of the call's first picture.
 */
export function itemsOfCall(
  call: PictureCall,
  lossless: unknown,
  firstIndex: number,
  surroundings: Surroundings,
  undelivered: Undelivered,
): readonly Item[] {
  const raw = rawOf(lossless, surroundings.record);
  const generation = generationOf(call, surroundings);
  return call.pictures.map((picture, position) => ({
    source: PLUGIN,
    taskId: surroundings.taskId,
    id: picture.id,
    index: firstIndex + position,
    ...bytesOf(picture, call, surroundings.taskId, undelivered),
    generation,
    ...surroundings.times,
    raw,
  }));
}

/**
 * When a response was made, and when it goes. The items of a conversation stay, also those of responses in it.
 */
export function timesOf({ created, conversation }: ResponseAnswer): Surroundings['times'] {
  if (created === undefined) return {};
  const createdAt = new Date(created * 1000);
  return conversation === undefined ? { createdAt, expiresAt: new Date((created + LIFE) * 1000) } : { createdAt };
}

export function factsOf({ created, completed, previous }: ResponseAnswer): Pick<Generation, 'durationMs' | 'parent'> {
  const took =
    created !== undefined && completed !== undefined && completed >= created ? completed - created : undefined;
  return {
    ...(took === undefined ? {} : { durationMs: took * 1000 }),
    ...(previous === undefined ? {} : { parent: previous }),
  };
}

function generationOf(call: PictureCall, { prompt, tool, facts }: Surroundings): Generation {
  // What the model drew from may differ from what the user wrote; it stays in the record.
  const words = prompt ?? text(call.fields.revised_prompt);
  const model = text(call.fields.model) ?? text(tool.model);
  const kind = text(call.fields.action);
  return {
    ...(words === undefined ? {} : { prompt: fromService(words) }),
    ...(model === undefined ? {} : { model: fromService(model) }),
    ...(kind === undefined ? {} : { kind: fromService(kind) }),
    ...(sizeIn(call.fields.size) ?? sizeIn(tool.size)),
    ...facts,
  };
}

/** `1536x1024`; nothing for `auto`. */
function sizeIn(size: unknown): Pick<Generation, 'width' | 'height'> | undefined {
  const [, width, height] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/u.exec(text(size) ?? '') ?? [];
  return width === undefined ? undefined : { width: Number(width), height: Number(height) };
}

/** Puts the bytes aside, and answers what is known of them. What is no base64 is told when it is asked for. */
function bytesOf(
  { id, encoded }: Picture,
  call: PictureCall,
  taskId: string,
  undelivered: Undelivered,
): Pick<Item, 'mediaType' | 'size'> {
  const bytes = decode(encoded);
  if (bytes !== undefined) undelivered.offer(taskId, id, bytes);
  const format = /^(?:png|webp|jpeg)$/u.exec(text(call.fields.output_format) ?? '')?.[0];
  const said = declaredType(encoded) ?? (format === undefined ? undefined : `image/${format}`);
  const mediaType = (bytes === undefined ? undefined : sniffedType(bytes)) ?? said;
  return {
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(bytes === undefined ? {} : { size: bytes.length }),
  };
}

/** The record as it came, but for the bytes: they are what the item is, and are not kept twice. */
function rawOf(lossless: unknown, record: Fields): Item['raw'] {
  const redacted: string[] = [];
  const own = fields(lossless) ?? {};
  const item = Object.hasOwn(own, 'result')
    ? { ...own, result: withoutBytes(own.result, 'item.result', redacted) }
    : own;
  const raw = rawRecord({ ...record, item });
  return { json: raw.json, redacted: [...raw.redacted, ...redacted] };
}
