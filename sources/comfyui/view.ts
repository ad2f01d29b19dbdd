/** Where the bytes of a file are: at a server's own `/view`, or behind the signed link that Comfy Cloud's leads to. */

import type { Location } from '../../src/plugin.js';
import type { Connection } from './connection.js';
import { type FilePlace, viewQuery } from './reference.js';

export interface Viewed {
  readonly size?: number;
  readonly mediaType?: string;
}

/**
 * A server of one's own answers a file as it lies on its disk, the graphs inside it included, as long as neither a preview
 * nor a channel is asked for. It wants no key, and the link has no end.
 */
export function viewLocation(connection: Connection, place: FilePlace): Location {
  return {
    kind: 'request',
    url: `${connection.baseUrl}/view?${viewQuery(place)}`,
    headers: connection.headers,
  };
}

/** @throws E_NOT_FOUND for a file that is not there. */
export async function lookAt(
  connection: Connection,
  place: FilePlace,
  signal: AbortSignal | undefined,
): Promise<Viewed> {
  const what = `looking for ${shown(place)}`;
  const answer = await connection.bytes({ path: '/view', query: queryOf(place), what, signal, method: 'HEAD' });
  const { 'content-length': length = '', 'content-type': type = '' } = answer.headers;
  const mediaType = /^[a-z]+\/[a-z0-9.+-]+/u.exec(type)?.[0];
  return {
    ...(/^\d{1,15}$/u.test(length) ? { size: Number(length) } : {}),
    ...(mediaType === undefined ? {} : { mediaType }),
  };
}

/** A signed link is asked for anew when it has less than this left. */
const MARGIN = 30_000;

/**
 * Comfy Cloud answers `/api/view` with a redirect to a signed link of its store. The program's client follows it, without
 * the key; one byte is asked for, and what counts is where it came from. Where the service answers the file itself, which
 * it does for the same question in its own way, its bytes are taken.
 */
export async function cloudLocation(
  connection: Connection,
  place: FilePlace,
  signal: AbortSignal | undefined,
): Promise<Location> {
  const ask = { path: '/api/view', query: queryOf(place), what: `asking for ${shown(place)}`, signal };
  const answer = await connection.bytes({ ...ask, headers: { range: 'bytes=0-0' } });
  if (new URL(answer.url).origin !== new URL(connection.baseUrl).origin) {
    const expiresAt = endOf(answer.url);
    return { kind: 'request', url: answer.url, ...(expiresAt === undefined ? {} : { expiresAt }) };
  }
  const whole = answer.status === 206 ? await connection.bytes(ask) : answer;
  return { kind: 'bytes', bytes: whole.body };
}

/**
 * When a signed link of Google Cloud Storage ends: the time of its signature and how many seconds it is good for.
 * https://cloud.google.com/storage/docs/authentication/canonical-requests
 */
function endOf(url: string): number | undefined {
  const query = new URL(url).searchParams;
  const [, year, month, day, hours, minutes, seconds] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u.exec(query.get('X-Goog-Date') ?? '') ?? [];
  const signed = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  const end = signed + Number(query.get('X-Goog-Expires') ?? Number.NaN) * 1000 - MARGIN;
  return Number.isFinite(end) ? end : undefined;
}

/** These and nothing else that is known of a file. */
function queryOf({ filename, subfolder, type }: FilePlace) {
  return { filename, subfolder, type };
}

function shown({ type, subfolder, filename }: FilePlace): string {
  return JSON.stringify([type, subfolder, filename].filter((part) => part !== '').join('/'));
}
