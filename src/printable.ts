/**
 * Where a service's text becomes fit for a terminal or a log line, and the only place where it does.
 *
 * Left out: control characters (C0, DEL, C1: with them go all escape sequences), bidirectional overrides and characters
 * that show nothing, which could drive the terminal, fake other lines or hide parts of a name. Line breaks and tabs
 * become spaces, because a line of output is one event.
 */

import type { Untrusted } from './model.js';

const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;
// Joiners (U+200C, U+200D) and variation selectors stay: scripts and emoji need them, and they move nothing.
const UNPRINTABLE =
  /[\p{Cc}\ufff9-\ufffb]|(?!\u200c|\u200d|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}])\p{Default_Ignorable_Code_Point}/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * @param limit The most UTF-16 units; what is cut off is shown as `…`. Default: no limit.
 */
export function printable(text: Untrusted | string, limit = Number.POSITIVE_INFINITY): string {
  const clean = text.replace(BREAKS, ' ').replace(UNPRINTABLE, '').replace(LONE_SURROGATE, '\ufffd');
  if (clean.length <= limit) return clean;
  return `${clean.slice(0, Math.max(0, limit - 1)).replace(LONE_SURROGATE, '')}…`;
}

/**
 * One line of JSON in which everything that {@link printable} leaves out stands as `\u…`: the same value for a program
 * that reads it, and harmless on a terminal.
 */
export function printableJson(line: string): string {
  return line.replace(UNPRINTABLE, escaped).replace(/[\u2028\u2029]/gu, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_unit, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
