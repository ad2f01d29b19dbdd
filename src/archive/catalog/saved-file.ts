/** One stored file, as the catalog knows it: plain data. */

import { fromService, type Untrusted } from '../../model.js';
import type { Column, SqlValue } from './sql.js';
import { wordsOf } from './words.js';

/** `companion`: a further picture of an item, such as a mask. */
export type FileRole = 'media' | 'companion' | 'document';

/**
 * - `saved`: it was there, whole, when it was last looked at.
 * - `missing`: it was not there then.
 * - `damaged`: what was there had another digest or size.
 * - `deleted`: the person does not want it back: it is not fetched again.
 * - `gone`: it is missing or damaged, and the service has it no more.
 */
export type FileState = 'saved' | 'missing' | 'damaged' | 'deleted' | 'gone';

export interface NewSavedFile {
  readonly source: string;
  readonly task: string;
  /** The item that the file belongs to, also for its companions and documents; empty for a document of the whole task. */
  readonly item: string;
  /** The item's number on the service's page, from 1; 0 where there is no item. */
  readonly index: number;
  readonly role: FileRole;
  /** Hexadecimal, of the stored bytes. */
  readonly sha256: string;
  readonly md5?: string | undefined;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string;
  readonly prompt?: Untrusted | undefined;
  readonly title?: Untrusted | undefined;
  readonly itemCreatedAt?: Date | undefined;
  readonly sink: string;
  /** The folder in its unique form: `Store.location`. */
  readonly destination: string;
  readonly name: string;
  /** The file as the storage names it: `Receipt.location`. */
  readonly location: string;
  readonly savedAt: Date;
  /** The run that saved it, by `beginRun`. */
  readonly run?: number | undefined;
  /** The common record of the item as JSON text; kept apart, see `commonRecord`. */
  readonly record?: string | undefined;
}

export interface SavedFile extends Omit<NewSavedFile, 'record'> {
  readonly id: number;
  readonly state: FileState;
  /** When its state was last found out: when it was saved, or verified. */
  readonly checkedAt: Date;
}

/** A row of the table `files`, without what is only searched. */
export type FileRow = Readonly<Record<Exclude<(typeof FILE_COLUMNS)[number], 'words'> | 'id', Column>>;

/** All but the id, in the order of {@link fileValues}. */
export const FILE_COLUMNS = [
  'source',
  'task',
  'item',
  'number',
  'role',
  'name',
  'sha256',
  'md5',
  'size',
  'media_type',
  'prompt',
  'title',
  'words',
  'item_created_at',
  'sink',
  'destination',
  'location',
  'saved_at',
  'run',
  'state',
  'checked_at',
] as const;

/** A file that was just stored, and thereby seen whole. */
export function fileValues(file: NewSavedFile): readonly SqlValue[] {
  return [
    file.source,
    file.task,
    file.item,
    file.index,
    file.role,
    file.name,
    file.sha256.toLowerCase(),
    file.md5?.toLowerCase(),
    file.size,
    file.mediaType,
    file.prompt,
    file.title,
    wordsOf(file.title, file.prompt),
    file.itemCreatedAt,
    file.sink,
    file.destination,
    file.location,
    file.savedAt,
    file.run,
    'saved',
    file.savedAt,
  ];
}

export function fileOf(row: FileRow): SavedFile {
  return {
    id: row.id as number,
    source: row.source as string,
    task: row.task as string,
    item: row.item as string,
    index: row.number as number,
    role: row.role as FileRole,
    sha256: row.sha256 as string,
    md5: (row.md5 as string | null) ?? undefined,
    size: row.size as number,
    mediaType: row.media_type as string,
    prompt: row.prompt === null ? undefined : fromService(row.prompt as string),
    title: row.title === null ? undefined : fromService(row.title as string),
    itemCreatedAt: row.item_created_at === null ? undefined : new Date(row.item_created_at as number),
    sink: row.sink as string,
    destination: row.destination as string,
    name: row.name as string,
    location: row.location as string,
    savedAt: new Date(row.saved_at as number),
    run: (row.run as number | null) ?? undefined,
    state: row.state as FileState,
    checkedAt: new Date(row.checked_at as number),
  };
}
