/** JSON as Python's `json.dumps` prints it, which ComfyUI answers and writes into its pictures. */

import { LosslessNumber, stringify } from 'lossless-json';
import type { Answer } from '../service/answer.js';

/** No JSON at all, but what Python prints where a node's value is no number; some nodes hold one in every graph. */
export const NOT_A_NUMBER: unknown = Object.assign(Object.create(LosslessNumber.prototype) as object, { value: 'NaN' });

/** Whatever is not ASCII is escaped, so that the text fits into a PNG's Latin-1. */
export function pythonJson(value: unknown): string {
  const text = stringify(value) ?? 'null';
  return text.replace(/[\u0080-\uffff]/gu, escaped).replace(/[\u{10000}-\u{10ffff}]/gu, escaped);
}

/** Without the Cache-Control that other services send. */
export function pythonAnswer(status: number, value: unknown): Answer {
  const headers = { Server: SERVER, 'Content-Type': 'application/json; charset=utf-8' };
  return { status, headers, body: Buffer.from(pythonJson(value), 'latin1') };
}

/** What the web framework says of its own accord: `404: Not Found`. */
export function plainAnswer(status: number, text: string, more: Readonly<Record<string, string>> = {}): Answer {
  const headers = { Server: SERVER, 'Content-Type': 'text/plain; charset=utf-8', ...more };
  return { status, headers, body: Buffer.from(text, 'utf8') };
}

/** How ComfyUI's own handlers refuse: a status and nothing else. */
export function bareAnswer(status: number): Answer {
  return { status, headers: { Server: SERVER, 'Content-Type': 'application/octet-stream' }, body: Buffer.alloc(0) };
}

/** What the framework makes of an exception that a handler did not expect. */
export function crash(): Answer {
  return plainAnswer(500, '500 Internal Server Error\n\nServer got itself in trouble');
}

export const SERVER = 'Python/3.12 aiohttp/3.11.8';

/** Surrogate pairs as two escapes. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
