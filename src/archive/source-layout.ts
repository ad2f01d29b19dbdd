/** A source's own layout, made fit for a storage: safe and distinct names, files with keys, documents that are merged. */

import type { Item } from '../model.js';
import type { LayoutDocument, SourceLayout, StoreFile } from '../plugin.js';
import { bytesInMemory } from '../transfer/bytes.js';
import type { Fetched } from '../transfer/fetch.js';
import { isDamaged, keyOf, type Layout, type LayoutOptions, mediaFile, type PlannedFile, pathOf } from './layout.js';
import { extensionOf, type NameRules } from './names.js';
import { PathBook } from './path-book.js';

export function sourceLayout(name: string, own: SourceLayout, rules: NameRules): Layout {
  const paths = new PathBook(rules);
  const document = (source: string, item: Item | undefined, planned: LayoutDocument): PlannedFile => {
    const path = paths.path(planned);
    return {
      folder: path.folder,
      shared: item === undefined || planned.stem !== item.id,
      merge: (existing) =>
        planned.merge === undefined ? (existing === planned.text ? undefined : planned.text) : planned.merge(existing),
      file: {
        name: path.name,
        role: 'document',
        bytes: bytesInMemory(Buffer.from(planned.text, 'utf8')),
        mediaType: planned.mediaType ?? 'application/json',
        key: keyOf(source, pathOf(path.folder, path.name), 'document'),
        onDifferent: 'replace',
        ...(planned.modifiedAt === undefined ? {} : { createdAt: planned.modifiedAt }),
      },
    };
  };
  const documentsOf = (item: Item) => (own.documents?.(item) ?? []).map((one) => document(item.source, item, one));
  return {
    name,
    nameOf(item) {
      const path = paths.path(own.media(item, item.mediaType));
      return pathOf(path.folder, path.name);
    },
    folderOf: (item) => paths.path(own.media(item, item.mediaType)).folder.join('/'),
    plan(fetched, options) {
      const { item } = fetched;
      const path = paths.path(own.media(item, fetched.mediaType));
      const companions = fetched.companions.map((part) => {
        const { id } = part.companion;
        const parts = own.companion?.(item, part.companion, part.mediaType) ?? {
          folder: own.media(item, fetched.mediaType).folder,
          stem: id,
          extension: extensionOf(part.mediaType),
        };
        const place = paths.path(parts);
        return { folder: place.folder, file: mediaFile(item, id, place.name, part, options) };
      });
      return {
        media: [{ folder: path.folder, file: ownFile(item, path.name, fetched, options, own) }, ...companions],
        documents: () => documentsOf(item),
      };
    },
    documentsOf,
    ...(own.namesAreKnown
      ? {
          archived(item) {
            const path = paths.path(own.media(item, item.mediaType));
            return { ...path, key: keyOf(item.source, item.id, 'media'), size: own.sizeOf?.(item) };
          },
        }
      : {}),
    ...(own.finish === undefined
      ? {}
      : { finish: (task) => (own.finish?.(task) ?? []).map((one) => document(task.source, undefined, one)) }),
  };
}

/** Under a name that is the item's own, another size than the service's is no other picture: it is a wrong one. */
function ownFile(item: Item, name: string, fetched: Fetched, options: LayoutOptions, own: SourceLayout): StoreFile {
  const file = mediaFile(item, '', name, fetched, options);
  const size = own.namesAreKnown ? own.sizeOf?.(item) : undefined;
  if (size === undefined) return file;
  return { ...file, replaces: async (existing) => existing.size !== size || (await isDamaged(existing)) };
}
