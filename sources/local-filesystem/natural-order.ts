import { stemOf } from './media-types.js';

/**
 * `a2` before `a10`, as a person counts; all else by its characters' codes. The same order on every machine, whatever its
 * language, and quick enough for 200,000 names while somebody waits.
 */
export function naturally(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  // The difference may lie within a number; its first digit decides nothing.
  let start = at;
  while (start > 0 && isDigit(one, start - 1)) start -= 1;
  const [own, others] = [endOfNumber(one, start), endOfNumber(other, start)];
  if (own > start && others > start)
    return byNumber(one.slice(start, own), other.slice(start, others)) || codes(one, other);
  return codes(one, other);
}

/** For names of files: `a.png` before `a-2.png`. */
export function byFileName(one: string, other: string): number {
  return naturally(stemOf(one), stemOf(other)) || naturally(one, other);
}

function byNumber(one: string, other: string): number {
  const [own, others] = [one.replace(/^0+/u, ''), other.replace(/^0+/u, '')];
  return own.length - others.length || codes(own, others);
}

function codes(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function endOfNumber(text: string, start: number): number {
  let end = start;
  while (isDigit(text, end)) end += 1;
  return end;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}
