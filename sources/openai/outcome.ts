/** Why there are no pictures, in the service's words. */

import { AlbarettoError, printable, usageError } from '../../src/plugin.js';
import type { ResponseAnswer } from './answers.js';
import type { PictureCall } from './calls.js';
import type { Target } from './reference.js';

const PLUGIN = 'openai';

/** How a response ended that did not end well: `failed: … (server_error)`. `undefined` for one that did. */
export function endOf({ status, reason }: ResponseAnswer): string | undefined {
  if (status === 'failed') return `failed: ${printable(reason ?? 'the service gives no reason', 300)}`;
  if (status === 'incomplete') return `is incomplete: ${printable(reason ?? 'the service gives no reason', 300)}`;
  return status === 'cancelled' ? 'was cancelled' : undefined;
}

/** E_TASK_FAILED for a response that failed, or whose pictures did; E_NOT_FOUND for one that has words alone. */
export function withoutPictures(response: ResponseAnswer, calls: readonly PictureCall[]): AlbarettoError {
  const { id } = response;
  const end = endOf(response);
  if (end !== undefined) return taskFailed(`${id} ${end}`);
  const states = [...new Set(calls.map(({ status }) => printable(status ?? 'without a status', 40)))].join(', ');
  if (calls.length > 0) return taskFailed(`${id}: its picture was not made (${states})`);
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `${id} has no pictures`,
    hint: 'it was answered in words; --chain walks on to the responses before it',
    plugin: PLUGIN,
  });
}

function taskFailed(message: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_TASK_FAILED', message, hint: 'it has no pictures', plugin: PLUGIN });
}

export function emptyConversation(id: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `${id} has no pictures`,
    hint: 'it holds words alone, or its pictures failed',
    plugin: PLUGIN,
  });
}

export function notOfResponse(picture: string, taskId: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `${picture}: ${taskId} has no such picture`,
    hint: 'check both ids',
    plugin: PLUGIN,
  });
}

/** The service answered for a picture, and not with its bytes. */
export function unreadable(picture: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `${picture}: its result is no base64`,
    hint: 'its interface may have changed',
    plugin: PLUGIN,
  });
}

export function stillPending({ id, status }: ResponseAnswer, patience: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TIMEOUT',
    message: `${id} was still ${status.replace('_', ' ')} after ${Math.round(patience / 1000)} s`,
    hint: 'fetch it again later, or wait longer with --wait',
    plugin: PLUGIN,
  });
}

/** What cannot be asked for at all. */
export function notFetchable({ kind, id }: Target): AlbarettoError {
  if (kind === 'video') {
    return usageError(
      `${id}: OpenAI has shut its Videos API down (24 September 2026), with Sora`,
      'nothing can be fetched from it any more',
      PLUGIN,
    );
  }
  return usageError(
    `${id}: OpenAI has no way to a picture by its own id`,
    `name its conversation or its response before it: conv_…/${id}, resp_…/${id}`,
    PLUGIN,
  );
}
