import { join } from 'node:path';
import {
  type AlbarettoError,
  type Condition,
  type ExpectedFile,
  type InspectOptions,
  type PutOptions,
  printable,
  type Receipt,
  type SinkContext,
  type Store,
  type StoredFile,
  type StoreFile,
} from '../../src/plugin.js';
import { throwIfAborted } from './abort.js';
import type { Disk } from './disk.js';
import { destinationError, diskFailure, errnoOf } from './failure.js';
import { checkFileName, checkFolderName } from './file-name.js';
import { FolderSync } from './folder-sync.js';
import { enterFolder, entryAt, makeFolders } from './folders.js';
import { inspectFiles } from './inspection.js';
import { removeLeftovers } from './leftovers.js';
import { findPlace, occupy, type Place } from './placement.js';
import { readFile } from './reading.js';
import { declaredSha256, Temporary, type Written } from './temporary.js';
import { inTurn } from './turns.js';

export interface LocalStoreOptions {
  readonly disk: Disk;
  readonly context: Pick<SinkContext, 'now' | 'debug'>;
  readonly label: string;
  /** Absolute and without links. The folder itself may be missing. */
  readonly location: string;
  /** The destination that the person named; no folder below it is left by a link. Without links. */
  readonly root: string;
  readonly isNew?: boolean | undefined;
}

/** How often another program may take a name before this one gets it. */
const MOST_CHANGES = 1000;

/** One folder. It is made when the first file or folder is put into it. */
export class LocalStore implements Store {
  readonly label: string;
  readonly location: string;
  readonly isNew: boolean | undefined;
  readonly #options: LocalStoreOptions;
  readonly #disk: Disk;
  readonly #sync: FolderSync;
  /** What cannot be removed now is tried again at the end. */
  readonly #left = new Set<Temporary>();
  #made: Promise<string> | undefined;
  /** The folder was empty when it was opened, and no name in it has been found taken since. */
  #expectsNothing = false;

  constructor(options: LocalStoreOptions) {
    this.label = options.label;
    this.location = options.location;
    this.isNew = options.isNew;
    this.#options = options;
    this.#disk = options.disk;
    this.#sync = new FolderSync(options.disk, options.location);
  }

