/**
 * Reading published images as the API of the site tells of them: https://developer.civitai.com/site/reference/
 * What must be there is checked, everything else is kept and not relied upon.
 */

import { fromService, type Generation, type Item, rawRecord, readableEntries } from '../../src/plugin.js';
import { amount, compact, type Fields, fields, side, text, time, wholeNumber } from './values.js';
import { badAnswer } from './workflows.js';

export interface PublishedImage {
  /** The number of its page. */
  readonly id: string;
  /** Of the original, wherever the service's link has such a form. */
  readonly url?: string;
  readonly isVideo: boolean;
  readonly generation: Generation;
  /** Milliseconds since the epoch. */
  readonly created?: number;
  readonly record: Fields;
}

export interface ImagePage {
  readonly images: readonly PublishedImage[];
  /** How many entries besides could not be read. */
  readonly unreadable: number;
  readonly next: string | undefined;
}

/** One odd entry must not hide all others. @throws E_BAD_ANSWER where nothing on the page can be read. */
export function readImagePage(value: unknown, what: string): ImagePage {
  const page = fields(value);
  if (page === undefined || !Array.isArray(page.items)) throw badAnswer(what, 'a list without items');
  const cursor = fields(page.metadata)?.nextCursor;
  const { read, unreadable } = readableEntries(page.items, (item) => readImage(item, what));
  return { images: read, unreadable, next: text(cursor) ?? wholeNumber(cursor) };
}

function readImage(value: unknown, what: string): PublishedImage {
  const record = fields(value);
  const id = wholeNumber(record?.id);
  if (record === undefined || id === undefined || !/^[1-9]\d{0,14}$/u.test(id))
    throw badAnswer(what, 'an image without id');
  const url = text(record.url);
  return compact<PublishedImage>({
    id,
    url: url === undefined ? undefined : originalOf(url),
    isVideo: record.type === 'video',
    generation: generationOf(record),
    created: time(record.createdAt),
    record,
  });
}

function generationOf(record: Fields): Generation {
  const outer = fields(record.meta);
  // Wrapped once more by the part of the service that looks images up by their number.
  const meta = fields(outer?.meta) ?? outer;
  const seed = wholeNumber(meta?.seed) ?? text(meta?.seed);
  const asText = (value: unknown) =>
    typeof value === 'string' && value.trim() !== '' ? fromService(value) : undefined;
  return compact<Generation>({
    prompt: asText(meta?.prompt),
    negativePrompt: asText(meta?.negativePrompt),
    model: asText(meta?.Model) ?? asText(record.baseModel),
    seed: seed !== undefined && /^\d{1,40}$/u.test(seed) ? seed : undefined,
    width: side(record.width),
    height: side(record.height),
    steps: countOf(meta?.steps),
    sampler: asText(meta?.sampler),
    guidance: amountOf(meta?.cfgScale),
  });
}

/** What people's own programs wrote is a number or its digits. */
function amountOf(value: unknown): number | undefined {
  const written = text(value);
  if (written === undefined) return amount(value);
  return /^\d{1,9}(?:\.\d{1,9})?$/u.test(written) ? Number(written) : undefined;
}

function countOf(value: unknown): number | undefined {
  const count = amountOf(value);
  return count !== undefined && Number.isInteger(count) && count > 0 ? count : undefined;
}

/** `/<account>/<uuid>/<how wide, or original=true>/<name>`: any size leads to the original. */
const SIZED = /^(\/[^/]+\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([^/]+)\/([^/]+)$/iu;

function originalOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const [, head, size, name] = SIZED.exec(parsed?.pathname ?? '') ?? [];
  if (parsed === undefined || head === undefined || size === undefined) return url;
  if (decoded(size).split(',').includes('original=true')) return url;
  return `${parsed.origin}${head}/original=true/${name}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The name in a link says JPEG whatever the original is; the bytes decide. */
export function toItem(image: PublishedImage, taskId: string, index: number): Item {
  return {
    source: 'civitai',
    taskId,
    id: image.id,
    index,
    mediaType: image.isVideo ? 'video/mp4' : 'image/jpeg',
    generation: image.generation,
    ...(image.created === undefined ? {} : { createdAt: new Date(image.created) }),
    raw: rawRecord(image.record),
  };
}
