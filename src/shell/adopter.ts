/** Folders that hold an archive, put on the record: from their sidecars and the files that are there. */

import { join } from 'node:path';
import type { FoundSidecar } from '../archive/archive-walk.js';
import type { Catalog, FileState, NewSavedFile, SavedFile } from '../archive/catalog/catalog.js';
import { interrupted } from '../errors.js';
import type { Condition, Store } from '../plugin.js';
import type { Invocation } from './command.js';
import { openPlace } from './places.js';
import { checkedEvent, expectedOf, STATES } from './recorded-file.js';

/** A file that a sidecar speaks of, and how it was found. */
interface Adopted {
  readonly file: NewSavedFile;
  readonly state: 'saved' | 'missing' | 'damaged';
}

/** Counts files over all folders. */
export class Adopter {
  items = 0;
  files = 0;
  missing = 0;
  damaged = 0;
  bytes = 0;
  /** The items that were seen, by source. */
  readonly seen = new Map<string, Set<string>>();
  /** The folders that they lie in, in their unique form. */
  readonly places = new Set<string>();
  readonly #catalog: Catalog;
  readonly #context: Pick<Invocation, 'session' | 'signal'>;
  readonly #sink: string;
  readonly #dryRun: boolean;
  readonly #begun: number;

  constructor(catalog: Catalog, sink: string, context: Pick<Invocation, 'session' | 'signal'>, dryRun: boolean) {
    this.#catalog = catalog;
    this.#context = context;
    this.#sink = sink;
    this.#dryRun = dryRun;
    this.#begun = context.session.runtime.now();
  }

  /**
   * Records some sidecars of one folder and the files that they speak of, after reading these files. What is recorded
   * already, in the state in which it is found, stays as it is.
   */
  async adopt(folder: string, sidecars: readonly FoundSidecar[]): Promise<void> {
    const store = await openPlace({ sink: this.#sink, destination: folder }, this.#context);
    try {
      this.places.add(store.location);
      const adopted = await this.#look(store, sidecars);
      if (!this.#dryRun) await this.#record(store, adopted);
      this.#count(sidecars, adopted);
    } finally {
      await store.close?.();
    }
  }

  async #look(store: Store, sidecars: readonly FoundSidecar[]): Promise<readonly Adopted[]> {
    const { signal } = this.#context;
    const media = sidecars.flatMap((sidecar) => this.#mediaOf(sidecar, store));
    const conditions: readonly Condition[] =
      (await store.inspect?.(media.map(expectedOf), { signal, deep: true })) ?? [];
    const documents = sidecars.map((sidecar) => this.#documentOf(sidecar, store));
    return [
      ...media.map((file, index) => ({ file, state: STATES[conditions[index] ?? 'missing'] })),
      // It was read a moment ago.
      ...documents.map((file) => ({ file, state: 'saved' as const })),
    ];
  }

  #mediaOf(sidecar: FoundSidecar, store: Store): NewSavedFile[] {
    return sidecar.files.map((file) => ({ ...this.#factsOf(sidecar, file.name, store), ...file }));
  }

  #documentOf(sidecar: FoundSidecar, store: Store): NewSavedFile {
    const { file } = sidecar;
    const facts = this.#factsOf(sidecar, file.name, store);
    return { ...facts, role: 'document', mediaType: 'application/json', ...file };
  }

  #factsOf(sidecar: FoundSidecar, name: string, store: Store) {
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
      sink: this.#sink,
      destination: store.location,
      location: join(store.location, name),
      savedAt,
    };
  }

  /** A file of that state cannot be recorded in one step: what is wrong comes last, and its state right behind it. */
  async #record(store: Store, adopted: readonly Adopted[]): Promise<void> {
    const before = await this.#rowsOf(store, adopted);
    const fresh = adopted.filter((one) => !isRecorded(one, before.get(keyOf(one.file))));
    const good = fresh.filter(({ state }) => state === 'saved').map(({ file }) => file);
    const bad = fresh.filter(({ state }) => state !== 'saved').map(({ file }) => file);
    if (good.length > 0) await this.#catalog.record(good);
    if (bad.length > 0) await this.#catalog.record(bad);
    const after = bad.length > 0 ? await this.#rowsOf(store, adopted) : before;
    const now = new Date(this.#context.session.runtime.now());
    for (const state of Object.values(STATES)) {
      const rows = adopted.filter((one) => one.state === state).map(({ file }) => after.get(keyOf(file)));
      const ids = rows.flatMap((row) => (row === undefined || !mayChange(row.state, state) ? [] : [row.id]));
      if (ids.length > 0) await this.#catalog.setState(ids, state, now);
    }
  }

  async #rowsOf(store: Store, adopted: readonly Adopted[]): Promise<ReadonlyMap<string, SavedFile>> {
    const rows = new Map<string, SavedFile>();
    for (const source of new Set(adopted.map(({ file }) => file.source))) {
      const items = [...new Set(adopted.filter(({ file }) => file.source === source).map(({ file }) => file.item))];
      const found = await this.#catalog.find({ sink: this.#sink, destination: store.location, source, items });
      for (const ofItem of found.values()) for (const row of ofItem) rows.set(keyOf(row), row);
    }
    return rows;
  }

  #count(sidecars: readonly FoundSidecar[], adopted: readonly Adopted[]): void {
    const { session, signal } = this.#context;
    const { reporter, now } = session.runtime;
    this.items += sidecars.length;
    for (const { source, id } of sidecars) {
      const items = this.seen.get(source) ?? new Set();
      this.seen.set(source, items.add(id));
    }
    for (const { file, state } of adopted) {
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

function keyOf({ source, item, role, name }: NewSavedFile): string {
  return JSON.stringify([source, item, role, name]);
}

function isRecorded({ file }: Adopted, row: SavedFile | undefined): boolean {
  if (row === undefined) return false;
  return row.sha256 === file.sha256 && row.size === file.size && row.location === file.location;
}

/** What the person does not want back stays so, and what is gone until it is there again. */
function mayChange(from: FileState, to: FileState): boolean {
  return from !== to && from !== 'deleted' && !(from === 'gone' && to !== 'saved');
}
