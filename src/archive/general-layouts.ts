/** The layouts that fit every source: `flat`, `by-task`, and templates. Beside each picture lies the common record. */

import type { Item } from '../model.js';
import type { ExistingFile, StoreFile } from '../plugin.js';
import { bytesInMemory } from '../transfer/bytes.js';
import type { Fetched } from '../transfer/fetch.js';
import { keyOf, type Layout, mediaFile, type PlannedFile, pathOf } from './layout.js';
import { extensionOf, type NameRules, siblingName } from './names.js';
import { PathBook } from './path-book.js';
import { readRecord, recordOf } from './record.js';

export interface Placing {
  /** Folders and stem of an item's own file. */
  place(item: Item, extension: string): { readonly folder: readonly string[]; readonly stem: string };
  /** Whether a stem is one item's alone, as its id is. */
  readonly stemsAreOwn: boolean;
}

/** `<id>.<extension of the bytes>` and beside it `<id>.json`: one folder, no order. */
export function flatLayout(rules: NameRules): Layout {
  return generalLayout('flat', rules, { place: (item) => ({ folder: [], stem: item.id }), stemsAreOwn: true });
}

/** The same in a folder a task. */
export function byTaskLayout(rules: NameRules): Layout {
  const place = (item: Item) => ({ folder: [item.taskId], stem: item.id });
  return generalLayout('by-task', rules, { place, stemsAreOwn: true });
}

export function generalLayout(name: string, rules: NameRules, { place, stemsAreOwn }: Placing): Layout {
  const paths = new PathBook(rules);
  const ownerOf = (item: Item, id: string) => (stemsAreOwn ? {} : { owner: [id, item.source] });
  const pathOfMedia = (item: Item, mediaType: string) => {
    const extension = extensionOf(mediaType);
    return paths.path({ ...place(item, extension), ...ownerOf(item, item.id), extension });
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
        const { id } = part.companion;
        const extension = extensionOf(part.mediaType);
        const path = paths.path({ folder, stem: id, ...ownerOf(item, id), extension });
        return { folder: path.folder, file: mediaFile(item, id, path.name, part, options) };
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
    folderOf(item) {
      const folder = knownFolder(item, place);
      return folder === undefined ? undefined : pathOfMedia(item, item.mediaType ?? '').folder.join('/');
    },
    documentsOf(item) {
      const folder = knownFolder(item, place);
      return folder === undefined ? [] : documentsOf(item, folder, paths);
    },
  };
}

/** Where the folder depends on what the bytes are, only those who have them know it. */
function knownFolder(item: Item, place: Placing['place']): readonly string[] | undefined {
  const { folder } = place(item, 'png');
  return pathOf(folder, '') === pathOf(place(item, 'mp4').folder, '') ? folder : undefined;
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
        onDifferent: 'suffix',
        replaces: isNoRecord,
      },
    };
  });
}

/** Of an item whose name reads like a document's. */
async function isNoRecord(existing: ExistingFile): Promise<boolean> {
  return existing.size <= LARGEST_RECORD && (await recordIn(existing)) === undefined;
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
  const record = await recordIn(existing);
  return record !== undefined && record.source === item.source && record.id === item.id;
}

async function recordIn(existing: ExistingFile): Promise<ReturnType<typeof readRecord>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of existing.open()) chunks.push(chunk);
  return readRecord(Buffer.concat(chunks).toString('utf8'));
}
