/**
 * What a folder holds, in order and with as little of it in memory as an order needs: of 100,000 pictures their names, ids
 * and numbers. The records themselves are read again, one by one, when the items are listed.
 */

import pMap from 'p-map';
import { throwIfAborted } from './abort.js';
import { PLUGIN } from './failure.js';
import { type Entry, Finds } from './finds.js';
import type { FolderRecords } from './folder-records.js';
import { METADATA } from './happy-accidents.js';
import { readMedia } from './imgur-archive.js';
import { mediaTypeOf, stemOf } from './media-types.js';
import { type PlainIds, plainTaskId } from './plain-ids.js';

export interface Survey {
  /** The items of one task one behind the other, by index, then by name; those without a record last. */
  readonly entries: readonly Entry[];
  /** The task that all records of the folder name, where they agree. */
  readonly task?: { readonly source: string; readonly id: string };
  /** Files that records speak of and that are not there, so far as they are no entries. */
  readonly missing: readonly string[];
  /** Files that are no media and no records. */
  readonly others: readonly string[];
}

/** Records that are in memory together, and that are read at once. */
const PORTION = 200;
const AT_ONCE = 8;

/** @throws E_INTERRUPTED */
export async function surveyFolder(
  records: FolderRecords,
  ids: PlainIds,
  signal: AbortSignal | undefined,
): Promise<Survey> {
  const { files, path } = records.folder;
  const found = new Finds();
  await addSidecars(records, found, signal);
  const media = files.filter((name) => mediaTypeOf(name) !== undefined);
  await addAlbums(records, media, found, signal);
  await addMetadata(records, media, found, signal);
  const twins = stemCounts(media);
  const plain = media
    .filter((name) => !found.spokenFor(name))
    .map((name): Entry => {
      const id = ids.idOf(path, name, (twins.get(stemOf(name)) ?? 0) > 1);
      return { name, source: PLUGIN, taskId: plainTaskId(path), id };
    });
  const { task } = found;
  return {
    entries: [...found.inOrder(), ...plain],
    ...(task === undefined ? {} : { task }),
    missing: found.missing,
    others: files.filter((name) => mediaTypeOf(name) === undefined && !found.spokenFor(name)),
  };
}

/** The records of this program; any JSON file may be one. */
async function addSidecars(records: FolderRecords, found: Finds, signal: AbortSignal | undefined): Promise<void> {
  const names = records.folder.files.filter((name) => name.toLowerCase().endsWith('.json'));
  for await (const [name, sidecar] of readEach(names, (name) => records.sidecar(name), signal)) {
    found.add(sidecar.file, sidecar, { kind: 'sidecar', name });
    found.speakFor(name);
    for (const companion of sidecar.companions) found.speakFor(companion.name);
  }
}

/** The albums of Imgur-archive, most often one a folder. */
async function addAlbums(
  records: FolderRecords,
  media: readonly string[],
  found: Finds,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stems = new Set(records.albums.size === 0 ? [] : media.map(stemOf));
  for (const id of records.albums) {
    throwIfAborted(signal);
    const album = await records.album(id);
    for (const name of media) {
      const recorded = found.spokenFor(name) ? undefined : readMedia(stemOf(name), album);
      if (recorded !== undefined) found.add(name, recorded, { kind: 'album', album: id });
    }
    found.miss([...album.positions.keys()].filter((media) => !stems.has(media)));
    for (const part of ['metadata', 'script', 'descriptions']) found.speakFor(`${part}_${id}.json`);
  }
}

/** What the Happy Accidents downloader wrote. */
async function addMetadata(
  records: FolderRecords,
  media: readonly string[],
  found: Finds,
  signal: AbortSignal | undefined,
): Promise<void> {
  const names = media.filter((name) => !found.spokenFor(name) && records.has(`${stemOf(name)}${METADATA}`));
  for await (const [name, recorded] of readEach(names, (name) => records.metadata(name), signal)) {
    found.add(name, recorded, { kind: 'metadata' });
    found.speakFor(`${stemOf(name)}${METADATA}`);
  }
  const stems = new Set(media.map(stemOf));
  const alone = records.folder.files.filter(
    (name) => name.endsWith(METADATA) && !found.spokenFor(name) && !stems.has(name.slice(0, -METADATA.length)),
  );
  found.miss(alone.map((name) => name.slice(0, -METADATA.length)));
}

/** What `read` answers for each name, in the order of the names; those for which it answers nothing are left out. */
async function* readEach<T>(
  names: readonly string[],
  read: (name: string) => Promise<T | undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly [string, T]> {
  for (let start = 0; start < names.length; start += PORTION) {
    throwIfAborted(signal);
    const portion = names.slice(start, start + PORTION);
    const values = await pMap(portion, read, { concurrency: AT_ONCE });
    for (const [position, value] of values.entries()) if (value !== undefined) yield [portion[position]!, value];
  }
}

function stemCounts(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(stemOf(name), (counts.get(stemOf(name)) ?? 0) + 1);
  return counts;
}
