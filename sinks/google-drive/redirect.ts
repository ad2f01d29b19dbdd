/** Reading the address that Google sends the browser to when a sign-in ends. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { isDriveId } from './destination.js';

export type RedirectAnswer =
  | { readonly kind: 'code'; readonly code: string; readonly picked: readonly string[] }
  /** The person said no, or Google did; the error as Google names it. */
  | { readonly kind: 'refused'; readonly error: string };

export type RedirectReading =
  | RedirectAnswer
  /** It belongs to another sign-in, or to nobody's: the state is not ours. */
  | { readonly kind: 'foreign' }
  /** It is ours but holds neither a code nor an error, or is no redirect address at all. */
  | { readonly kind: 'incomplete' };

/** Unknown parameters (`authuser`, `prompt`, `hd`, …) are ignored, as Google asks. */
export function readRedirect(query: URLSearchParams, state: string): RedirectReading {
  const given = query.get('state');
  const code = query.get('code');
  const error = query.get('error');
  if (given === null && code === null && error === null) return { kind: 'incomplete' };
  if (given === null || !sameText(given, state)) return { kind: 'foreign' };
  if (error !== null && error !== '') return { kind: 'refused', error };
  if (code === null || code === '') return { kind: 'incomplete' };
  return { kind: 'code', code, picked: pickedIds(query.get('picked_file_ids')) };
}

/** What a person pastes: the whole address, or what stands behind its question mark, with quotes or brackets around it. */
export function readPasted(text: string, state: string): RedirectReading {
  const bare = text.trim().replace(/^["'<]+|["'>]+$/gu, '');
  if (URL.canParse(bare)) return readRedirect(new URL(bare).searchParams, state);
  const start = bare.indexOf('?');
  return readRedirect(new URLSearchParams(start < 0 ? bare : bare.slice(start + 1)), state);
}

function pickedIds(list: string | null): string[] {
  return (list ?? '').split(',').filter(isDriveId);
}

/** In a time that does not tell how much of the state was right. */
function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
