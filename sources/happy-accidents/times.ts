/**
 * A moment as the service writes it: `2023-09-01T12:00:00.500000Z`. One without a zone means UTC.
 * @returns `undefined` for what is no moment.
 */
export function readTime(value: unknown): Date | undefined {
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const zoned = /[tT ]\d\d:\d\d/u.test(value) && !/(?:[zZ]|[+-]\d\d:?\d\d)$/u.test(value) ? `${value}Z` : value;
  const time = new Date(zoned);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
