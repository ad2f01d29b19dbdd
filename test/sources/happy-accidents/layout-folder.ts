/** A layout applied to items in a folder that exists in memory alone. */

import type { FilePath, FinishedTask, Item, LayoutDocument, SourceLayout } from '../../../src/plugin.js';

export interface FolderFile {
  readonly bytes: Buffer;
  readonly modifiedAt: Date | undefined;
}

export class LayoutFolder {
  readonly files = new Map<string, FolderFile>();
  /** The paths that were written, in their order. */
  readonly written: string[] = [];

  text(path: string): string {
    return this.files.get(path)?.bytes.toString('utf8') ?? '';
  }

  put(path: string, content: string | Buffer, modifiedAt?: Date): void {
    this.files.set(path, { bytes: Buffer.from(content as string), modifiedAt });
  }

  /** Media, then what belongs to the item, then what belongs to the task. */
  async save(
    layout: SourceLayout,
    task: Omit<FinishedTask, 'source'>,
    bytesOf: (item: Item) => Promise<Buffer>,
  ): Promise<void> {
    for (const item of task.items) {
      const path = pathOf(layout.media(item, undefined));
      if (!layout.namesAreKnown || !this.files.has(path)) this.#write(path, await bytesOf(item), item.createdAt);
      for (const document of layout.documents?.(item) ?? []) this.#document(document);
    }
    for (const document of layout.finish?.({ source: 'happy-accidents', ...task }) ?? []) this.#document(document);
  }

  #document(document: LayoutDocument): void {
    const path = pathOf(document);
    const existing = this.files.get(path)?.bytes.toString('utf8');
    const text = existing === undefined ? document.text : merge(document, existing);
    if (text !== undefined) this.#write(path, Buffer.from(text), document.modifiedAt);
  }

  #write(path: string, bytes: Buffer, modifiedAt: Date | undefined): void {
    this.files.set(path, { bytes, modifiedAt });
    this.written.push(path);
  }
}

function merge(document: LayoutDocument, existing: string): string | undefined {
  if (document.merge !== undefined) return document.merge(existing);
  return existing === document.text ? undefined : document.text;
}

function pathOf({ folder = [], stem, suffix = '', extension }: FilePath): string {
  return [...folder, `${stem}${suffix}.${extension}`].join('/');
}
