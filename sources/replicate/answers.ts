/**
 * Reading the answers of the predictions API: what must be there is checked, everything else is kept and not relied upon.
 * https://replicate.com/docs/reference/http#predictions.get
 */

import { AlbarettoError, type JsonAnswer, readableEntries } from '../../src/plugin.js';

const PLUGIN = 'replicate';

export interface PredictionAnswer {
  readonly id: string;
  /** An open set: `starting`, `processing`, `succeeded`, `failed`, `canceled`, `aborted`. */
  readonly status: string;
  /** `owner/name`. */
  readonly model?: string;
  /** Who made it: `api` or `web`. */
  readonly source?: string;
  /** Input, output, files and logs are gone. */
  readonly dataRemoved: boolean;
  /** The service's or the model's words. */
  readonly error?: string;
  /** As it was written. */
  readonly createdAt?: string;
  /** Milliseconds since the epoch. */
  readonly created?: number;
  readonly completed?: number;
  readonly input: Fields;
  /** Any JSON. */
  readonly output: unknown;
  /** Missing in lists. */
  readonly logs?: string;
  /** Seconds of work: `metrics.predict_time`. */
  readonly predictTime?: unknown;
  /** The record without loss, for the sidecars. */
  readonly lossless: Fields;
}

export interface PageAnswer {
  readonly predictions: readonly PredictionAnswer[];
  /** How many entries besides could not be read. */
  readonly unreadable: number;
  /** The link to the next page, as it came. */
  readonly next?: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** @throws E_BAD_ANSWER for what is no prediction. */
export function readPrediction(value: unknown, lossless: unknown, what: string): PredictionAnswer {
  const prediction = fields(value);
  const id = text(prediction?.id);
  const status = text(prediction?.status);
  if (prediction === undefined || id === undefined || status === undefined || !isId(id))
    throw badAnswer(what, 'a prediction without a usable id or status');
  const createdAt = text(prediction.created_at);
  return compact({
    id,
    status,
    model: text(prediction.model),
    source: text(prediction.source),
    dataRemoved: prediction.data_removed === true,
    error: errorOf(prediction.error),
    createdAt,
    created: time(createdAt),
    completed: time(text(prediction.completed_at)),
    input: fields(prediction.input) ?? {},
    output: prediction.output ?? null,
    logs: text(prediction.logs),
    predictTime: fields(prediction.metrics)?.predict_time,
    lossless: fields(lossless) ?? {},
  });
}

/**
 * A page of the list: `{previous, next, results}`.
 * @throws E_BAD_ANSWER for what is no page, or has nothing on it that can be read: one odd entry must not hide all others.
 */
export function readPage(answer: JsonAnswer, what: string): PageAnswer {
  const page = fields(answer.value);
  if (page === undefined || !Array.isArray(page.results)) throw badAnswer(what, 'a list without results');
  const lossless = fields(answer.lossless())?.results;
  const { read, unreadable } = readableEntries(page.results, (entry, index) =>
    readPrediction(entry, Array.isArray(lossless) ? lossless[index] : entry, what),
  );
  return compact({ predictions: read, unreadable, next: text(page.next) });
}

/** How far a prediction is. A status that is not known yet is told by whether the service says when it ended. */
export function phaseOf({ status, completed }: PredictionAnswer): 'pending' | 'succeeded' | 'failed' {
  if (status === 'succeeded') return 'succeeded';
  if (status === 'failed' || status === 'canceled' || status === 'aborted') return 'failed';
  if (status === 'starting' || status === 'processing') return 'pending';
  return completed === undefined ? 'pending' : 'succeeded';
}

/** Who answers for a prediction: `GET /account`. */
export function readAccount(value: unknown): string | undefined {
  const account = fields(value);
  return text(account?.username) ?? text(account?.name);
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
function isId(id: string): boolean {
  return /^[A-Za-z0-9_-]{1,128}$/u.test(id);
}

/** A model may put any JSON there. */
function errorOf(error: unknown): string | undefined {
  if (error === null || error === undefined || error === '') return undefined;
  if (typeof error === 'string') return error;
  const { detail, message } = fields(error) ?? {};
  return text(detail) ?? text(message);
}

export function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** ISO 8601, with microseconds. Times at the very ends of what a `Date` holds are none that a service means. */
function time(written: string | undefined): number | undefined {
  const milliseconds = Date.parse(written ?? '');
  return Math.abs(milliseconds) < 8.64e15 - 1e12 ? milliseconds : undefined;
}

/** Without members that are undefined: absent is absent. */
function compact<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
