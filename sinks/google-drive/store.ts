/** An open folder of Drive. */

import {
  type AlbarettoError,
  type Condition,
  type ExpectedFile,
  type FolderOptions,
  interrupted,
  type PutOptions,
  type Receipt,
  type Store,
  type StoredFile,
  type StoreFile,
  untilAborted,
} from '../../src/plugin.js';
import { badAnswer, type DriveApi, type Signal } from './drive-api.js';
import { type DriveFile, holdsBytes } from './drive-file.js';
import type { Folder } from './folder.js';
import type { FolderMemories, FolderMemory } from './folder-memory.js';
import { checkFolderName } from './folder-name.js';
import { FoldersBelow } from './folders-below.js';
import { type Granting, NO_GRANTING } from './granting.js';
import { inspectFiles } from './inspection.js';
import { openChildFolder } from './new-folder.js';
import { chosen, existingFile, findReadable, type Reader, storedFile } from './reading.js';
import { differs, folderInTrash, idsRefused } from './store-failures.js';
import type { Uploads } from './upload.js';

/** How often an id that holds something else is exchanged for another one. */
const EXCHANGES = 3;

export interface StoreParts {
  readonly api: DriveApi;
  readonly uploads: Uploads;
  readonly memories: FolderMemories;
  readonly folder: Folder;
  readonly granting: Granting;
  readonly label: string;
  readonly isNew?: boolean | undefined;
}

export class DriveStore implements Store {
  readonly label: string;
  readonly location: string;
  readonly url: string | undefined;
  readonly isNew: boolean | undefined;
  readonly #memory: FolderMemory;
  readonly #folders = new Map<string, Store>();
  readonly #below: FoldersBelow;
  readonly #reader: Reader;

