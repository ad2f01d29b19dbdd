/** Reading fields of answers whose numbers may have been kept as they were written. */

export type Fields = Readonly<Record<string, unknown>>;

/**
 * What marks a number that was kept as text, so that `rawRecord` prints it as it was written. It is the mark of the
 * package lossless-json, which it shares with other copies of itself.
 */
export const EXACT = Symbol.for('lossless-json.LosslessNumber');

export function isExact(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as { [EXACT]?: unknown })[EXACT] === true;
}

/** An object that is no list and no number. */
export function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExact(value)
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

export function number(value: unknown): number | undefined {
  const found = isExact(value) ? Number(String(value)) : value;
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** A whole number in decimal digits, however large. */
export function wholeNumber(value: unknown): string | undefined {
  const found = isExact(value) ? String(value) : Number.isSafeInteger(value) ? String(value) : '';
  return /^-?\d{1,40}$/u.test(found) ? found : undefined;
}

/** Without members that are undefined: absent is absent. */
export function compact<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
