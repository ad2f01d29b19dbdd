/**
 * What Google answered instead of what was asked for, read by shape and defensively: Drive's JSON, the OAuth endpoint's, the
 * newer `details`, a page of HTML, nothing. https://developers.google.com/workspace/drive/api/guides/handle-errors
 */

export interface Refusal {
  readonly status: number;
  /** Every reason that the answer gives, most specific first: `userRateLimitExceeded`, `invalid_grant`. */
  readonly reasons: readonly string[];
  /** Google's own words; undefined where it sent none. Untrusted. */
  readonly words: string | undefined;
  /** Where in the request Google sees the fault, where it says so. */
  readonly location: string | undefined;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The refusal inside what the library threw; undefined for everything that is no answer. */
export function refusalOf(thrown: unknown): Refusal | undefined {
  const response = record(record(thrown)?.response);
  return typeof response?.status === 'number'
    ? readRefusal(response.status, response.headers, response.data)
    : undefined;
}

export function readRefusal(status: number, headers: unknown, data: unknown): Refusal {
  const body = record(typeof data === 'string' ? parsed(data) : data);
  const error = record(body?.error);
  const first = record(list(error?.errors)[0]);
  const details = list(error?.details).map((detail) => text(record(detail)?.reason));
  const reasons = [
    text(body?.error),
    text(body?.error_subtype),
    ...list(error?.errors).map((entry) => text(record(entry)?.reason)),
    ...details,
    text(error?.status),
  ];
  return {
    status,
    reasons: reasons.filter((reason): reason is string => reason !== undefined),
    words: text(error?.message) ?? text(body?.error_description) ?? text(body?.error),
    location: text(first?.location),
    headers: plainHeaders(headers),
  };
}

/** The library hands on `Headers`, but not always of the same class as ours. */
function plainHeaders(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) return {};
  const entries = Symbol.iterator in headers ? [...(headers as Iterable<[string, string]>)] : Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
