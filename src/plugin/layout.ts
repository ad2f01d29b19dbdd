/**
 * What a layout of a source is: the rule that turns its items into file names and documents, so that an archive looks as
 * that service's archives have always looked.
 *
 * Pure: a layout names and words things, and writes nothing. Names are given as parts; they are made safe, short enough
 * and distinct where they are used. Everything that a layout writes comes out of the items themselves (their raw records
 * and documents), so that it can be written in any session.
 */

import type { Item } from '../model.js';

export interface LayoutDescriptor {
  /** What `--layout` takes: `imgur-archive`. Lower case, digits, dashes. */
  readonly name: string;
  readonly description: string;
  load(): Promise<LayoutBody>;
}

export interface LayoutBody {
  create(context: LayoutContext): SourceLayout;
}

export interface LayoutContext {
  /** The usual extension of a media type, without its dot; `bin` for an unknown one. */
  extensionOf(mediaType: string): string;
}

/** Where a file goes: folders below the destination, then its name. All of it may be untrusted text. */
export interface FilePath {
  readonly folder?: readonly string[];
  /** Whose file it is: an id, a title. */
  readonly stem: string;
  /** What tells the files of one stem apart: `_metadata`. The layout's own word. */
  readonly suffix?: string;
  /** Without its dot: from `extensionOf`, or a layout's own choice among the same ones. */
  readonly extension: string;
}

export interface LayoutDocument extends FilePath {
  readonly text: string;
  readonly mediaType?: string;
  /** The modification time that it gets, where the storage keeps one. */
  readonly modifiedAt?: Date | undefined;
  /**
   * What becomes of a file that is there: the text that it gets, or `undefined` to leave it as it is. It may be anything,
   * also half of a document. Without this it is replaced when it differs.
   */
  merge?(existing: string): string | undefined;
}

/** A task whose items are stored, as far as they were asked for. */
export interface FinishedTask {
  readonly source: string;
  readonly id: string;
  /** Those that are stored, in the order of the service's page. */
  readonly items: readonly Item[];
  /** Whether these are all that the service lists: nothing failed, and nothing was left out. */
  readonly complete: boolean;
}

export interface SourceLayout {
  /**
   * Where an item's own file goes.
   * @param mediaType As the bytes were recognised; before they are there, what the service says of them, or `undefined`.
   */
  media(item: Item, mediaType: string | undefined): FilePath;
  /** The same for a companion. Default: the companion's id in the item's folder. */
  companion?(item: Item, companion: { readonly id: string; readonly role: string }, mediaType: string): FilePath;
  /**
   * Whether `media` says the same before the bytes are there: then a whole file under that name is the item's, also where
   * nothing is on record, and is not fetched again.
   */
  readonly namesAreKnown: boolean;
  /** Bytes that the item's own file has, where its service declares them for this very file. */
  sizeOf?(item: Item): number | undefined;
  /** What is written beside an item, once its media are stored. The same path with the same text again is one file. */
  documents?(item: Item): readonly LayoutDocument[];
  /** What is written once a task's items are stored: its order, its log line. */
  finish?(task: FinishedTask): readonly LayoutDocument[];
}
