/** Which saved files are meant: the same words for searching, counting and forgetting. */

import type { FileRole, FileState } from './saved-file.js';
import type { SqlValue } from './sql.js';
import { piecesOf } from './words.js';

/** Every member that is given must fit. */
export interface FileFilter {
  /** Words, each of which must begin a word of the prompt or the title; case, accents and order do not matter. */
  readonly text?: string | undefined;
  readonly source?: string | undefined;
  readonly task?: string | undefined;
  readonly item?: string | undefined;
  readonly role?: FileRole | undefined;
  readonly state?: FileState | undefined;
  readonly sink?: string | undefined;
  readonly destination?: string | undefined;
  readonly name?: string | undefined;
  readonly run?: number | undefined;
  /** Saved at this moment or later. */
  readonly since?: Date | undefined;
  /** Saved before this moment. */
  readonly until?: Date | undefined;
}

export interface Condition {
  /** For `WHERE`; true of every row where nothing is asked for. */
  readonly where: string;
  readonly values: readonly SqlValue[];
}

const SAME = ['source', 'task', 'item', 'role', 'state', 'sink', 'destination', 'name', 'run'] as const;

export function conditionOf(filter: FileFilter): Condition {
  const parts: [string, SqlValue][] = [];
  for (const column of SAME) if (filter[column] !== undefined) parts.push([`${column} = ?`, filter[column]]);
  if (filter.since !== undefined) parts.push(['saved_at >= ?', filter.since]);
  if (filter.until !== undefined) parts.push(['saved_at < ?', filter.until]);
  for (const piece of piecesOf(filter.text ?? '')) parts.push(['instr(words, ?) > 0', piece]);
  // A text of punctuation alone is part of no word.
  const nothing = filter.text !== undefined && filter.text.trim() !== '' && piecesOf(filter.text).length === 0;
  return {
    where: [...parts.map(([part]) => part), nothing ? 'false' : 'true'].join(' AND '),
    values: parts.map(([, value]) => value),
  };
}

/** True where a filter asks for nothing and so means every file there is. */
export function isEmptyFilter(filter: FileFilter): boolean {
  return Object.values(filter).every((value) => value === undefined || value === '');
}
