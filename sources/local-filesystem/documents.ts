/**
 * Records that belong to items without being their own, as they lie beside them: `<id>_<kind>.json` of this program and of
 * the Happy Accidents downloader, whose models have a folder of their own, and the albums of Imgur-archive.
 */

import { join } from 'node:path';
import type { Document } from '../../src/plugin.js';
import type { FolderRecords } from './folder-records.js';
import { INFERENCE, METADATA, MODELS } from './happy-accidents.js';
import { Recent } from './recent.js';
import { isId, type Recorded } from './recorded.js';
import { isOurs } from './sidecar.js';

const NAME = /^(.+)_([a-z][a-z0-9-]{0,31})\.json$/u;

/** An item that names more of them names something else. */
const MOST = 50;
/** Items that share a document get the very same object, as far as so many are remembered. */
const RECENT = 256;
/** No id is longer where it names a file. */
const LONGEST = 250;

interface Place {
  readonly kind: string;
  readonly id: string;
  /** From the folder. */
  readonly path: string;
}

export class FolderDocuments {
  readonly #records: FolderRecords;
  readonly #recent = new Recent<Document | null>(RECENT);
  #places: Promise<ReadonlyMap<string, readonly Place[]>> | undefined;

  constructor(records: FolderRecords) {
    this.#records = records;
  }

  /** The documents of an item: those of its task, and those whose id stands in its own record. */
  async of(recorded: Recorded): Promise<readonly Document[]> {
    if (recorded.source === 'imgur' && this.#records.albums.has(recorded.taskId)) {
      const album = await this.#recent.get(`album ${recorded.taskId}`, () => this.#album(recorded.taskId));
      return album === null ? [] : [album];
    }
    this.#places ??= this.#find();
    const places = await this.#places;
    if (places.size === 0) return [];
    const ids = new Set([recorded.taskId, ...textsIn(JSON.parse(recorded.raw.json))]);
    ids.delete(recorded.id);
    const found = [...ids].flatMap((id) => places.get(id) ?? []).slice(0, MOST);
    const documents: Document[] = [];
    for (const place of found) {
      const document = await this.#recent.get(place.path, () => this.#read(place));
      if (document !== null) documents.push(document);
    }
    return documents;
  }

  async #album(id: string): Promise<Document | null> {
    const { document } = await this.#records.album(id);
    return { kind: 'album', id, json: document };
  }

  async #read({ kind, id, path }: Place): Promise<Document | null> {
    const record = await this.#records.json(path);
    const json = record === undefined || isOurs(record) ? undefined : record.record(record.value)?.json;
    return json === undefined ? null : { kind, id, json };
  }

  async #find(): Promise<ReadonlyMap<string, readonly Place[]>> {
    const { files, folders } = this.#records.folder;
    const places = new Map<string, Place[]>();
    const add = (place: Place) => {
      if (isId(place.id)) places.set(place.id, [...(places.get(place.id) ?? []), place]);
    };
    for (const name of files) {
      const [, id, kind] = NAME.exec(name) ?? [];
      if (id !== undefined && kind !== undefined && !name.endsWith(METADATA)) add({ kind, id, path: name });
    }
    const isGallery = folders.includes(MODELS) && files.some((name) => name.endsWith(INFERENCE));
    for (const name of isGallery ? await this.#records.filesOf(MODELS) : []) {
      if (name.endsWith('.json')) add({ kind: 'model', id: name.slice(0, -'.json'.length), path: join(MODELS, name) });
    }
    return places;
  }
}

/** All texts of a record that may be ids. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.length <= LONGEST ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
