/** The layouts that fit every source: `flat`, `by-task`, and templates. Beside each picture lies the common record. */

import type { Item } from '../model.js';
import type { ExistingFile, StoreFile } from '../plugin.js';
import { bytesInMemory } from '../transfer/bytes.js';
import type { Fetched } from '../transfer/fetch.js';
import { keyOf, type Layout, mediaFile, type PlannedFile, pathOf } from './layout.js';
import { extensionOf, type NameRules, siblingName } from './names.js';
import { PathBook } from './path-book.js';
import { readRecord, recordOf } from './record.js';

/** Folders and stem of an item's own file. */
export type Placing = (item: Item, extension: string) => { readonly folder: readonly string[]; readonly stem: string };

/** `<id>.<extension of the bytes>` and beside it `<id>.json`: one folder, no order. */
export function flatLayout(rules: NameRules): Layout {
  return generalLayout('flat', rules, (item) => ({ folder: [], stem: item.id }));
}

/** The same in a folder a task. */
export function byTaskLayout(rules: NameRules): Layout {
  return generalLayout('by-task', rules, (item) => ({ folder: [item.taskId], stem: item.id }));
}

export function generalLayout(name: string, rules: NameRules, place: Placing): Layout {
  const paths = new PathBook(rules);
  const pathOfMedia = (item: Item, mediaType: string) => {
    const extension = extensionOf(mediaType);
    return paths.path({ ...place(item, extension), extension });
  };
  return {
    name,
    nameOf(item) {
      const path = pathOfMedia(item, item.mediaType ?? 'application/octet-stream');
      return pathOf(path.folder, path.name);
    },
    plan(fetched, options) {
      const { item } = fetched;
      const own = pathOfMedia(item, fetched.mediaType);
      const { folder } = place(item, extensionOf(fetched.mediaType));
      const companions = fetched.companions.map((part) => {
        const path = paths.path({ folder, stem: part.companion.id, extension: extensionOf(part.mediaType) });
        return { folder: path.folder, file: mediaFile(item, part.companion.id, path.name, part, options) };
      });
      return {
        media: [{ folder: own.folder, file: mediaFile(item, '', own.name, fetched, options) }, ...companions],
        documents: ([stored, ...others]) => {
          const media = stored ?? own.name;
          // A picture that had to take a second name takes its record along: `a-2.webp` and `a-2.json`.
          const sidecar = recordFile(fetched, siblingName(media, 'json', rules), { media, companions: others });
          return [{ folder: own.folder, file: sidecar }, ...documentsOf(item, folder, paths)];
        },
      };
    },
  };
}

/** Records of the service that several items share: `<id>_<kind>.json`. */
function documentsOf(item: Item, folder: readonly string[], paths: PathBook): PlannedFile[] {
  return (item.documents ?? []).map(({ kind, id, json }) => {
    const path = paths.path({ folder, stem: id, suffix: `_${kind}`, extension: 'json' });
    return {
      folder: path.folder,
      shared: true,
      file: {
        name: path.name,
        role: 'document',
        bytes: bytesInMemory(Buffer.from(`${json}\n`, 'utf8')),
        mediaType: 'application/json',
        key: keyOf(item.source, id, `${kind} ${pathOf(path.folder, path.name)}`),
        onDifferent: 'replace',
      },
    };
  });
}

function recordFile(
  fetched: Fetched,
  name: string,
  stored: { media: string; companions: readonly string[] },
): StoreFile {
  const { item } = fetched;
  return {
    name,
    role: 'document',
    bytes: bytesInMemory(Buffer.from(recordOf(fetched, stored), 'utf8')),
    mediaType: 'application/json',
    key: keyOf(item.source, item.id, `record ${stored.media}`),
    onDifferent: 'suffix',
    ...(item.createdAt === undefined ? {} : { createdAt: item.createdAt }),
    replaces: (existing) => isRecordOf(item, existing),
  };
}

/** No record of ours is larger; a larger file is somebody else's and is not read. */
const LARGEST_RECORD = 33_554_432;

async function isRecordOf(item: Item, existing: ExistingFile): Promise<boolean> {
  if (existing.size > LARGEST_RECORD) return false;
  const chunks: Uint8Array[] = [];
  for await (const chunk of existing.open()) chunks.push(chunk);
  const record = readRecord(Buffer.concat(chunks).toString('utf8'));
  return record !== undefined && record.source === item.source && record.id === item.id;
}
