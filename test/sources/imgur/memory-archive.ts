/** A folder in memory to which a layout of a source is applied: what is there is merged with, as a store's files are. */

import { extensionOf } from '../../../src/archive/names.js';
import type { FilePath, Item, LayoutDescriptor, LayoutDocument, SourceLayout } from '../../../src/plugin.js';

/** An item that is stored, with the type of its bytes as they were recognised. */
export interface StoredItem {
  readonly item: Item;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly companions?: readonly {
    readonly id: string;
    readonly role: string;
    readonly bytes: Uint8Array;
    readonly mediaType: string;
  }[];
}

export class MemoryArchive {
  /** By their paths. */
  readonly files = new Map<string, Buffer>();
  /** The paths of documents, each time that one was written. */
  readonly written: string[] = [];
  readonly layout: SourceLayout;

  private constructor(layout: SourceLayout) {
    this.layout = layout;
  }

  static async open(descriptor: LayoutDescriptor): Promise<MemoryArchive> {
    const body = await descriptor.load();
    return new MemoryArchive(body.create({ extensionOf }));
  }

  text(path: string): string | undefined {
    return this.files.get(path)?.toString('utf8');
  }

  /** The paths below the folder, in order. */
  get paths(): string[] {
    return [...this.files.keys()].sort();
  }

  /** Stores a task as a save does: media, then what belongs to each item, then what belongs to the whole. */
  save(id: string, stored: readonly StoredItem[], complete = true): void {
    for (const { item, bytes, mediaType, companions = [] } of stored) {
      this.files.set(pathOf(this.layout.media(item, mediaType)), Buffer.from(bytes));
      for (const companion of companions) {
        const path = this.layout.companion!(item, companion, companion.mediaType);
        this.files.set(pathOf(path), Buffer.from(companion.bytes));
      }
      for (const document of this.layout.documents?.(item) ?? []) this.#write(document);
    }
    const items = stored.map(({ item }) => item);
    for (const document of this.layout.finish?.({ source: 'imgur', id, items, complete }) ?? []) this.#write(document);
  }

  #write(document: LayoutDocument): void {
    const path = pathOf(document);
    const existing = this.text(path);
    let text: string | undefined = document.text;
    if (existing !== undefined) {
      if (document.merge !== undefined) text = document.merge(existing);
      else if (existing === text) text = undefined;
    }
    if (text === undefined) return;
    this.files.set(path, Buffer.from(text, 'utf8'));
    this.written.push(path);
  }
}

function pathOf({ folder = [], stem, suffix = '', extension }: FilePath): string {
  return [...folder, `${stem}${suffix}.${extension}`].join('/');
}
