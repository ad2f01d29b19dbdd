/** Sizes and times as a person types them. */

import { usageError } from './errors.js';

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };
const TIME_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  '': 1000,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Bytes: `500k`, `2M`, `1.5GiB`; units are binary, as everywhere in this program.
 * @throws E_USAGE that names the option.
 */
export function parseSize(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/iu.exec(text.trim());
  const bytes = Math.round(Number(match?.[1]) * (SIZE_UNITS[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN));
  if (match === null || !Number.isSafeInteger(bytes) || bytes <= 0)
    throw usageError(`${option} is a size such as 500k or 2M`);
  return bytes;
}

/** The longest wait of a timer: Node takes a longer one for a wait of one millisecond. */
const LONGEST = 2_147_483_647;

/**
 * Milliseconds: `30`, `30s`, `1.5m`, `2h`; a bare number is seconds. At most 24 days.
 * @throws E_USAGE that names the option.
 */
export function parseDuration(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|[smhd]?)$/iu.exec(text.trim());
  const milliseconds = Number(match?.[1]) * (TIME_UNITS[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN);
  if (match === null || !Number.isFinite(milliseconds)) throw usageError(`${option} is a time such as 30s or 2m`);
  if (milliseconds > LONGEST) throw usageError(`${option} is a time of at most 24 days`);
  return milliseconds;
}

/** @throws E_USAGE */
export function parseCount(text: string, option: string, most: number): number {
  const count = Number(text);
  if (!/^\d+$/u.test(text.trim()) || count < 1 || count > most)
    throw usageError(`${option} is a whole number from 1 to ${most}`);
  return count;
}