  async put(file: StoreFile, options: PutOptions): Promise<Receipt> {
    checkFileName(file.name);
    throwIfAborted(options.signal);
    await this.#expectFolder();
    const sha256 = declaredSha256(file);
    const place = await this.#firstPlace(file, sha256);
    if (place.kind === 'present') return this.#present(place);
    throwIfAborted(options.signal);
    const temporary = await Temporary.in(this.location, this.#disk);
    try {
      const written = await temporary.write(file, options);
      return await this.#settle(temporary, file, written, place, options.signal);
    } finally {
      if (!(await temporary.remove())) this.#left.add(temporary);
    }
  }

  async folder(name: string, { signal }: { readonly signal?: AbortSignal | undefined }): Promise<Store> {
    checkFolderName(name);
    throwIfAborted(signal);
    await this.#expectFolder();
    const { root } = this.#options;
    const entered = await enterFolder(this.#disk, this.location, name, root);
    const store = new LocalStore({ ...this.#options, label: join(this.label, name), ...entered });
    await store.removeLeftovers();
    return store;
  }

  async has(
    files: readonly Pick<StoreFile, 'name'>[],
    { signal }: { readonly signal?: AbortSignal | undefined },
  ): Promise<ReadonlySet<string>> {
    throwIfAborted(signal);
    const there = files.length === 0 ? new Set<string>() : await this.#names();
    return new Set(files.map((file) => file.name).filter((name) => there.has(name.normalize('NFC'))));
  }

  read(
    { name }: Pick<StoreFile, 'name'>,
    { signal }: { readonly signal?: AbortSignal | undefined },
  ): Promise<StoredFile | undefined> {
    return readFile(this.#disk, this.location, name, signal);
  }

  inspect(files: readonly ExpectedFile[], options: InspectOptions): Promise<readonly Condition[]> {
    return inspectFiles(this.#disk, this.location, files, options);
  }

  async close(): Promise<void> {
    for (const temporary of this.#left) if (await temporary.remove()) this.#left.delete(temporary);
  }

  /** Removes what runs that were killed left here; done once, when the folder is opened. */
  async removeLeftovers(): Promise<void> {
    const { now, debug } = this.#options.context;
    this.#expectsNothing = await removeLeftovers(this.#disk, this.location, { now: now(), debug });
  }

  /**
   * In a folder that was empty a name is held to be free, until the first one that is not: that is found when the file is
   * to get it. Looking for a file that is not there may wait for all that are being made beside it.
   */
  async #firstPlace(file: StoreFile, sha256: string): Promise<Place> {
    if (this.#expectsNothing) return { kind: 'free', name: file.name };
    return findPlace(this.#disk, this.location, file, sha256);
  }

  /** The rest of a put, from whole bytes under a temporary name on. An abort is heeded until the file has its final name. */
  async #settle(
    temporary: Temporary,
    file: StoreFile,
    written: Written,
    first: Place,
    signal: AbortSignal | undefined,
  ): Promise<Receipt> {
    let place = first;
    for (let change = 0; change < MOST_CHANGES; change++) {
      if (place.kind === 'present') return this.#present(place);
      throwIfAborted(signal);
      const wanted = place;
      // One at a time for each name in this process: then what is looked at stays as it is until it is replaced.
      const occupied = await inTurn(this.#pathOf(file.name), () =>
        occupy(this.#disk, this.location, temporary, wanted),
      );
      if (occupied) return this.#stored(temporary, wanted, written);
      this.#expectsNothing = false;
      place = await findPlace(this.#disk, this.location, file, written.sha256);
    }
    throw busy(this.#pathOf(file.name));
  }

  /**
   * If the folder cannot be synced, the file stays although this throws: it is whole, and by now another process may have
   * answered that it is present. Putting it again answers so too.
   */
  async #stored(temporary: Temporary, { kind, name }: Place, written: Written): Promise<Receipt> {
    // Before the sync, so that one sync covers both.
    await temporary.remove();
    await this.#sync.now();
    return this.#receipt(name, written, kind === 'free' ? 'created' : 'replaced');
  }

  async #present(found: Place & Written): Promise<Receipt> {
    // Whoever named the file may not have synced the folder: it was killed then, or is about to. Costs little where all is synced.
    await this.#sync.now();
    return this.#receipt(found.name, found, 'present');
  }

  #receipt(name: string, { size, sha256 }: Written, outcome: Receipt['outcome']): Receipt {
    return { name, location: this.#pathOf(name), size, digest: { algorithm: 'sha256', hex: sha256 }, outcome };
  }

  /** The folder is there and is still the one that was opened: nobody has put a link or another folder in its place. */
  async #expectFolder(): Promise<void> {
    this.#made ??= this.#make();
    const identity = await this.#made.catch((thrown) => {
      this.#made = undefined;
      throw thrown;
    });
    const entry = await entryAt(this.#disk, this.location);
    if (entry?.kind === 'folder' && entry.identity === identity) return;
    throw destinationError(`${printable(this.location)} was moved or replaced while it was in use`, 'save again');
  }

  async #make(): Promise<string> {
    await makeFolders(this.#disk, this.location);
    return (await entryAt(this.#disk, this.location))?.identity ?? '';
  }

  async #names(): Promise<ReadonlySet<string>> {
    try {
      const entries = await this.#disk.list(this.location);
      return new Set(entries.filter((entry) => entry.isFile).map((entry) => entry.name.normalize('NFC')));
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') return new Set();
      throw diskFailure('listing', this.location, thrown);
    }
  }

  #pathOf(name: string): string {
    return join(this.location, name);
  }
}

function busy(path: string): AlbarettoError {
  const error = destinationError(`${printable(path)} is changed by another program all the time`, 'end that program');
  return error.with({ reach: 'item', retryable: true });
}
