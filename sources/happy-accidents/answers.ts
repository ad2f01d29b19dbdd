/** Reading the answers of the API: what must be there is checked, everything else is kept and not relied upon. */

import { AlbarettoError, type ErrorFacts, fromService, type HttpAnswer, printable } from '../../src/plugin.js';
import { compact, count, type Fields, fields, isId, several, text } from './fields.js';
import { readTime } from './times.js';

const PLUGIN = 'happy-accidents';

export interface ImageAnswer {
  readonly id: string;
  /** The place among the images of its inference, from 1. */
  readonly index: number;
  /** The image's own time; the inference's is wrong for old work. */
  readonly createdAt?: Date;
  readonly filename?: string;
  readonly lossless: unknown;
}

export interface InferenceAnswer {
  readonly id: string;
  /** `TEXT_TO_IMAGE`, `UPSCALING`, … */
  readonly type?: string;
  /** `PENDING`, `COMPLETED`, `FAILED`. */
  readonly status?: string;
  readonly parent?: string;
  readonly prompt?: string;
  readonly negativePrompt?: string;
  /** None for upscaling and the restoring of faces. */
  readonly modelId?: string;
  /** The model, each LoRA and each embedding, once each. */
  readonly modelIds: readonly string[];
  /** Decimal text. */
  readonly seed?: string;
  readonly width?: number;
  readonly height?: number;
  readonly images: readonly ImageAnswer[];
  /** The whole record without loss. */
  readonly lossless: Fields;
}

export interface PageAnswer {
  readonly entries: readonly InferenceAnswer[];
  /** How many entries the page has, those included that could not be read. */
  readonly size: number;
  /** Missing in replies of 2023. */
  readonly hasNext?: boolean;
  /** What the service says a full page has. */
  readonly pageSize?: number;
  /** What could not be read, for the person. */
  readonly unreadable: readonly string[];
}

/** @throws E_BAD_ANSWER */
export function readInference(value: unknown, lossless: unknown, what: string): InferenceAnswer {
  const inference = fields(value);
  const id = inference?.inferenceId;
  if (inference === undefined || !isId(id)) throw badAnswer(what, 'an inference without an id');
  const record = fields(lossless) ?? {};
  const payload = fields(inference.inferencePayload) ?? {};
  const modelId = isId(payload.modelId) ? payload.modelId : undefined;
  return compact<InferenceAnswer>({
    id,
    type: text(inference.inferenceType),
    status: text(inference.status),
    parent: [inference.parentInferenceId, payload.parentInferenceId].find(isId),
    prompt: text(payload.prompt),
    negativePrompt: text(payload.negativePrompt),
    modelId,
    modelIds: modelIdsOf(modelId, payload),
    seed: seedOf(fields(record.inferencePayload)?.seed),
    width: count(payload.outputWpx),
    height: count(payload.outputHpx),
    images: readImages(inference.images, record.images),
    lossless: record,
  });
}

/**
 * A page of the gallery: `{items, paginationMetadata}`. `totalItems` is not looked at, because it was not reliable.
 * @throws E_BAD_ANSWER for what is no page; one entry that cannot be read is told apart from the others.
 */
export function readPage(value: unknown, lossless: unknown, what: string): PageAnswer {
  const page = fields(value);
  if (page === undefined || !Array.isArray(page.items)) throw badAnswer(what, 'a list without items');
  const records = several(fields(lossless)?.items);
  const entries: InferenceAnswer[] = [];
  const unreadable: string[] = [];
  for (const [position, entry] of page.items.entries()) {
    try {
      entries.push(readInference(entry, records[position], what));
    } catch (thrown) {
      if (!(thrown instanceof AlbarettoError)) throw thrown;
      unreadable.push(`entry ${position + 1} is left out: ${thrown.message}`);
    }
  }
  const metadata = fields(page.paginationMetadata);
  const hasNext = typeof metadata?.hasNextPage === 'boolean' ? metadata.hasNextPage : undefined;
  return compact<PageAnswer>({
    entries,
    size: page.items.length,
    hasNext,
    pageSize: count(metadata?.pageSize),
    unreadable,
  });
}

/**
 * FastAPI's `{"detail": "text"}`, or of a bad parameter `{"detail": [{"loc": ["query", "page_size"], "msg": "…"}]}`.
 * @param answer Refused.
 */
export function explain(answer: HttpAnswer, json: unknown): Partial<ErrorFacts> | undefined {
  const message = detailOf(fields(json)?.detail);
  const facts: Partial<ErrorFacts> = message === undefined ? {} : { message: fromService(message) };
  if (answer.status !== 401 && answer.status !== 403) return facts;
  return {
    ...facts,
    code: 'E_CREDENTIALS',
    hint: 'tokens live for three to four hours: copy a fresh one from the browser (login happy-accidents)',
    retryable: false,
    reach: 'run',
  };
}

export function badAnswer(what: string, found: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `${what}: the service answered ${found}`,
    hint: 'its interface may differ',
    plugin: PLUGIN,
  });
}

function readImages(value: unknown, lossless: unknown): ImageAnswer[] {
  const records = several(lossless);
  return (Array.isArray(value) ? value : []).flatMap((entry, position): ImageAnswer[] => {
    const image = fields(entry);
    if (image === undefined || !isId(image.id)) return [];
    return [
      compact<ImageAnswer>({
        id: image.id,
        index: position + 1,
        createdAt: readTime(image.createdAt),
        filename: text(image.filename),
        lossless: records[position],
      }),
    ];
  });
}

function modelIdsOf(modelId: string | undefined, payload: Fields): string[] {
  const loras = several(payload.lora).map((lora) => fields(lora)?.id ?? lora);
  return [...new Set([modelId, ...loras, ...several(payload.embeddingIds)].filter(isId))];
}

/** @param seed Without loss: a number that still prints as it was written, or a text. */
function seedOf(seed: unknown): string | undefined {
  // Without calling anything of it: a record may hold an object there, with members of any name.
  const written = typeof seed === 'object' ? fields(seed)?.value : seed;
  if (typeof written !== 'string' && typeof written !== 'number') return undefined;
  return /^-?\d{1,40}$/u.test(String(written)) ? String(written) : undefined;
}

function detailOf(detail: unknown): string | undefined {
  if (typeof detail === 'string') return text(detail);
  if (!Array.isArray(detail)) return undefined;
  const parts = detail.slice(0, 5).flatMap((entry) => {
    const message = text(fields(entry)?.msg);
    const place = several(fields(entry)?.loc).filter((part) => typeof part === 'string' || typeof part === 'number');
    return message === undefined ? [] : [place.length === 0 ? message : `${place.join('.')}: ${message}`];
  });
  return parts.length === 0 ? undefined : printable(parts.join('; '), 300);
}
