/**
 * What the Tab key offers: a pure function of the line, the cursor and a description of what there is.
 *
 * It works on words as the grammar sees them (in every stage of a pipe, in quotes, behind escapes) and answers text in
 * the same spelling: what was typed in quotes is completed in quotes, a blank in a bare word comes with its backslash.
 */

import { printable } from '../printable.js';
import { isComment } from './grammar.js';
import { scan, type Word } from './lexer.js';

/** The kinds of words that the world itself can list. `none`: nothing is known about this place. */
export type WordKind = 'path' | 'item' | 'source' | 'sink' | 'command' | 'none';

/** What may stand in one place of a command: one of the world's kinds, or words that the command lists itself. */
export type Offer = WordKind | readonly string[];

export interface CompletionOption {
  /** Without dashes. */
  readonly name: string;
  /** One letter, without its dash. */
  readonly short?: string;
  readonly takesValue: boolean;
  readonly values?: Offer | (() => Offer | Promise<Offer>);
}

export interface CompletionCommand {
  readonly name: string;
  readonly options: readonly CompletionOption[];
  /**
   * What may stand as the word number `position` (from 0; options and their values are not counted) after `soFar`.
   */
  readonly words?: (position: number, soFar: readonly string[]) => Offer | Promise<Offer>;
}

export interface CompletionWorld {
  readonly commands: readonly CompletionCommand[];
  /** Options that every command takes. */
  readonly commonOptions?: readonly CompletionOption[];
  /** The name of the command whose first word stands after `>`. */
  readonly redirectsTo?: string;
  /** Ids of what is in the buffer. */
  items(): readonly string[];
  sources(): readonly string[];
  sinks(): readonly string[];
  /** The paths that begin with this text, spelled as it begins; a folder ends with its separator. */
  paths(prefix: string): Promise<readonly string[]>;
}

export interface Completion {
  /** Where the completed text begins; it reaches to the cursor. */
  readonly from: number;
  /** What belongs there: all that the choices have in common, or the only one with what follows it (a blank, a quote). */
  readonly replacement: string;
  /** What is possible, fit to be shown. */
  readonly choices: readonly string[];
}

/**
 * @param cursor An offset in UTF-16 units; what stands right of it stays as it is.
 * @throws what the world's functions throw.
 */
export async function completeLine(line: string, cursor: number, world: CompletionWorld): Promise<Completion> {
  const typed = line.slice(0, cursor);
  if (isComment(typed)) return { from: cursor, replacement: '', choices: [] };
  const place = locate(typed);
  const candidates = (await candidatesAt(place, world)).filter(
    ({ text }) => text.startsWith(place.text) && !/\p{Cc}|\p{Surrogate}/u.test(text),
  );
  return spell(place, candidates, typed, /^[ \t]/u.test(line.slice(cursor)));
}

type Style = 'bare' | '"' | "'";

/** Where the cursor is. */
interface Place {
  readonly from: number;
  /** The word left of the cursor, without quotes and escapes. */
  readonly text: string;
  readonly style: Style;
  /** The words of the stage before it. */
  readonly before: readonly Word[];
  readonly afterRedirect: boolean;
}

interface Candidate {
  readonly text: string;
  readonly label: string;
  /** Whether the word ends here; a folder or `--option=` goes on. */
  readonly ends: boolean;
}

function locate(typed: string): Place {
  const { tokens, unfinished } = scan(typed);
  let before: Word[] = [];
  let afterRedirect = false;
  for (const token of tokens) {
    if (token.kind === 'word') before.push(token.word);
    else {
      before = [];
      afterRedirect = token.kind === 'redirect';
    }
  }
  const last = before.at(-1);
  if (last === undefined || last.to < typed.length) {
    return { from: typed.length, text: '', style: 'bare', before, afterRedirect };
  }
  const opening = typed.charAt(last.from);
  const mark = unfinished?.mark;
  let style: Style = 'bare';
  if (opening === '"' || opening === "'") style = opening;
  else if (mark === '"' || mark === "'") style = mark;
  return { from: last.from, text: last.text, style, before: before.slice(0, -1), afterRedirect };
}

async function candidatesAt(place: Place, world: CompletionWorld): Promise<readonly Candidate[]> {
  if (place.afterRedirect) {
    if (place.before.length > 0) return [];
    const target = world.commands.find((command) => command.name === world.redirectsTo);
    return offered((await target?.words?.(0, [])) ?? 'path', place.text, world);
  }
  const [first, ...rest] = place.before;
  if (first === undefined) return offered('command', place.text, world);
  const command = world.commands.find(({ name }) => name === first.text);
  if (command === undefined) return [];
  return argumentCandidates(command, rest, place, world);
}

