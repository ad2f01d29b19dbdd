/** Looking into JSON of which nothing is known for certain. */

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** Text with something in it. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A whole number from 1 on, such as a width in pixels. */
export function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}

/** One thing, several or none: a field that was an object in 2023 is a list since 2024, and may be null or missing. */
export function several(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/**
 * Ids are opaque, but they become part of a path and of messages: no separators, no control characters (those above 127
 * drive terminals too, and those of Unicode turn the reading direction), no halves of surrogate pairs.
 */
export function isId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^[^/\\?#%\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,200}$/u.test(value) &&
    value !== '.' &&
    value !== '..'
  );
}

/** Without members that are undefined: absent is absent. */
export function compact<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
