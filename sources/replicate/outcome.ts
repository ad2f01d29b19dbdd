/** What a prediction comes to: files, or the reason why there are none. */

import { AlbarettoError, printable } from '../../src/plugin.js';
import { type PredictionAnswer, phaseOf } from './answers.js';
import { HOUR_HINT } from './explain.js';

const PLUGIN = 'replicate';

/** @throws E_NOT_FOUND where its data were removed. */
export function expectOutput(prediction: PredictionAnswer): void {
  if (!prediction.dataRemoved) return;
  if (phaseOf(prediction) === 'failed') throw failure(prediction);
  throw new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `${prediction.id}: Replicate has removed its input, output and files (data_removed)`,
    hint: HOUR_HINT,
    plugin: PLUGIN,
  });
}

/** In the service's words. */
export function failure(prediction: PredictionAnswer): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TASK_FAILED',
    message: `${prediction.id} ${endOf(prediction)}`,
    hint: 'it has no output',
    plugin: PLUGIN,
  });
}

/** `failed: CUDA out of memory`, `was canceled`. */
export function endOf({ status, error }: PredictionAnswer): string {
  const words = status === 'failed' ? 'failed' : `was ${printable(status, 40)}`;
  if (error !== undefined) return `${words}: ${printable(error, 300)}`;
  return status === 'failed' ? 'failed: the service gives no reason' : words;
}

export function withoutFiles({ id, output }: PredictionAnswer): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `${id} has no files: its output is ${kindOf(output)}`,
    hint: 'only files are fetched; its page on replicate.com shows the rest',
    plugin: PLUGIN,
  });
}

/** A file that was listed once, and is in the output no more. */
export function gone(itemId: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `${itemId}: the service has it no more`,
    hint: HOUR_HINT,
    plugin: PLUGIN,
  });
}

export function stillPending({ id, status }: PredictionAnswer, patience: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TIMEOUT',
    message: `${id} was still ${printable(status, 40)} after ${Math.round(patience / 1000)} s`,
    hint: 'fetch it again later, or wait longer with --wait',
    plugin: PLUGIN,
  });
}

function kindOf(output: unknown): string {
  if (output === null) return 'empty';
  if (typeof output === 'string') return 'text';
  return Array.isArray(output) || typeof output === 'object' ? 'data without links to files' : `a ${typeof output}`;
}
