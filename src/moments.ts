/** Moments of the past as a person types them. */

import { usageError } from './errors.js';

const AGES: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const AGE = /^(\d{1,6}(?:\.\d{1,3})?)\s*([mhdw])$/iu;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/u;
const MOMENT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:?\d{2})?$/iu;

/**
 * `2d` (so long ago), `2024-05-01` (a day by the person's own clock) or `2024-05-01T12:30` (with `Z` or `+02:00` where it is
 * another clock).
 *
 * @param edge Which end of a day is meant.
 * @param now Milliseconds since the epoch.
 * @throws E_USAGE that names the option.
 */
export function parseMoment(text: string, option: string, edge: 'start' | 'end', now: number): Date {
  const moment = readMoment(text.trim(), edge, now);
  if (moment !== undefined && !Number.isNaN(moment.getTime())) return moment;
  throw usageError(`${option} is a date or a time before now`, '2024-05-01, 2024-05-01T12:30, 2d, 3h');
}

function readMoment(text: string, edge: 'start' | 'end', now: number): Date | undefined {
  const [, number, unit] = AGE.exec(text) ?? [];
  if (number !== undefined && unit !== undefined) return new Date(now - Number(number) * AGES[unit.toLowerCase()]!);
  const [, year, month, day] = DAY.exec(text) ?? [];
  if (year === undefined) return MOMENT.test(text) ? new Date(text.replace(' ', 'T')) : undefined;
  const date = new Date(Number(year), Number(month) - 1, Number(day));
  // The 31st of February would be a day of March.
  if (date.getMonth() !== Number(month) - 1 || date.getDate() !== Number(day)) return undefined;
  if (edge === 'end') date.setDate(date.getDate() + 1);
  return date;
}
