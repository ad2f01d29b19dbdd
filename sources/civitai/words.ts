/** What this source tells a person: why a workflow is not fetched, and what of one was left out. */

import { AlbarettoError, printable, type SourceContext } from '../../src/plugin.js';
import type { Result, Results } from './results.js';
import type { Workflow } from './workflows.js';

const PLUGIN = 'civitai';

type Told = Pick<SourceContext, 'warn'>;

export function failure({ id, status, reason }: Workflow): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TASK_FAILED',
    message: `${id} is ${printable(status, 40)}: ${printable(reason ?? 'the service gives no reason', 300)}`,
    hint: 'it has no results',
    plugin: PLUGIN,
  });
}

export function stillRunning({ id, status }: Workflow, patience: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TIMEOUT',
    message: `${id} is still ${printable(status, 40)} after ${Math.round(patience / 1000)} s`,
    hint: 'fetch it again later, or wait longer with --wait',
    plugin: PLUGIN,
  });
}

export function gone(id: string, why = 'the service has it no more'): AlbarettoError {
  return new AlbarettoError({ code: 'E_NOT_FOUND', message: `${id}: ${why}`, plugin: PLUGIN });
}

export function endless(pages: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `the list has brought nothing new for ${pages} pages, and does not end`,
    hint: 'its interface may have changed',
    plugin: PLUGIN,
  });
}

/** Why a result cannot be fetched. */
export function reasonFor({ blob: { blockedReason, nsfwLevel } }: Result): string {
  if (blockedReason !== undefined) return `blocked (${printable(blockedReason, 100)})`;
  return MATURE.has(nsfwLevel ?? '') ? 'hidden as mature, which --mature shows, or lost' : 'not available';
}

const MATURE: ReadonlySet<string> = new Set(['r', 'x', 'xxx']);

/** A workflow without media is no failure: many kinds of steps make texts, numbers or models. */
export function tellLeftOut(context: Told, { id }: Workflow, { available, missing, models }: Results): void {
  const reasons = new Map<string, number>();
  for (const result of missing) {
    const reason = reasonFor(result);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const all = available.length + missing.length;
  for (const [reason, count] of reasons) context.warn(`${id}: ${count} of ${all} results: ${reason}`);
  if (models.length > 0)
    context.warn(`${id}: no picture, video or sound, and not fetched: 3D models (${models.length})`);
}

export function tellEmpty(context: Told, { id }: Workflow): void {
  context.warn(`${id} made no pictures, videos or sounds: nothing to save`);
}
