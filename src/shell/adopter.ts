/** Folders that hold an archive, put on the record: from their sidecars and the files that are there. */

import { join } from 'node:path';
import type { FoundSidecar } from '../archive/archive-walk.js';
import type { Catalog, FileState, NewSavedFile, SavedFile } from '../archive/catalog/catalog.js';
import { type AlbarettoError, interrupted } from '../errors.js';
import type { Store } from '../plugin.js';
import type { Invocation } from './command.js';
import { inspect } from './inspection.js';
import { openPlace, type Place, pathBelow } from './places.js';
import { checkedEvent, STATES } from './recorded-file.js';

/** A file that a sidecar speaks of, and how it was found. */
interface Adopted {
  readonly file: NewSavedFile;
  readonly state: 'saved' | 'missing' | 'damaged';
}

/**
 * Counts files over all folders. What lies below the folder that is adopted is recorded as `save` records it: at that
 * folder, by its path. What is on record at a folder above stays there, so that no file is recorded twice.
 */
export class Adopter {
  items = 0;
  files = 0;
  missing = 0;
  damaged = 0;
  bytes = 0;
  /** The items that were seen, by source. */
  readonly seen = new Map<string, Set<string>>();
  /** The folders at which they are recorded, in their unique form. */
  readonly places = new Set<string>();
  /** What could not be read; told already. */
  readonly failures: AlbarettoError[] = [];
  readonly #catalog: Catalog;
  readonly #context: Pick<Invocation, 'session' | 'signal'>;
  readonly #place: Place;
  readonly #dryRun: boolean;
  readonly #begun: number;

  /** @param place The folder that is adopted. */
  constructor(catalog: Catalog, place: Place, context: Pick<Invocation, 'session' | 'signal'>, dryRun: boolean) {
    this.#catalog = catalog;
    this.#context = context;
    this.#place = place;
    this.#dryRun = dryRun;
    this.#begun = context.session.runtime.now();
  }

