/**
 * What becomes of the documents that an archive has already. Records of media that the album has no more are kept, since
 * their files are; everything else is as the album is now. A merge answers `undefined` where nothing need be written.
 */

import { type ArchiveObject, type ArchiveValue, readObjects, writeValue } from './archive-json.js';

/** The order of an album, from the text of its script: ids of media, the first of the album first. */
export function readScript(text: string): readonly string[] {
  // The program writes it anew each time: what counts is the last, should a person have put two together.
  const last = readObjects(text).objects.findLast((object) => object.size > 0) ?? new Map<string, ArchiveValue>();
  const entries = [...last].filter(([position, id]) => /^\d+$/u.test(position) && typeof id === 'string');
  return entries.sort(([one], [other]) => Number(one) - Number(other)).map(([, id]) => id as string);
}

/** Descriptions by the id of their media. Every run appended another object: the last that knows a medium counts. */
export function readDescriptions(text: string): ReadonlyMap<string, ArchiveValue> {
  return new Map(readObjects(text).objects.flatMap((object) => [...object]));
}

/** Media that are no longer in the album come behind those that are. */
export function mergeScript(existing: string, script: ArchiveObject): string | undefined {
  const present = new Set(script.values());
  const gone = [...new Set(readScript(existing))].filter((id) => !present.has(id));
  const merged = new Map([...script.values(), ...gone].map((id, position) => [String(position), id]));
  return unlessSame(existing, merged);
}

export function mergeDescriptions(existing: string, descriptions: ArchiveObject): string | undefined {
  const gone = [...readDescriptions(existing)].filter(([id]) => !descriptions.has(id));
  return unlessSame(existing, new Map([...descriptions, ...gone]));
}

/** A further line, unless the last one of this album says the same. */
export function mergeLog(existing: string, metadata: ArchiveObject): string | undefined {
  const line = writeValue(metadata);
  const own = readObjects(existing).objects.findLast((object) => object.get('id') === metadata.get('id'));
  return own !== undefined && isSame(own, metadata) ? undefined : `${existing}\n${line}`;
}

/** A text that a person has indented anew is left as it is, as long as it says the same. */
function unlessSame(existing: string, merged: ArchiveObject): string | undefined {
  const { objects, isOne } = readObjects(existing);
  return isOne && objects[0] !== undefined && isSame(objects[0], merged) ? undefined : writeValue(merged);
}

function isSame(one: ArchiveObject, other: ArchiveObject): boolean {
  return writeValue(one) === writeValue(other);
}