async function argumentCandidates(
  command: CompletionCommand,
  rest: readonly Word[],
  place: Place,
  world: CompletionWorld,
): Promise<readonly Candidate[]> {
  const options = [...command.options, ...(world.commonOptions ?? [])];
  const { words, pending, onlyWords } = readArguments(rest, options);
  if (pending !== undefined) return valuesOf(pending, place.text, world);
  if (!onlyWords && place.text.startsWith('-')) {
    const [, name, value] = /^--([^=]+)=(.*)$/su.exec(place.text) ?? [];
    if (name === undefined || value === undefined) return optionNames(options);
    const option = options.find((candidate) => candidate.name === name && candidate.takesValue);
    if (option === undefined) return [];
    const values = await valuesOf(option, value, world);
    return values.map((candidate) => ({ ...candidate, text: `--${name}=${candidate.text}` }));
  }
  return offered((await command.words?.(words.length, words)) ?? 'none', place.text, world);
}

/** Splits what stands before the cursor into words and options; `pending` still waits for its value. */
function readArguments(rest: readonly Word[], options: readonly CompletionOption[]) {
  const words: string[] = [];
  let pending: CompletionOption | undefined;
  let onlyWords = false;
  for (const { text } of rest) {
    if (pending !== undefined) pending = undefined;
    else if (onlyWords || text === '-' || !text.startsWith('-')) words.push(text);
    else if (text === '--') onlyWords = true;
    else {
      const option = options.find(
        ({ name, short }) => text === `--${name}` || (short !== undefined && text === `-${short}`),
      );
      if (option?.takesValue === true) pending = option;
    }
  }
  return { words, pending, onlyWords };
}

function optionNames(options: readonly CompletionOption[]): readonly Candidate[] {
  return options.map(({ name }) => ({ text: `--${name}`, label: `--${name}`, ends: true }));
}

async function valuesOf(
  option: CompletionOption,
  prefix: string,
  world: CompletionWorld,
): Promise<readonly Candidate[]> {
  const { values = 'none' } = option;
  return offered(typeof values === 'function' ? await values() : values, prefix, world);
}

async function offered(offer: Offer, prefix: string, world: CompletionWorld): Promise<readonly Candidate[]> {
  if (offer === 'path') return (await world.paths(prefix)).map(pathCandidate);
  return listed(offer, world).map((text) => ({ text, label: text, ends: true }));
}

function listed(offer: Exclude<Offer, 'path'>, world: CompletionWorld): readonly string[] {
  switch (offer) {
    case 'none':
      return [];
    case 'command':
      return world.commands.map(({ name }) => name);
    case 'item':
      return world.items();
    case 'source':
      return world.sources();
    case 'sink':
      return world.sinks();
    default:
      return offer;
  }
}

/** The list shows the last part alone, as `ls` would: the folders before it stand in the line already. */
function pathCandidate(path: string): Candidate {
  const isFolder = /[/\\]$/u.test(path);
  return { text: path, label: /[^/\\]*[/\\]?$/u.exec(path)?.[0] ?? path, ends: !isFolder };
}

function spell(place: Place, candidates: readonly Candidate[], typed: string, blankFollows: boolean): Completion {
  const unique = [...new Map(candidates.map((candidate) => [candidate.text, candidate])).values()].sort((a, b) =>
    a.text < b.text ? -1 : 1,
  );
  const [first] = unique;
  if (first === undefined) return { from: place.from, replacement: '', choices: [] };
  const style = place.style === "'" && unique.some(({ text }) => text.includes("'")) ? '"' : place.style;
  const choices = unique.map(({ label }) => printable(label));
  const common = unique.map(({ text }) => text).reduce(commonPrefix);
  if (unique.length > 1 && common === place.text)
    return { from: place.from, replacement: typed.slice(place.from), choices };
  let replacement = encode(common, style);
  if (unique.length === 1 && first.ends) replacement += `${style === 'bare' ? '' : style}${blankFollows ? '' : ' '}`;
  return { from: place.from, replacement, choices };
}

function commonPrefix(left: string, right: string): string {
  const others = [...right];
  const shared: string[] = [];
  for (const [index, character] of [...left].entries()) {
    if (others[index] !== character) break;
    shared.push(character);
  }
  return shared.join('');
}

function encode(text: string, style: Style): string {
  switch (style) {
    case 'bare':
      return text.replace(/[\s\\'"|>]|^#/gu, '\\$&');
    case '"':
      return `"${text.replace(/["\\]/gu, '\\$&')}`;
    case "'":
      return `'${text}`;
  }
}
