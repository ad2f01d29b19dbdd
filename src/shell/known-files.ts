/** What the catalog knows of a destination, held against what is there. */

import type { Catalog, SavedFile } from '../archive/catalog/catalog.js';
import type { Item } from '../model.js';
import type { Store } from '../plugin.js';
import type { Placed } from '../transfer/save.js';
import { pathBelow } from './places.js';
import { expectedOf } from './recorded-file.js';

/** An item whose files are at the destination already. */
export interface Present extends Placed {
  /** Its own file first. */
  readonly files: readonly Pick<SavedFile, 'role' | 'state' | 'name' | 'location' | 'size' | 'sha256'>[];
}

export interface KnownFiles {
  /**
   * The item's files, when they are all still there and are of this very item; asked once an item.
   * @param folder Where the layout puts them; elsewhere they are another copy, which does not stand in for this one.
   * @param metadata Whether its record is wanted too.
   */
  presence(item: Item, folder: string | undefined, metadata: boolean): Promise<Present | undefined>;
  /** Whether the item's own file is on record, and with other bytes than these. */
  contradicts(item: Item, sha256: string): Promise<boolean>;
  /** Whether a document with these bytes is on record at that path below the destination, and there. */
  hasDocument(path: string, sha256: string): Promise<boolean>;
}

/**
 * What is on record at a destination, or at a folder above it, of every source: an archive that is copied holds items of other
 * ones than it is read by. Read when it is first asked for, which a look that finds nothing new never does; and once, because
 * asking for each item would cost a transaction each. About 300 bytes a file.
 */
export function knownFiles(catalog: Catalog, sink: string, store: Store): KnownFiles {
  return new RecordedFiles(() => filesAt(catalog, sink, store), store);
}

/** By item. */
type FilesOfItems = ReadonlyMap<string, readonly SavedFile[]>;

async function filesAt(catalog: Catalog, sink: string, store: Store): Promise<FilesOfItems> {
  const items = new Map<string, SavedFile[]>();
  const add = (file: SavedFile) => {
    // A picture that is not there whole is as good as none; a record that is not is to be written again with its picture.
    if (file.state === 'gone' || (file.role !== 'document' && isBad(file))) return;
    const key = itemKey(file.source, file.item);
    const files = items.get(key);
    if (files === undefined) items.set(key, [file]);
    else if (files.every(({ location }) => location !== file.location)) files.push(file);
  };
  for await (const file of catalog.search({ sink, destination: store.location })) add(file);
  for (const { destination } of await catalog.destinations()) {
    const folder = pathBelow(destination, store.location);
    if (folder === undefined || folder === '') continue;
    // An archive that was adopted is on record at its uppermost folder.
    for await (const file of catalog.search({ sink, destination })) {
      if (file.name.startsWith(`${folder}/`)) add({ ...file, name: file.name.slice(folder.length + 1) });
    }
  }
  return items;
}

export function nothingKnown(): KnownFiles {
  return { presence: async () => undefined, contradicts: async () => false, hasDocument: async () => false };
}

class RecordedFiles implements KnownFiles {
  readonly #read: () => Promise<FilesOfItems>;
  readonly #store: Store;
  #items: Promise<FilesOfItems> | undefined;
  /** Documents by path; made when the first is asked for. */
  #documents: ReadonlyMap<string, SavedFile> | undefined;

  constructor(read: () => Promise<FilesOfItems>, store: Store) {
    this.#read = read;
    this.#store = store;
  }

  /** One that failed is tried again when it is next asked for. */
  #all(): Promise<FilesOfItems> {
    if (this.#items !== undefined) return this.#items;
    const items = this.#read();
    this.#items = items;
    items.catch(() => {
      this.#items = undefined;
    });
    return items;
  }

  async #of({ source, id }: Item): Promise<readonly SavedFile[]> {
    return (await this.#all()).get(itemKey(source, id)) ?? [];
  }

  async presence(item: Item, folder: string | undefined, metadata: boolean): Promise<Present | undefined> {
    const all = await this.#of(item);
    const here = folder === undefined ? all : all.filter(({ name }) => folderOf(name) === folder);
    // An item that has changed lies there as it was, too.
    const files = here.filter((file) => isOf(item, file));
    const own = files.filter(({ role }) => role === 'media');
    // The person took it away on purpose; its record may lie there still.
    if (own.length > 0 && own.every(({ state }) => state === 'deleted')) return { item, files: own };
    // A companion that the person took away is not missed either.
    const companions = files.filter(({ role }) => role === 'companion').length;
    if (own.length === 0 || companions < (item.companions?.length ?? 0)) return undefined;
    const documents = files.filter(({ role }) => role === 'document');
    // Where another layout has written one beside it nobody knows which of them is this one's.
    if (metadata && documents.some(isBad) && !documents.some(({ state }) => state === 'saved')) return undefined;
    const saved = files.filter(({ role, state }) => state === 'saved' && (metadata || role !== 'document'));
    return (await this.#areWhole(saved)) ? { item, files: saved, wantsDocuments: true } : undefined;
  }

  async contradicts(item: Item, sha256: string): Promise<boolean> {
    const files = await this.#of(item);
    const own = files.filter(({ role }) => role === 'media');
    return own.length > 0 && !own.some((file) => file.sha256 === sha256);
  }

  async hasDocument(path: string, sha256: string): Promise<boolean> {
    this.#documents ??= documentsOf((await this.#all()).values());
    const file = this.#documents.get(path);
    return file !== undefined && file.sha256 === sha256 && this.#areWhole([file]);
  }

  /** By presence and size. A store that cannot look has none of them for all that is known. */
  async #areWhole(files: readonly SavedFile[]): Promise<boolean> {
    if (this.#store.inspect === undefined) return false;
    const conditions = await this.#store.inspect(files.map(expectedOf), { deep: false });
    return conditions.every((condition) => condition === 'whole');
  }
}

function documentsOf(items: Iterable<readonly SavedFile[]>): ReadonlyMap<string, SavedFile> {
  const documents = new Map<string, SavedFile>();
  for (const files of items) {
    for (const file of files) if (file.role === 'document' && file.state === 'saved') documents.set(file.name, file);
  }
  return documents;
}

function isBad({ state }: SavedFile): boolean {
  return state === 'missing' || state === 'damaged';
}

function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

/** Milliseconds by which two times of one file may differ: storages keep them more or less exactly. */
const SAME_TIME = 2_000;

/**
 * Whether a file on record can be this item's. Two files of a person's own may share a name, and thereby an id; an item of
 * a service is the same as long as its size and its time are.
 */
function isOf({ size, createdAt }: Item, file: SavedFile): boolean {
  if (file.role === 'media' && size !== undefined && file.size !== size) return false;
  const [own, recorded] = [createdAt?.getTime(), file.itemCreatedAt?.getTime()];
  return own === undefined || recorded === undefined || Math.abs(own - recorded) <= SAME_TIME;
}

function itemKey(source: string, item: string): string {
  return `${source}\n${item}`;
}