  readonly #parts: StoreParts;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.label = parts.label;
    this.location = parts.folder.id;
    this.url = parts.folder.url;
    this.isNew = parts.isNew;
    this.#memory = parts.memories.opened(parts.folder);
    this.#below = new FoldersBelow(parts.memories, this.#memory);
    this.#reader = { api: parts.api, listing: this.#memory.listing };
  }

  /**
   * Once a name: asked for again, or at the same time by any store of this folder, it is the same folder.
   * @throws E_USAGE for a name that {@link checkFolderName} refuses.
   */
  async folder(name: string, options: FolderOptions): Promise<Store> {
    checkFolderName(name);
    if (options.signal?.aborted) throw interrupted();
    const open = async () => this.#folders.get(name) ?? this.#openFolder(name, options);
    return this.#folders.get(name) ?? untilAborted(this.#memory.turns.take(`folder ${name}`, open), options.signal);
  }

  async #openFolder(name: string, options: FolderOptions): Promise<Store> {
    const { api, granting, folder: parent } = this.#parts;
    const { listing } = this.#memory;
    const open = () => openChildFolder(api, { parent, listing }, name, options);
    const opened = await granting.around(open, options.signal);
    const label = `${this.label}/${name}`;
    const store = new DriveStore({ ...this.#parts, ...opened, granting: NO_GRANTING, label });
    this.#folders.set(name, store);
    return store;
  }

  reserve(count: number, options: { readonly signal?: Signal }): Promise<readonly string[]> {
    return this.#parts.api.generateIds(count, options.signal);
  }

  has(
    files: readonly Pick<StoreFile, 'name' | 'key'>[],
    options: { readonly signal?: Signal },
  ): Promise<ReadonlySet<string>> {
    // Names say nothing here: many files may have the same one.
    const ask = () =>
      this.#memory.listing.present(
        files.map(({ key }) => key),
        options.signal,
      );
    return this.#parts.granting.around(ask, options.signal);
  }

  /** Takes no request of its own where the folder was listed already; `open` of what it answers takes one for 8 MiB. */
  async read(
    file: Pick<StoreFile, 'name' | 'key'>,
    { signal }: { readonly signal?: Signal },
  ): Promise<StoredFile | undefined> {
    if (signal?.aborted) throw interrupted();
    const find = () => findReadable(this.#memory.listing, file, signal);
    const found = await this.#parts.granting.around(find, signal);
    return found === undefined ? undefined : storedFile(this.#reader, found, signal);
  }

  /** Deep or not: the digests that Google computed come along with the lists. */
  async inspect(files: readonly ExpectedFile[], { signal }: { readonly signal?: Signal }): Promise<Condition[]> {
    if (signal?.aborted) throw interrupted();
    if (files.length === 0) return [];
    return this.#parts.granting.around(() => inspectFiles(this.#below, files, signal), signal);
  }

  put(file: StoreFile, options: PutOptions): Promise<Receipt> {
    return this.#memory.turns.take(file.key, () =>
      this.#parts.granting.around(() => this.#put(file, options), options.signal),
    );
  }

  async #put(file: StoreFile, options: PutOptions): Promise<Receipt> {
    if (options.signal?.aborted) throw interrupted();
    const there = await this.#memory.listing.find(file.key, options.signal);
    return (await this.#settle(there, file, options)) ?? this.#create(file, options);
  }

  /**
   * What is to be done with files that have this key already; undefined where a new one is to be made beside them. Of a
   * document there is one: what `read` gives is what is updated. Media of one key may be several.
   */
  async #settle(there: readonly DriveFile[], file: StoreFile, options: PutOptions): Promise<Receipt | undefined> {
    const old = chosen(there, file.name);
    if (old === undefined) return undefined;
    const holders = file.role === 'document' ? [old] : there;
    for (const candidate of holders) {
      if (await holdsBytes(candidate, file.bytes, options.signal)) return receipt(candidate, file, 'present');
    }
    if (!(await this.#mayReplace(old, file, options.signal))) return undefined;
    const stored = await this.#parts.uploads.replace(old.id, file, options);
    if (stored === undefined || stored.trashed) {
      // It vanished since the folder was listed.
      if (stored !== undefined) await this.#refuseTrashedFolder(file, options.signal);
      this.#memory.listing.remove(old.id);
      return this.#settle(
        there.filter(({ id }) => id !== old.id),
        file,
        options,
      );
    }
    const isWhole = await holdsBytes(stored, file.bytes, options.signal);
    const replaced = isWhole ? stored : await this.#lookAgain(old.id, file, options.signal);
    if (!isWhole && !(await holdsBytes(replaced, file.bytes, options.signal))) throw this.#wrongDigest(file);
    this.#memory.listing.put(replaced, file.key);
    return receipt(replaced, file, 'replaced');
  }

  async #mayReplace(old: DriveFile, file: StoreFile, signal: Signal): Promise<boolean> {
    if (file.role === 'document' || file.onDifferent === 'replace') return true;
    return (await file.replaces?.(existingFile(this.#reader, old, signal))) ?? false;
  }

  async #create(file: StoreFile, options: PutOptions): Promise<Receipt> {
    const { id: folder, resourceKeys } = this.#parts.folder;
    for (let tries = 0; tries < EXCHANGES; tries += 1) {
      const id = await this.#memory.reservations.idFor(file, options);
      const name = this.#memory.names.claim(file, await this.#memory.listing.entries(options.signal));
      const made = await this.#parts.uploads.create({ id, name, folder, resourceKeys }, file, options);
      if (made !== undefined) {
        const stored = await this.#verified(made, id, file, options.signal);
        this.#memory.listing.put(stored, file.key);
        this.#memory.names.release(name);
        return receipt(stored, file, 'created');
      }
      const settled = await this.#settleTaken(id, file, options);
      if (settled !== undefined) return settled;
      await this.#memory.reservations.replace(file, options);
    }
    throw idsRefused(file);
  }

  /** The id of a create is used: by this very file, when the answer to an earlier try was lost. */
  async #settleTaken(id: string, file: StoreFile, options: PutOptions): Promise<Receipt | undefined> {
    const there = await this.#parts.api.findFile(id, `saving ${file.name}`, options.signal);
    if (there === undefined || there.trashed || there.key !== file.key || !this.#isHere(there)) return undefined;
    this.#memory.listing.put(there, file.key);
    return this.#settle([there], file, options);
  }

  /** The alias `root` names a folder whose id this scope does not show. */
  #isHere(file: DriveFile): boolean {
    const { id } = this.#parts.folder;
    return id === 'root' || file.parents.includes(id);
  }

  /**
   * What Drive says it stored, if that is what was sent. An answer that speaks of something else is checked against the
   * file itself; a file with other bytes goes to the trash, so that nothing wrong stays under the name.
   */
  async #verified(made: DriveFile, id: string, file: StoreFile, signal: Signal): Promise<DriveFile> {
    const isMade = made.id === id && (await holdsBytes(made, file.bytes, signal));
    const stored = isMade ? made : await this.#lookAgain(id, file, signal);
    if (!isMade && !(await holdsBytes(stored, file.bytes, signal))) {
      await this.#parts.api.trash(id, `saving ${file.name}`, signal);
      throw this.#wrongDigest(file);
    }
    // What is made in a folder in the trash lies in the trash too, and comes out with the folder.
    if (stored.trashed) throw folderInTrash(file);
    return stored;
  }

  /** A new file beside one that lies there with its folder would be a second one when the folder is taken out. */
  async #refuseTrashedFolder(file: StoreFile, signal: Signal): Promise<void> {
    const found = await this.#parts.api.findFolder(this.#parts.folder, signal);
    if (found?.trashed) throw folderInTrash(file);
  }

  async #lookAgain(id: string, file: StoreFile, signal: Signal): Promise<DriveFile> {
    const stored = await this.#parts.api.findFile(id, `saving ${file.name}`, signal);
    if (stored !== undefined) return stored;
    throw this.#wrongDigest(file);
  }

  /** The first time, another try stores it anew: the reserved id is in the trash then. A second time it is no accident. */
  #wrongDigest(file: StoreFile): AlbarettoError {
    const retryable = !this.#memory.mismatched.has(file.key);
    this.#memory.mismatched.add(file.key);
    return differs(file, retryable);
  }
}

function receipt(stored: DriveFile, file: StoreFile, outcome: Receipt['outcome']): Receipt {
  const digest = stored.digests[0] ?? badAnswer(`saving ${file.name}`);
  const { name, id: location, size = file.bytes.size, url } = stored;
  return { name, location, size, digest, outcome, ...(url === undefined ? {} : { url }) };
}
