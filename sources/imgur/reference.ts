/** What a person may type for an album, a post or an image of Imgur. Pure. */

import type { Recognition } from '../../src/plugin.js';
import { readAddress } from './web-address.js';

/**
 * What a reference names. `gallery` and `any` may be an album or an image, which only the service knows. `thumbnail` is an
 * id that may end in the letter of a thumbnail. `list` is a page of many posts, which is told apart but not fetched.
 */
export type ReferenceKind = 'album' | 'image' | 'gallery' | 'any' | 'thumbnail' | 'list';

export interface Reference {
  readonly kind: ReferenceKind;
  /** One or more ids; of a `list` its name: `user/somebody`. */
  readonly names: readonly string[];
}

/** Ids are 5 or 7 letters and digits today; very old ones have fewer. */
const ID = '[A-Za-z0-9]{1,12}';
const CANONICAL = new RegExp(`^(album|gallery|thumbnail|image|any):(${ID}(?:,${ID})*)$`, 'u');
const LIST = /^list:([a-z]+(?:\/[\w-]{1,64})?)$/u;
const BARE = /^(?:[A-Za-z0-9]{7}|[A-Za-z0-9]{5})(?:,(?:[A-Za-z0-9]{7}|[A-Za-z0-9]{5}))*$/u;
const PATH = new RegExp(`^/?([aA]|[gG][aA][lL]{2}[eE][rR][yY])/(?:[^/?#\\s\\p{Cc}]*-)?(${ID})/?$`, 'u');

/** These name one thing each. */
const SINGLE: ReadonlySet<string> = new Set(['album', 'gallery', 'thumbnail']);

export function recognise(typed: string): Recognition | undefined {
  const address = readAddress(typed);
  if (address !== undefined) return { confidence: 'certain', reference: written(address) };
  if (BARE.test(typed)) return { confidence: 'possible', reference: written({ kind: 'any', names: typed.split(',') }) };
  const [, folder, id] = PATH.exec(typed) ?? [];
  if (id !== undefined) {
    return { confidence: 'possible', reference: `${folder?.length === 1 ? 'album' : 'gallery'}:${id}` };
  }
  const own = readReference(typed);
  return own === undefined ? undefined : { confidence: 'possible', reference: written(own) };
}

/** A reference in the form that `recognise` answers; `undefined` for every other text. */
export function readReference(text: string): Reference | undefined {
  const [, list] = LIST.exec(text) ?? [];
  if (list !== undefined) return { kind: 'list', names: [list] };
  const [, kind, ids] = CANONICAL.exec(text) ?? [];
  const names = ids?.split(',');
  if (kind === undefined || names === undefined || (SINGLE.has(kind) && names.length > 1)) return undefined;
  return { kind: kind as ReferenceKind, names };
}

function written({ kind, names }: Reference): string {
  return `${kind}:${[...new Set(names)].join(',')}`;
}
