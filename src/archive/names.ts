/**
 * The one place where untrusted text becomes a file name.
 *
 * A name made here is safe on posix, Windows and Google Drive at once, whichever of them it is made for: an archive is
 * copied from one to the other. Text that is safe already stays as it is. Other text is cleaned and marked with `~` and
 * eight characters of a digest of what it was, so that texts that look alike once they are clean stay distinct.
 *
 * The mark has 40 bits. Whoever chooses the texts can find two that meet, with about a million tries; a store keeps such
 * files apart by a second name, so nothing is lost by it. Text that already has the form of a marked name is marked again:
 * otherwise a service could give an id that meets another one's marked name with no search at all.
 */

import { createHash } from 'node:crypto';
import { AlbarettoError } from '../errors.js';
import { type Extension, isExtension } from './extension.js';

export { type Extension, extensionMeant, extensionOf, isExtension } from './extension.js';

/** What a sink's capabilities say about names. */
export interface NameRules {
  /** UTF-8 bytes of a whole name; at least 64. */
  readonly longestName: number;
  /** Whether names that differ by case alone are different files. Only `NameBook` minds: one name alone has no twin. */
  readonly caseSensitive: boolean;
}

export interface NameParts {
  /** Whose file it is: an item's or task's id, or a title. Untrusted. */
  readonly stem: string;
  /** What tells the files of one stem apart: `-mask`, `_metadata`. The program's own words, which never differ by case alone. */
  readonly suffix?: string | undefined;
  /** Without its dot. From `extensionOf`, or a layout's own choice among the same ones. */
  readonly extension: Extension;
}

/** Characters of a mark: 40 bits in base32, which is the same in upper and lower case. */
export const MARK_LENGTH = 8;
const MARK = /~[a-z2-7]{8}/iu;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Separators, what Windows reserves (`:` also opens drives and alternate streams), controls, line separators, and
 * everything that is there but not seen: bidirectional controls, zero-width characters, fillers, tags, variation selectors.
 */
const FORBIDDEN =
  /[\u0000-\u001f\u007f-\u009f<>:"/\\|?*\u2028\u2029\ufff9-\ufffb]|\p{Default_Ignorable_Code_Point}|\p{Noncharacter_Code_Point}|\p{Surrogate}/gu;

/** A leading dot hides a file, trailing dots and spaces are dropped by Windows, and `.` and `..` are folders. */
const EDGES = /^[.\s]+|[.\s]+$/gu;

/**
 * Windows opens a device whatever follows the first dot, and for superscript digits too.
 * https://learn.microsoft.com/windows/win32/fileio/naming-a-file
 */
const DEVICE = /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)/iu;

/** The second, short name that Windows gives a file with a long one: `GENERA~1`. */
const SHORT_ALIAS = /^[^.]{0,7}~[0-9]{1,7}$/u;

/** Folders that macOS or Windows shows as a program or as a part of the system instead of opening them. */
const SPECIAL_FOLDER =
  /\.(?:\{[^}]*\}|app|bundle|framework|kext|pkg|mpkg|plugin|prefpane|saver|scptd|service|workflow|xpc)$/iu;

/** A suffix that can stand behind a mark without being cleaned or cut itself. */
const PLAIN_SUFFIX = /^[-_a-z0-9]{0,24}$/iu;

/**
 * The name of a file. Safe parts give `<stem><suffix>.<extension>`; a mark stands behind the stem, so that the files of
 * one item keep beginning alike.
 *
 * @throws AlbarettoError `E_INTERNAL` for an extension that is not on the list or rules that leave no room.
 */
export function fileName(parts: NameParts, rules: NameRules): string {
  checkExtension(parts.extension);
  const { stem, suffix = '', extension } = parts;
  const base = stem + suffix;
  const name = `${base}.${extension}`;
  return isSafe(base) && Buffer.byteLength(name) <= rules.longestName ? name : markedFileName(parts, rules);
}

