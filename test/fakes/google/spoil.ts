/** Turns an answer into the one that a fault wants: pure, the connection is the listener's. */

import { createHash } from 'node:crypto';
import { type Answer, driveErrorBody, htmlPage } from './answer.js';
import type { FaultEffect } from './faults.js';
import { newFileId } from './state.js';

/** The answer that a fault gives in place of the service's; undefined where it lets the service answer. */
export function replacement(effect: FaultEffect, path: string): Answer | undefined {
  const { status, html, empty } = effect;
  if (status === undefined && !html && !empty) return undefined;
  const headers: Record<string, string> = {};
  if (effect.retryAfter !== undefined) headers['Retry-After'] = String(effect.retryAfter);
  if (html) {
    const page = htmlPage(status ?? 502, 'Error (Server Error)!!1', 'The server encountered a temporary error.');
    return { ...page, headers: { ...page.headers, ...headers } };
  }
  if (empty) return { status: status ?? 200, headers, body: '' };
  const code = status ?? 500;
  const reason = effect.reason ?? usualReason(code);
  const message = effect.message ?? `Injected ${reason}.`;
  const json = isOAuth(path) ? { error: reason, error_description: message } : driveErrorBody(code, reason, message);
  return { status: code, headers, json };
}

/** The service's answer with what the fault changes in it. */
export function spoil(answer: Answer, effect: FaultEffect): Answer {
  let spoilt = answer;
  if (effect.wrongDigest) spoilt = changeJson(spoilt, wrongDigests);
  if (effect.otherId) spoilt = changeJson(spoilt, (json) => ({ ...json, id: newFileId() }));
  if (effect.truncate && spoilt.json !== undefined) {
    const text = JSON.stringify(spoilt.json);
    const headers = { 'Content-Type': 'application/json; charset=UTF-8', ...spoilt.headers };
    spoilt = { status: spoilt.status, headers, body: text.slice(0, Math.ceil(text.length / 2)) };
  }
  return spoilt;
}

function changeJson(answer: Answer, change: (json: Record<string, unknown>) => object): Answer {
  if (typeof answer.json !== 'object' || answer.json === null) return answer;
  return { ...answer, json: change(answer.json as Record<string, unknown>) };
}

function wrongDigests(json: Record<string, unknown>): object {
  const wrong = { ...json };
  for (const algorithm of ['md5', 'sha1', 'sha256']) {
    const member = `${algorithm}Checksum`;
    if (typeof wrong[member] === 'string') wrong[member] = createHash(algorithm).update('other bytes').digest('hex');
  }
  return wrong;
}

export function isOAuth(path: string): boolean {
  return /^\/(token|revoke|tokeninfo)\b/.test(path);
}

function usualReason(status: number): string {
  if (status === 429) return 'rateLimitExceeded';
  if (status === 401) return 'authError';
  if (status === 403) return 'userRateLimitExceeded';
  if (status === 404) return 'notFound';
  if (status === 409) return 'fileIdInUse';
  return status >= 500 ? 'backendError' : 'badRequest';
}
