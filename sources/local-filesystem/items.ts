/** From the files of a folder and what their records say to items. */

import { type Companion, type Document, fromService, type Item, printable, rawRecord } from '../../src/plugin.js';
import { throwIfAborted } from './abort.js';
import type { Disk, Facts } from './disk.js';
import { FolderDocuments } from './documents.js';
import { notFound, PLUGIN } from './failure.js';
import type { Entry } from './finds.js';
import { type Place, pathOf } from './location.js';
import { mediaTypeOf } from './media-types.js';
import { compact, type Recorded } from './recorded.js';
import type { SurveyedFolder } from './surveyed-folders.js';

/**
 * The items of a folder, each with its record read anew.
 * @param remember Told where the file of an item (by its raw record) or of a companion is.
 */
export async function* itemsOf(
  { records, survey, listener }: SurveyedFolder,
  disk: Disk,
  remember: (owner: object, place: Place) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  const folder = records.folder.path;
  const documents = new FolderDocuments(records);
  for (const [position, entry] of survey.entries.entries()) {
    throwIfAborted(signal);
    const own: Place = { folder, name: entry.name };
    const recorded = entry.place === undefined ? undefined : await records.recordOf(entry.name, entry.place);
    if (recorded === undefined && entry.place !== undefined) {
      listener.problem(notFound(`the record of ${printable(pathOf(own))} is gone`, 'fetch the folder again'));
      continue;
    }
    // A file that is gone by now is told when its bytes are asked for.
    const facts = recorded?.size === undefined ? await disk.lstat(pathOf(own)).catch(() => undefined) : undefined;
    const item =
      recorded === undefined
        ? plainItem(entry, position + 1, facts)
        : recordedItem(entry, recorded, position + 1, await documents.of(recorded), facts);
    remember(item.raw, own);
    for (const [index, companion] of (item.companions ?? []).entries()) {
      const declared = recorded!.companions[index]!;
      remember(companion, { folder, name: declared.name, declared });
    }
    yield item;
  }
}

/** What its record says: the original item, as it was fetched from its service. */
function recordedItem(
  entry: Entry,
  recorded: Recorded,
  position: number,
  documents: readonly Document[],
  facts: Facts | undefined,
): Item {
  const { taskId, size = facts?.size, sha256, title, taskTitle, companions } = recorded;
  return compact<Item>({
    source: recorded.source,
    taskId,
    id: entry.id,
    index: recorded.index ?? position,
    title: title === undefined ? undefined : fromService(title),
    taskTitle: taskTitle === undefined ? undefined : fromService(taskTitle),
    mediaType: recorded.mediaType ?? mediaTypeOf(entry.name),
    size,
    digests: sha256 === undefined ? undefined : [{ algorithm: 'sha256', hex: sha256 }],
    generation: recorded.generation,
    createdAt: recorded.createdAt,
    // An object of its own: the file is found by it.
    raw: { ...recorded.raw },
    companions:
      companions.length === 0 ? undefined : companions.map(({ id, role }): Companion => ({ id, role, taskId })),
    documents: documents.length === 0 ? undefined : documents,
  });
}

/** A file of which nothing is known but what its folder tells. */
function plainItem(entry: Entry, position: number, facts: Facts | undefined): Item {
  const { name, taskId, id } = entry;
  const modified = facts?.modified;
  return compact<Item>({
    source: PLUGIN,
    taskId,
    id,
    index: position,
    mediaType: mediaTypeOf(name),
    size: facts?.size,
    generation: {},
    createdAt: modified,
    raw: rawRecord(compact({ name, size: facts?.size, modified: modified?.toISOString() })),
  });
}
