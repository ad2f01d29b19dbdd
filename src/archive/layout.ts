/** The rule that turns an item into file names and documents. */

import { createHash } from 'node:crypto';
import type { Item } from '../model.js';
import type { ExistingFile, StoreFile } from '../plugin.js';
import { bytesInMemory } from '../transfer/bytes.js';
import type { Fetched } from '../transfer/fetch.js';
import { openFormatCheck } from '../transfer/formats/index.js';
import { NameBook } from './name-book.js';
import { extensionOf, type NameRules, siblingName } from './names.js';
import { readRecord, recordOf } from './record.js';

export interface LayoutOptions {
  /** Whole, different media under the same name are replaced instead of getting a second name beside them. */
  readonly overwrite: boolean;
}

/** The files of one item. */
export interface Plan {
  /** The item's own file first, then its companions. */
  readonly media: readonly StoreFile[];
  /** What is written once the media are stored, under the names that they have now. */
  documents(stored: readonly string[]): readonly StoreFile[];
}

export interface Layout {
  plan(fetched: Fetched, options: LayoutOptions): Plan;
  /** The name that an item would get, by what its service says of its type. */
  nameOf(item: Item): string;
}

/** `<id>.<extension of the bytes>` and beside it `<id>.json`: one folder, no order. */
export function flatLayout(rules: NameRules): Layout {
  const names = new NameBook(rules);
  const mediaName = (stem: string, mediaType: string) => names.name({ stem, extension: extensionOf(mediaType) });
  return {
    nameOf: (item) => mediaName(item.id, item.mediaType ?? 'application/octet-stream'),
    plan(fetched, options) {
      const { item } = fetched;
      const common = { createdAt: item.createdAt, onDifferent: options.overwrite ? 'replace' : 'suffix' } as const;
      const media = [
        mediaFile(item, '', mediaName(item.id, fetched.mediaType), fetched, common),
        ...fetched.companions.map((part) =>
          mediaFile(item, part.companion.id, mediaName(part.companion.id, part.mediaType), part, common),
        ),
      ];
      return {
        media,
        documents: ([own, ...companions]) => {
          const name = own ?? media[0]!.name;
          // A picture that had to take a second name takes its record along: `a-2.webp` and `a-2.json`.
          return [recordFile(fetched, siblingName(name, 'json', rules), { media: name, companions })];
        },
      };
    },
  };
}

interface Common {
  readonly createdAt: Date | undefined;
  readonly onDifferent: 'suffix' | 'replace';
}

function mediaFile(
  item: Item,
  companion: string,
  name: string,
  content: Pick<Fetched, 'bytes' | 'mediaType'>,
  common: Common,
): StoreFile {
  const owner = companion === '' ? item.id : companion;
  return {
    name,
    role: 'media',
    bytes: content.bytes,
    mediaType: content.mediaType,
    key: keyOf(item.source, owner, 'media'),
    onDifferent: common.onDifferent,
    ...(common.createdAt === undefined ? {} : { createdAt: common.createdAt }),
    ...(companion !== '' || item.generation.prompt === undefined ? {} : { description: item.generation.prompt }),
    replaces: isDamaged,
  };
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

/** 43 characters of base64url: short enough for the properties of every storage. */
function keyOf(source: string, id: string, role: string): string {
  return createHash('sha256').update(`${source}\n${id}\n${role}`).digest('base64url');
}

/**
 * A file under an item's name that is no whole picture or video is what an interrupted program left there. Where a format
 * does not say where it ends, the file counts as whole: it could be somebody's own.
 */
async function isDamaged(existing: ExistingFile): Promise<boolean> {
  const check = openFormatCheck({ declaredSize: existing.size });
  for await (const chunk of existing.open()) check.write(chunk);
  const verdict = check.end();
  return (
    !verdict.ok && verdict.problem !== 'unknown' && verdict.problem !== 'not-media' && verdict.problem !== 'too-large'
  );
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