/**
 * The same with the mark in any case, for a name that would be safe but meets another one.
 *
 * @param markLength More characters for marks that meet as well; at most 51, which is all of the digest.
 */
export function markedFileName(parts: NameParts, rules: NameRules, markLength = MARK_LENGTH): string {
  checkExtension(parts.extension);
  const { stem, suffix = '', extension } = parts;
  const plain = PLAIN_SUFFIX.test(suffix);
  const mark = digestText(plain ? stem : JSON.stringify([stem, suffix]), markLength);
  const tail = `~${mark}${plain ? suffix : ''}.${extension}`;
  return cleaned(plain ? stem : stem + suffix, rules.longestName - tail.length) + tail;
}

/**
 * The name of a file that belongs to a stored one: the same with another extension. For names that were made here or by a
 * store (`a-2.webp` gives `a-2.json`), marks and all; `fileName` would mark a marked stem again.
 *
 * @throws AlbarettoError `E_INTERNAL` for an extension that is not on the list.
 */
export function siblingName(name: string, extension: Extension, rules: NameRules): string {
  checkExtension(extension);
  const dot = name.lastIndexOf('.');
  const base = dot > 0 ? name.slice(0, dot) : name;
  const sibling = `${base}.${extension}`;
  return Buffer.byteLength(sibling) <= rules.longestName ? sibling : markedFileName({ stem: base, extension }, rules);
}

/**
 * The name of a folder, by the same rules; folders that a system would take for a program are marked too.
 *
 * @param marked Whether it is marked in any case, for a name that would be safe but meets another one.
 * @throws AlbarettoError `E_INTERNAL` for rules that leave no room.
 */
export function folderName(text: string, rules: NameRules, marked = false): string {
  const safe = isSafe(text) && !SPECIAL_FOLDER.test(text) && Buffer.byteLength(text) <= rules.longestName;
  if (safe && !marked) return text;
  const tail = `~${digestText(text, MARK_LENGTH)}`;
  return cleaned(text, rules.longestName - tail.length) + tail;
}

function isSafe(base: string): boolean {
  if (base === '' || base !== base.normalize('NFC')) return false;
  // `search` minds no lastIndex, unlike `test` with these global expressions.
  if (base.search(FORBIDDEN) >= 0 || base.search(EDGES) >= 0) return false;
  return !DEVICE.test(base) && !SHORT_ALIAS.test(base) && !MARK.test(base);
}

/** At most `room` bytes of the text without what is unsafe in it. Holds no `~`, so that a name has one mark at most. */
function cleaned(text: string, room: number): string {
  const clean = text.normalize('NFC').replace(FORBIDDEN, '_').replace(/~/gu, '_').replace(EDGES, '_');
  const whole = clean === '' ? '_' : DEVICE.test(clean) ? `_${clean}` : clean;
  const cut = cutToBytes(whole, room);
  if (cut === '') throw internal(`no room for a name in ${room} bytes`);
  return cut;
}

/** At most `room` UTF-8 bytes of a text, never half a character; a prefix of NFC text is NFC text. */
export function cutToBytes(text: string, room: number): string {
  if (Buffer.byteLength(text) <= room) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** Of the UTF-16 units, because halves of surrogate pairs would all look the same in UTF-8. */
function digestText(text: string, length: number): string {
  const digest = createHash('sha256').update(Buffer.from(text, 'utf16le')).digest();
  let bits = '';
  for (const byte of digest) bits += byte.toString(2).padStart(8, '0');
  const characters = bits.match(/.{5}/gu) ?? [];
  return characters
    .slice(0, length)
    .map((five) => BASE32[Number.parseInt(five, 2)])
    .join('');
}

function checkExtension(extension: string): void {
  if (!isExtension(extension)) throw internal(`no file gets the extension ${JSON.stringify(extension)}`);
}

function internal(message: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_INTERNAL', message, reach: 'run' });
}
