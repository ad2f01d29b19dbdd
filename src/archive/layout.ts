/** The rule that turns items into file names and documents, as the program uses it. */

import { createHash } from 'node:crypto';
import type { Item } from '../model.js';
import type { ExistingFile, FinishedTask, StoreFile } from '../plugin.js';
import type { Fetched } from '../transfer/fetch.js';
import { openFormatCheck } from '../transfer/formats/index.js';

export interface LayoutOptions {
  /** Whole, different media under the same name are replaced instead of getting a second name beside them. */
  readonly overwrite: boolean;
}

/** A file and where it goes. */
export interface PlannedFile {
  /** Safe names of folders below the destination, from the outermost on. */
  readonly folder: readonly string[];
  readonly file: StoreFile;
  /**
   * What becomes of a document that is there: the text that it gets, or `undefined` to leave it as it is. Without this the
   * store decides, as `StoreFile` says.
   */
  merge?(existing: string): string | undefined;
  /** A document that several items share, or a whole task: no item alone answers for it. */
  readonly shared?: boolean;
}

/** The files of one item. */
export interface Plan {
  /** The item's own file first, then its companions. */
  readonly media: readonly PlannedFile[];
  /** What is written once the media are stored, under the names that they have now. */
  documents(stored: readonly string[]): readonly PlannedFile[];
}

/** A file that is an item's own by its name alone. */
export interface ArchivedFile {
  readonly folder: readonly string[];
  readonly name: string;
  readonly key: string;
  /** Bytes, where the service declares them. */
  readonly size?: number | undefined;
}

export interface Layout {
  /** What `--layout` takes. */
  readonly name: string;
  plan(fetched: Fetched, options: LayoutOptions): Plan;
  /** The path that an item would get, by what its service says of its type. */
  nameOf(item: Item): string;
  /** The folder of an item's files below the destination; absent, or `undefined`, where only the bytes tell. */
  folderOf?(item: Item): string | undefined;
  /** Where an item's file is if an archive without a record holds it; absent where names do not tell. */
  archived?(item: Item): ArchivedFile;
  /** The documents of an item whose media need not be written: they may be missing all the same. */
  documentsOf?(item: Item): readonly PlannedFile[];
  /** What is written once a task's items are stored. */
  finish?(task: FinishedTask): readonly PlannedFile[];
}

/** `models/a.json`: how the record, messages and `Store.inspect` call a file below a destination. */
export function pathOf(folder: readonly string[], name: string): string {
  return [...folder, name].join('/');
}

/** 43 characters of base64url: short enough for the properties of every storage. */
export function keyOf(source: string, id: string, role: string): string {
  return createHash('sha256').update(`${source}\n${id}\n${role}`).digest('base64url');
}

/** The item's own file, or one of its companions. */
export function mediaFile(
  item: Item,
  companion: string,
  name: string,
  content: Pick<Fetched, 'bytes' | 'mediaType'>,
  { overwrite }: LayoutOptions,
): StoreFile {
  return {
    name,
    role: 'media',
    bytes: content.bytes,
    mediaType: content.mediaType,
    key: keyOf(item.source, companion === '' ? item.id : companion, 'media'),
    onDifferent: overwrite ? 'replace' : 'suffix',
    ...(item.createdAt === undefined ? {} : { createdAt: item.createdAt }),
    ...(companion !== '' || item.generation.prompt === undefined ? {} : { description: item.generation.prompt }),
    replaces: isDamaged,
  };
}

/**
 * A file under an item's name that is no whole picture or video is what an interrupted program left there. Where a format
 * does not say where it ends, the file counts as whole: it could be somebody's own.
 */
export async function isDamaged(existing: ExistingFile): Promise<boolean> {
  const check = openFormatCheck({ declaredSize: existing.size });
  for await (const chunk of existing.open()) check.write(chunk);
  const verdict = check.end();
  return (
    !verdict.ok && verdict.problem !== 'unknown' && verdict.problem !== 'not-media' && verdict.problem !== 'too-large'
  );
}
