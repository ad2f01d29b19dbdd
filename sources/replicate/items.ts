/** From a prediction to a task with its items: one for each file of the output, numbered from 1 in the output's order. */

import {
  eachUntilAborted,
  fromService,
  type Item,
  type RawRecord,
  rawRecord,
  type Task,
  writtenNumber,
} from '../../src/plugin.js';
import type { PredictionAnswer } from './answers.js';
import { generationOf, promptOf } from './facts.js';
import { isInline, mediaTypeOf, type OutputFile } from './outputs.js';

const PLUGIN = 'replicate';

/** What was made through the API lives so long: https://replicate.com/docs/topics/predictions/data-retention */
const LIFE = 60 * 60_000;

/** Safe as a file name, in place of a `#`. */
export function itemId(predictionId: string, index: number): string {
  return `${predictionId}-${index}`;
}

/** One that is listed and has no items. */
export function toAbsentTask(
  prediction: PredictionAnswer,
  absent: NonNullable<Task['absent']>,
  signal: AbortSignal | undefined,
): Task {
  return { ...factsOf(prediction), absent, count: 0, items: eachUntilAborted([], signal) };
}

function factsOf(prediction: PredictionAnswer) {
  const prompt = promptOf(prediction);
  return {
    source: PLUGIN,
    id: prediction.id,
    ...(prompt === undefined ? {} : { prompt: fromService(prompt) }),
    ...creationOf(prediction),
  };
}

function creationOf({ created }: PredictionAnswer): { readonly createdAt?: Date } {
  return created === undefined ? {} : { createdAt: new Date(created) };
}

/** @throws E_BAD_ANSWER for a record that is nested deeper than any real one. */
export function toTask(
  prediction: PredictionAnswer,
  files: readonly OutputFile[],
  signal: AbortSignal | undefined,
): Task {
  const raw = rawOf(prediction);
  const common = { ...creationOf(prediction), ...expiryOf(prediction) };
  const items = files.map((file, position) => toItem(prediction, file, position + 1, { ...common, raw }));
  return {
    ...factsOf(prediction),
    ...expiryOf(prediction),
    final: true,
    count: items.length,
    raw,
    items: eachUntilAborted(items, signal),
  };
}

function toItem(
  prediction: PredictionAnswer,
  { path, uri }: OutputFile,
  index: number,
  common: Pick<Item, 'raw' | 'createdAt' | 'expiresAt'>,
): Item {
  const mediaType = mediaTypeOf(uri);
  return {
    source: PLUGIN,
    taskId: prediction.id,
    id: itemId(prediction.id, index),
    index,
    // Where a model names its files (`image`, `mask`), the name is worth keeping; a number in a list is not.
    ...(/^(?:\[\d+\])*$/u.test(path) ? {} : { title: fromService(path) }),
    ...(mediaType === undefined ? {} : { mediaType }),
    generation: generationOf(prediction),
    ...common,
  };
}

/** What was made on the site is not bound to the hour. */
function expiryOf({ source, completed }: PredictionAnswer): { readonly expiresAt?: Date } {
  return source === 'api' && completed !== undefined ? { expiresAt: new Date(completed + LIFE) } : {};
}

/**
 * The record as it came, but for bytes inside the output: they are what the items are, and would stand in the record of
 * each of them. What is left of their URI ends like the links whose query is left out, and is listed like them.
 */
function rawOf({ lossless }: PredictionAnswer): RawRecord {
  const redacted: string[] = [];
  const output = withoutBytes(lossless.output, 'output', redacted, 0);
  const raw = rawRecord(Object.hasOwn(lossless, 'output') ? { ...lossless, output } : lossless);
  return { json: raw.json, redacted: [...raw.redacted, ...redacted] };
}

/** Deeper outputs than this are refused as no answer before they come here. */
const DEEPEST = 200;

function withoutBytes(value: unknown, path: string, redacted: string[], depth: number): unknown {
  if (typeof value === 'string' && isInline(value)) {
    redacted.push(path);
    return `${value.slice(0, value.indexOf(',') + 1)}?…`;
  }
  if (depth > DEEPEST || typeof value !== 'object' || value === null || writtenNumber(value) !== undefined)
    return value;
  if (Array.isArray(value))
    return value.map((entry, index) => withoutBytes(entry, `${path}[${index}]`, redacted, depth + 1));
  const members = Object.entries(value).map(([name, entry]) => [
    name,
    withoutBytes(entry, `${path}.${name}`, redacted, depth + 1),
  ]);
  return Object.fromEntries(members);
}
