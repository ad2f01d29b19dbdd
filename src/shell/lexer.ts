/**
 * Cuts a typed line into words and the two signs of the grammar, `|` and `>`.
 *
 * It never throws: completion reads lines that are not finished yet. What a finished line owes (closed quotes, full
 * stages) is checked by `grammar.ts`, so that both see the same words.
 */

/** One word of a line, with quotes and escapes taken off. */
export interface Word {
  readonly text: string;
  /** Whether any part of it stood in quotes or behind a backslash. */
  readonly quoted: boolean;
  /** Where it stands in the line, as typed: UTF-16 units, `to` exclusive. */
  readonly from: number;
  readonly to: number;
}

export type Token =
  | { readonly kind: 'word'; readonly word: Word }
  | { readonly kind: 'pipe' | 'redirect'; readonly from: number; readonly to: number };

/** A quote that is not closed, or a backslash that ends the line. */
export interface Unfinished {
  readonly mark: '"' | "'" | '\\';
  readonly from: number;
}

export interface Scan {
  readonly tokens: readonly Token[];
  readonly unfinished: Unfinished | undefined;
}

const BLANK = /[ \t\r\n]/u;
const SIGNS: Readonly<Record<string, 'pipe' | 'redirect'>> = { '|': 'pipe', '>': 'redirect' };

/** An address as mails and Markdown write it: what closes it is no sign. */
const BRACKETED = /<https?:\/\/[^\s<>|'"\\]*>/iuy;

export function scan(line: string): Scan {
  const tokens: Token[] = [];
  let unfinished: Unfinished | undefined;
  let at = 0;
  while (at < line.length) {
    const character = line.charAt(at);
    const sign = SIGNS[character];
    if (sign !== undefined) {
      tokens.push({ kind: sign, from: at, to: at + 1 });
      at += 1;
    } else if (BLANK.test(character)) {
      at += 1;
    } else {
      const result = scanWord(line, at);
      tokens.push({ kind: 'word', word: result.word });
      unfinished = result.unfinished;
      at = result.word.to;
    }
  }
  return { tokens, unfinished };
}

interface Piece {
  readonly text: string;
  readonly to: number;
  readonly unfinished?: Unfinished;
}

function scanWord(line: string, from: number): { readonly word: Word; readonly unfinished: Unfinished | undefined } {
  let quoted = false;
  let unfinished: Unfinished | undefined;
  BRACKETED.lastIndex = from;
  const bracketed = BRACKETED.exec(line)?.[0] ?? '';
  let text = bracketed;
  let at = from + bracketed.length;
  while (at < line.length) {
    const character = line.charAt(at);
    if (BLANK.test(character) || SIGNS[character] !== undefined) break;
    const piece = scanPiece(line, at);
    quoted ||= character === '"' || character === "'" || character === '\\';
    text += piece.text;
    unfinished = piece.unfinished;
    at = piece.to;
  }
  return { word: { text, quoted, from, to: at }, unfinished };
}

function scanPiece(line: string, at: number): Piece {
  switch (line.charAt(at)) {
    case '\\':
      if (at + 1 === line.length) return { text: '', to: at + 1, unfinished: { mark: '\\', from: at } };
      return { text: line.charAt(at + 1), to: at + 2 };
    case "'":
      return singleQuoted(line, at);
    case '"':
      return doubleQuoted(line, at);
    default:
      return { text: line.charAt(at), to: at + 1 };
  }
}

function singleQuoted(line: string, from: number): Piece {
  const end = line.indexOf("'", from + 1);
  if (end === -1) return { text: line.slice(from + 1), to: line.length, unfinished: { mark: "'", from } };
  return { text: line.slice(from + 1, end), to: end + 1 };
}

/** A backslash escapes only `"` and itself here, so that `"C:\Users\me"` is the path that it looks like. */
function doubleQuoted(line: string, from: number): Piece {
  let text = '';
  let at = from + 1;
  while (at < line.length) {
    const character = line.charAt(at);
    if (character === '"') return { text, to: at + 1 };
    const next = line.charAt(at + 1);
    const escapes = character === '\\' && (next === '"' || next === '\\');
    text += escapes ? next : character;
    at += escapes ? 2 : 1;
  }
  return { text, to: at, unfinished: { mark: '"', from } };
}
