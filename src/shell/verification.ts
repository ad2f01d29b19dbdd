/** What the catalog says is there, held against what is there. */

import type { Catalog, SavedFile } from '../archive/catalog/catalog.js';
import { AlbarettoError, asAlbarettoError, interrupted } from '../errors.js';
import type { Store } from '../plugin.js';
import { printable } from '../printable.js';
import type { Invocation } from './command.js';
import { inspect } from './inspection.js';
import { openPlace, type Place } from './places.js';
import { checkedEvent, isLookedAt, STATES } from './recorded-file.js';

export interface Verification {
  readonly files: number;
  /** Of all files that were looked at, as they should be. */
  readonly bytes: number;
  /** Those that are missing or damaged, with that state. */
  readonly bad: readonly SavedFile[];
  /** What could not be looked at, and why; told already. */
  readonly failures: readonly AlbarettoError[];
}

/** Files looked at together: few enough to tell how far it is, enough for a list or a disk to be asked well. */
const MOST_FILES = 200;
const MOST_BYTES = 67_108_864;

const ENOUGH_REFUSALS = 3;

/**
 * Looks at every recorded file of these places, but for those that the person deleted and those that are gone; writes down
 * what it finds and tells each file that is missing or damaged. A place that cannot be opened keeps its states; the others
 * are looked at all the same.
 *
 * @param deep Whether bytes or digests are compared, and not presence and sizes alone.
 * @throws E_INTERRUPTED; what was found until then is written down.
 */
export async function verifyPlaces(
  places: readonly Place[],
  deep: boolean,
  catalog: Catalog,
  context: Pick<Invocation, 'session' | 'signal'>,
): Promise<Verification> {
  const verifier = new Verifier(deep, catalog, context);
  try {
    for (const place of places) await verifier.expect(place);
    for (const place of places) await verifier.look(place);
  } finally {
    context.session.runtime.reporter.idle();
  }
  return verifier;
}

/** The same for some files of one place, by reading them. */
export async function verifyFiles(
  files: readonly SavedFile[],
  place: Place,
  catalog: Catalog,
  context: Pick<Invocation, 'session' | 'signal'>,
): Promise<Verification> {
  const verifier = new Verifier(true, catalog, context);
  try {
    verifier.total = files.length;
    await verifier.look(place, files);
  } finally {
    context.session.runtime.reporter.idle();
  }
  return verifier;
}

class Verifier implements Verification {
  files = 0;
  bytes = 0;
  /** How many files there are to look at. */
  total = 0;
  readonly bad: SavedFile[] = [];
  readonly failures: AlbarettoError[] = [];
  readonly #deep: boolean;
  readonly #catalog: Catalog;
  readonly #context: Pick<Invocation, 'session' | 'signal'>;
  readonly #begun: number;

  constructor(deep: boolean, catalog: Catalog, context: Pick<Invocation, 'session' | 'signal'>) {
    this.#deep = deep;
    this.#catalog = catalog;
    this.#context = context;
    this.#begun = context.session.runtime.now();
  }

  async expect({ sink, destination }: Place): Promise<void> {
    const counts = await this.#catalog.countBy('state', { sink, destination });
    for (const { key, files } of counts) if (isLookedAt(key)) this.total += files;
  }

  /** @param files All that are recorded there, unless some are named. */
  async look(place: Place, files: AsyncIterable<SavedFile> | Iterable<SavedFile> = this.#recorded(place)) {
    const { signal } = this.#context;
    let store: Store | undefined;
    try {
      store = await openPlace(place, this.#context);
      if (store.inspect === undefined) throw cannotLook(place);
      for await (const portion of portionsOf(files)) {
        await this.#lookAt(portion, store);
        this.#showProgress();
      }
    } catch (thrown) {
      const error = asAlbarettoError(thrown, signal);
      if (error.code === 'E_INTERRUPTED') throw error;
      this.#tell(error);
    } finally {
      await store?.close?.();
    }
  }

  #recorded({ sink, destination }: Place): AsyncIterable<SavedFile> {
    return this.#catalog.search({ sink, destination }, { order: 'oldest' });
  }

  async #lookAt(files: readonly SavedFile[], store: Store): Promise<void> {
    const conditions = await inspect(files, store, {
      ...this.#context,
      deep: this.#deep,
      enough: ENOUGH_REFUSALS,
      refused: (error, file) => this.#tell(error, file),
    });
    const found = files.flatMap((file, index) => {
      const condition = conditions[index];
      return condition === undefined ? [] : [{ file, state: STATES[condition] }];
    });
    const now = new Date(this.#context.session.runtime.now());
    const changed = await this.#changedSince(found.filter(({ state }) => state !== 'saved').map(({ file }) => file));
    for (const state of Object.values(STATES)) {
      const ids = found.filter((one) => one.state === state && !changed.has(one.file.id)).map(({ file }) => file.id);
      if (ids.length > 0) await this.#catalog.setState(ids, state, now);
    }
    for (const { file, state } of found) {
      this.files += 1;
      this.bytes += file.size;
      if (state === 'saved' || changed.has(file.id)) continue;
      this.bad.push({ ...file, state });
      this.#context.session.runtime.reporter.emit(checkedEvent(file, state));
    }
  }

  /**
   * Rows that somebody else has changed while their files were looked at: another process replaced the file, or the person
   * does not want it any more. What was found says nothing about them.
   */
  async #changedSince(files: readonly SavedFile[]): Promise<ReadonlySet<number>> {
    const changed = new Set<number>();
    for (const file of files) {
      const { sink, destination, source, item } = file;
      const rows = (await this.#catalog.find({ sink, destination, source, items: [item] })).get(item) ?? [];
      const row = rows.find(({ id }) => id === file.id);
      const same = row?.sha256 === file.sha256 && row.location === file.location && isLookedAt(row.state);
      if (!same) changed.add(file.id);
    }
    return changed;
  }

  #tell(error: AlbarettoError, file?: SavedFile): void {
    this.failures.push(error);
    const facts = file === undefined ? {} : { source: file.source, task: file.task, id: file.item, index: file.index };
    const { code, retryable } = error;
    const { reporter } = this.#context.session.runtime;
    reporter.emit({ event: 'failed', stage: 'verify', ...facts, code, message: error.describe(), retryable });
  }

  #showProgress(): void {
    const { runtime } = this.#context.session;
    if (this.#context.signal.aborted) throw interrupted(this.#context.signal.reason);
    const seconds = (runtime.now() - this.#begun) / 1000;
    runtime.reporter.progress({
      command: 'verify',
      done: this.files,
      total: this.total,
      bytes: this.bytes,
      bytesPerSecond: seconds > 0 ? this.bytes / seconds : 0,
      ...(seconds < 1 ? {} : { secondsLeft: ((this.total - this.files) * seconds) / this.files }),
    });
  }
}

async function* portionsOf(files: AsyncIterable<SavedFile> | Iterable<SavedFile>): AsyncGenerator<SavedFile[]> {
  let portion: SavedFile[] = [];
  let bytes = 0;
  for await (const file of files) {
    if (!isLookedAt(file.state)) continue;
    portion.push(file);
    bytes += file.size;
    if (portion.length < MOST_FILES && bytes < MOST_BYTES) continue;
    yield portion;
    portion = [];
    bytes = 0;
  }
  if (portion.length > 0) yield portion;
}

function cannotLook({ sink, destination }: Place): AlbarettoError {
  return new AlbarettoError({
    code: 'E_DESTINATION',
    message: `what lies in ${printable(destination)} cannot be looked at`,
    hint: 'this sink has no way to say what it stored',
    plugin: sink,
  });
}