  /**
   * Records some sidecars of one folder and the files that they speak of, after reading these files. What is recorded
   * already, in the state in which it is found, stays as it is.
   * @param folder The adopted one, or one below it.
   */
  async adopt(folder: string, sidecars: readonly FoundSidecar[]): Promise<void> {
    const store = await openPlace(this.#place, this.#context);
    try {
      const found = await this.#look(folder, store, sidecars);
      const before = await this.#rowsOf(folder, found);
      const adopted = found.map(({ file, state }) => ({
        file: { ...file, ...placeOf(before.get(keyOf(file))) },
        state,
      }));
      for (const { file } of adopted) this.places.add(file.destination);
      if (!this.#dryRun) await this.#record(folder, adopted, before);
      this.#count(adopted);
    } finally {
      await store.close?.();
    }
  }

  /** A file that cannot be read is told, and its sidecar left out: nothing is known of what it speaks of. */
  async #look(folder: string, store: Store, sidecars: readonly FoundSidecar[]): Promise<readonly Adopted[]> {
    const media = sidecars.flatMap((of) => this.#mediaOf(of, folder).map((file) => ({ of, file })));
    const files = media.map(({ file }) => file);
    const conditions = await inspect(files, store, {
      ...this.#context,
      deep: true,
      enough: Number.POSITIVE_INFINITY,
      refused: (error, file) => this.#tell(error, file),
    });
    const unread = new Set(media.filter((_one, index) => conditions[index] === undefined).map(({ of }) => of));
    return [
      ...media.flatMap(({ of, file }, index) =>
        unread.has(of) ? [] : [{ file, state: STATES[conditions[index] ?? 'missing'] }],
      ),
      // It was read a moment ago.
      ...sidecars
        .filter((sidecar) => !unread.has(sidecar))
        .map((sidecar) => ({ file: this.#documentOf(sidecar, folder), state: 'saved' as const })),
    ];
  }

  #mediaOf(sidecar: FoundSidecar, folder: string): NewSavedFile[] {
    return sidecar.files.map((file) => ({ ...file, ...this.#factsOf(sidecar, join(folder, file.name)) }));
  }

  #documentOf(sidecar: FoundSidecar, folder: string): NewSavedFile {
    const { file } = sidecar;
    const facts = this.#factsOf(sidecar, join(folder, file.name));
    return { role: 'document', mediaType: 'application/json', ...file, ...facts };
  }

  #factsOf(sidecar: FoundSidecar, location: string) {
    const { source, task, id, index, prompt, title, createdAt, storedAt } = sidecar;
    // A clock that was wrong once, or is now: nothing was saved in the future.
    const savedAt = new Date(Math.min(storedAt.getTime(), this.#context.session.runtime.now()));
    return {
      source,
      task,
      item: id,
      index,
      prompt,
      title,
      itemCreatedAt: createdAt,
      ...this.#place,
      name: pathBelow(this.#place.destination, location) ?? location,
      location,
      savedAt,
    };
  }

  #tell(error: AlbarettoError, { source, task, item, index }: NewSavedFile): void {
    this.failures.push(error);
    const { code, retryable } = error;
    const facts = { source, task, id: item, index, code, message: error.describe(), retryable };
    this.#context.session.runtime.reporter.emit({ event: 'failed', stage: 'verify', ...facts });
  }

  /** A file of that state cannot be recorded in one step: what is wrong comes last, and its state right behind it. */
  async #record(folder: string, adopted: readonly Adopted[], before: ReadonlyMap<string, SavedFile>): Promise<void> {
    const fresh = adopted.filter((one) => !isRecorded(one, before.get(keyOf(one.file))));
    const good = fresh.filter(({ state }) => state === 'saved').map(({ file }) => file);
    const bad = fresh.filter(({ state }) => state !== 'saved').map(({ file }) => file);
    if (good.length > 0) await this.#catalog.record(good);
    if (bad.length > 0) await this.#catalog.record(bad);
    const after = bad.length > 0 ? await this.#rowsOf(folder, adopted) : before;
    const now = new Date(this.#context.session.runtime.now());
    for (const state of Object.values(STATES)) {
      const rows = adopted.filter((one) => one.state === state).map(({ file }) => after.get(keyOf(file)));
      const ids = rows.flatMap((row) => (row === undefined || !mayChange(row.state, state) ? [] : [row.id]));
      if (ids.length > 0) await this.#catalog.setState(ids, state, now);
    }
  }

  /** By file: the row at the adopted folder, else the one at another folder that it lies in. */
  async #rowsOf(folder: string, adopted: readonly Adopted[]): Promise<ReadonlyMap<string, SavedFile>> {
    const { sink, destination: own } = this.#place;
    const known = (await this.#catalog.destinations()).filter((place) => place.sink === sink);
    const above = known
      .map(({ destination }) => destination)
      .filter((one) => one !== own && pathBelow(one, folder) !== undefined);
    const rows = new Map<string, SavedFile>();
    for (const source of new Set(adopted.map(({ file }) => file.source))) {
      const items = [...new Set(adopted.filter(({ file }) => file.source === source).map(({ file }) => file.item))];
      for (const destination of [...above, own]) {
        const found = await this.#catalog.find({ sink, destination, source, items });
        for (const ofItem of found.values()) for (const row of ofItem) rows.set(keyOf(row), row);
      }
    }
    return rows;
  }

  #count(adopted: readonly Adopted[]): void {
    const { session, signal } = this.#context;
    const { reporter, now } = session.runtime;
    for (const { file, state } of adopted) {
      if (file.role === 'document') this.items += 1;
      const items = this.seen.get(file.source) ?? new Set();
      this.seen.set(file.source, items.add(file.item));
      this.files += 1;
      this.bytes += file.size;
      if (state === 'saved') continue;
      this[state] += 1;
      reporter.emit(checkedEvent(file, state));
    }
    if (signal.aborted) throw interrupted(signal.reason);
    const seconds = (now() - this.#begun) / 1000;
    const bytesPerSecond = seconds > 0 ? this.bytes / seconds : 0;
    reporter.progress({ command: 'adopt', done: this.files, bytes: this.bytes, bytesPerSecond });
  }
}

function keyOf({ source, item, role, location }: NewSavedFile): string {
  return JSON.stringify([source, item, role, location]);
}

function placeOf(row: SavedFile | undefined): Partial<Pick<SavedFile, 'destination' | 'name'>> {
  return row === undefined ? {} : { destination: row.destination, name: row.name };
}

function isRecorded({ file }: Adopted, row: SavedFile | undefined): boolean {
  if (row === undefined) return false;
  return row.sha256 === file.sha256 && row.size === file.size && row.location === file.location;
}

/** What the person does not want back stays so, and what is gone until it is there again. */
function mayChange(from: FileState, to: FileState): boolean {
  return from !== to && from !== 'deleted' && !(from === 'gone' && to !== 'saved');
}
