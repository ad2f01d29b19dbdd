/**
 * The one grammar of a typed line: at the prompt, in `-c` and on piped input.
 *
 *     line     = stage { "|" stage } [ ">" folder ] | "#" anything | nothing
 *     stage    = word { word }
 *
 * Words are split at blanks. Single quotes take everything literally; in double quotes a backslash escapes `"` and `\`
 * and is itself elsewhere (so a Windows path is usable in quotes, but one that ends with a backslash needs single ones);
 * outside quotes a backslash escapes any character. A bare `|` or `>` is always a sign, with or without blanks around
 * it, so a URL that holds one must be quoted; only the `>` of a word like `<https://…>` is none. All other characters are
 * ordinary: `= ? & * ~ #` expand nothing, and ids that look like numbers stay text. `#` begins a comment only as the first
 * character of a line that is not blank.
 */

import { type AlbarettoError, usageError } from '../errors.js';
import { scan, type Token, type Unfinished, type Word } from './lexer.js';

export type { Word } from './lexer.js';

export interface Stage {
  /** At least one. */
  readonly words: readonly Word[];
}

export interface ParsedLine {
  /** At least one. */
  readonly stages: readonly Stage[];
  /** The folder after `>`: the line means the same as with `| save folder` instead. */
  readonly redirect?: Word;
}

/**
 * Answers `undefined` for a line with nothing to do: blank, or a comment.
 *
 * @throws E_USAGE that names the column, counted in characters from 1: a quote that is not closed, a backslash that ends
 *   the line, nothing on one side of a `|`, no folder after `>`, or more than a folder.
 */
export function parseLine(line: string): ParsedLine | undefined {
  if (isComment(line)) return undefined;
  const { tokens, unfinished } = scan(line);
  if (unfinished !== undefined) throw unfinishedError(line, unfinished);
  if (tokens.length === 0) return undefined;
  return assemble(line, tokens);
}

/** Whether the line is a comment. */
export function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

/** The text as one word of a line: `parseLine` gives it back unchanged, whatever it is. */
export function quoteWord(text: string): string {
  if (text !== '' && !/[\s\\'"|>]|^[#<]/u.test(text)) return text;
  if (!text.includes("'")) return `'${text}'`;
  return `"${text.replace(/["\\]/gu, '\\$&')}"`;
}

const PIPE_HINT = 'write a command on both sides of it; text or a URL that contains | belongs in quotes';
const REDIRECT_HINT = 'end the line with > and one folder; text or a URL that contains > belongs in quotes';

function assemble(line: string, tokens: readonly Token[]): ParsedLine {
  const stages: Stage[] = [];
  let words: Word[] = [];
  let lastPipe: number | undefined;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'word') {
      words.push(token.word);
      continue;
    }
    if (words.length === 0) {
      const sign = token.kind === 'pipe' ? '|' : '>';
      throw usageError(
        `nothing stands before the ${sign} at column ${column(line, token.from)}`,
        token.kind === 'pipe' ? PIPE_HINT : REDIRECT_HINT,
      );
    }
    stages.push({ words });
    if (token.kind === 'redirect')
      return { stages, redirect: redirectTarget(line, token.from, tokens.slice(index + 1)) };
    words = [];
    lastPipe = token.from;
  }
  if (words.length === 0)
    throw usageError(`nothing stands after the | at column ${column(line, lastPipe ?? 0)}`, PIPE_HINT);
  stages.push({ words });
  return { stages };
}

function redirectTarget(line: string, sign: number, rest: readonly Token[]): Word {
  const [target, extra] = rest;
  if (target?.kind !== 'word')
    throw usageError(`no folder stands after the > at column ${column(line, sign)}`, REDIRECT_HINT);
  if (extra !== undefined) {
    const from = extra.kind === 'word' ? extra.word.from : extra.from;
    throw usageError(
      `only one folder may stand after >, but more follows at column ${column(line, from)}`,
      REDIRECT_HINT,
    );
  }
  return target.word;
}

function unfinishedError(line: string, { mark, from }: Unfinished): AlbarettoError {
  const where = `at column ${column(line, from)}`;
  if (mark === '\\') {
    return usageError(
      `the backslash ${where} ends the line and escapes nothing`,
      'put a word that ends with a backslash in single quotes',
    );
  }
  const kind = mark === '"' ? 'double' : 'single';
  const endsWithBackslash = mark === '"' && line.trimEnd().endsWith('\\"');
  const remedy = endsWithBackslash
    ? 'put a word that ends with a backslash in single quotes'
    : `close it, or write \\${mark} for one that belongs to the word`;
  return usageError(`the ${kind} quote ${where} is not closed`, remedy);
}

/** As a person counts: characters, not UTF-16 units, from 1. */
function column(line: string, offset: number): number {
  return [...line.slice(0, offset)].length + 1;
}
