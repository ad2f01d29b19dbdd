/** What a record says of a file, whichever program wrote it. */

import type { Generation, RawRecord } from '../../src/plugin.js';

export interface Recorded {
  readonly source: string;
  readonly taskId: string;
  readonly id: string;
  readonly index?: number | undefined;
  readonly title?: string | undefined;
  readonly taskTitle?: string | undefined;
  readonly generation: Generation;
  readonly createdAt?: Date | undefined;
  readonly mediaType?: string | undefined;
  /** Bytes, where the record declares them. */
  readonly size?: number | undefined;
  /** Lower-case hexadecimal, where the record declares it. */
  readonly sha256?: string | undefined;
  readonly raw: RawRecord;
  readonly companions: readonly CompanionFile[];
}

/** A file that belongs to an item and lies beside it. */
export interface CompanionFile {
  readonly id: string;
  readonly role: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

const LONGEST_ID = 1_000;

/**
 * Ids are opaque, but they become part of messages and names: no separators, no control characters, no halves of surrogate
 * pairs, no line breaks of Unicode.
 */
export function isId(text: string): boolean {
  if (text === '' || text.length > LONGEST_ID || text === '.' || text === '..') return false;
  return !/[/\\\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
}

/** A record may be anybody's: a name in it leads to nothing but a file of its own folder that is not hidden. */
export function isSingleName(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !/[/\\\0]/u.test(name) && Buffer.byteLength(name) <= 255;
}

/** A seed is decimal text. */
export function seedOf(text: string | undefined): string | undefined {
  return text !== undefined && /^-?\d{1,100}$/u.test(text) ? text : undefined;
}

/** A moment that is written as ISO 8601; without a zone it is UTC. */
export function momentOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/iu.test(text) || !text.includes('T') ? text : `${text}Z`;
  const date = new Date(zoned);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Without members that are undefined: absent is absent. */
export function compact<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
