/** Reading fields of answers whose numbers may have been kept as they were written. */

import { writtenNumber } from '../../src/plugin.js';

export type Fields = Readonly<Record<string, unknown>>;

/** An object that is no list and no number. */
export function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && writtenNumber(value) === undefined
    ? (value as Fields)
    : undefined;
}

/** Text that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects of a list; what else is in it is left out. */
export function objects(value: unknown): readonly Fields[] {
  return list(value)
    .map(fields)
    .filter((entry) => entry !== undefined);
}

/** A whole number in decimal digits, however large. */
export function wholeNumber(value: unknown): string | undefined {
  const found = writtenNumber(value) ?? '';
  return /^-?\d{1,40}$/u.test(found) ? found : undefined;
}

/** A number that is not negative; `Infinity` and what is close to it is none. */
export function amount(value: unknown): number | undefined {
  const found = Number(writtenNumber(value));
  return found >= 0 && found < 1e12 ? found : undefined;
}

/** Pixels. */
export function side(value: unknown): number | undefined {
  const found = Number(wholeNumber(value) ?? 0);
  return found > 0 && found <= 1_000_000 ? found : undefined;
}

/** Milliseconds since the epoch. */
export function time(value: unknown): number | undefined {
  const found = typeof value === 'string' && value.length < 50 ? Date.parse(value) : Number.NaN;
  return Number.isNaN(found) ? undefined : found;
}

/** Without members that are undefined: absent is absent. */
export function compact<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}

/**
 * Ids are opaque, but they become part of a path, of names and of messages: no separators, no control characters, none
 * that turn the reading direction, no halves of surrogate pairs.
 */
export function isId(id: string): boolean {
  return /^[^/\\?#%\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,200}$/u.test(id) && id !== '.' && id !== '..';
}
