/** Files that are missing or damaged, fetched again and put back where they were. */

import type { Catalog, Failure, SavedFile } from '../archive/catalog/catalog.js';
import { withKnownNames } from '../archive/known-names.js';
import { type AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Invocation, Outcome } from './command.js';
import { writeDocumentsAnew } from './document-repair.js';
import type { Place } from './places.js';
import { checkedEvent } from './recorded-file.js';
import { isUnwanted, type RepairGroup, repairGroups } from './repair-groups.js';
import { referencesOf, rerun } from './rerun.js';
import { verifyFiles } from './verification.js';

/** What became of the items of a group; the others failed. */
interface Fetched {
  /** They came, and were handed to the store. */
  readonly fetched: ReadonlySet<string>;
  /** Their service has them no more. */
  readonly gone: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** Counts files over all places. */
export class Repairer {
  repaired = 0;
  gone = 0;
  failed = 0;
  /** What kept whole groups of files from being repaired; told already. */
  readonly failures: AlbarettoError[] = [];
  readonly #catalog: Catalog;
  readonly #context: Pick<Invocation, 'session' | 'signal'>;
  readonly #dryRun: boolean;

  constructor(catalog: Catalog, context: Pick<Invocation, 'session' | 'signal'>, dryRun: boolean) {
    this.#catalog = catalog;
    this.#context = context;
    this.#dryRun = dryRun;
  }

  /**
   * Fetches again what is wrong at one place. What was put back is read again before it counts as repaired.
   * @param bad The rows that are missing or damaged there.
   * @throws E_INTERRUPTED
   */
  async repair(place: Place, bad: readonly SavedFile[]): Promise<void> {
    const fetched: SavedFile[] = [];
    const gone: SavedFile[] = [];
    const unwanted: SavedFile[] = [];
    for (const source of new Set(bad.map((file) => file.source))) {
      const ofSource = bad.filter((file) => file.source === source);
      const rows = await this.#rowsOf(place, source, ofSource);
      unwanted.push(...ofSource.filter((file) => isUnwanted(rows.get(file.item))));
      for (const group of await repairGroups(ofSource, rows, this.#catalog)) {
        const result = await this.#fetch(group, place);
        const ofTask = ofSource.filter((file) => file.task === group.task && group.items.has(file.item));
        fetched.push(...ofTask.filter((file) => result.fetched.has(file.item)));
        gone.push(...ofTask.filter((file) => result.gone.has(file.item)));
      }
      fetched.push(...(await this.#writeDocuments(source, place, ofSource)));
    }
    if (this.#dryRun) return;
    await this.#settleGone(gone);
    const repaired = await this.#countWhole(place, fetched);
    this.repaired += repaired;
    this.gone += gone.length;
    this.failed += bad.length - unwanted.length - gone.length - repaired;
  }

  async #rowsOf(
    { sink, destination }: Place,
    source: string,
    files: readonly SavedFile[],
  ): Promise<ReadonlyMap<string, readonly SavedFile[]>> {
    const items = [...new Set(files.map((file) => file.item))];
    return this.#catalog.find({ sink, destination, source, items });
  }

  /** Answers those that were to be written. */
  async #writeDocuments(source: string, place: Place, files: readonly SavedFile[]): Promise<readonly SavedFile[]> {
    const documents = files.filter(({ item }) => item === '');
    if (documents.length === 0 || this.#dryRun) return [];
    try {
      await writeDocumentsAnew(documents, place, this.#catalog, this.#context);
    } catch (thrown) {
      const error = asAlbarettoError(thrown, this.#context.signal);
      if (error.code === 'E_INTERRUPTED') throw error;
      this.#tell(error, { source, task: documents[0]?.task ?? '' });
    }
    return documents;
  }

  /** Tries one reference after the other for what the last one did not lead to. */
  async #fetch(group: RepairGroup, place: Place): Promise<Fetched> {
    const fetched = new Set<string>();
    let left = new Set(group.items.keys());
    let unreached: AlbarettoError | undefined;
    try {
      for (const reference of referencesOf(group.source, group.task, [...group.runs], this.#context)) {
        try {
          left = await this.#attempt(group, reference, place, left, fetched);
        } catch (thrown) {
          unreached = this.#unreached(thrown, group);
          left = without(left, fetched);
        }
        if (left.size === 0 || this.#dryRun) break;
      }
      if (unreached !== undefined && left.size > 0) throw unreached;
      return { fetched, gone: this.#dryRun ? NONE : left };
    } catch (thrown) {
      const error = asAlbarettoError(thrown, this.#context.signal);
      if (error.code === 'E_INTERRUPTED') throw error;
      this.#tell(error, group);
      return { fetched, gone: NONE };
    }
  }

  /**
   * Answers those that the service does not have by this reference.
   * @throws every failure of the whole command but a service's E_NOT_FOUND.
   */
  async #attempt(
    group: RepairGroup,
    reference: string | undefined,
    place: Place,
    wanted: ReadonlySet<string>,
    fetched: Set<string>,
  ): Promise<Set<string>> {
    const { uniqueNames } = this.#context.session.runtime.registry.sink(place.sink).capabilities;
    const [newest] = await this.#catalog.runs({ limit: 1 });
    const others = new Set<string>();
    let outcome: Outcome;
    try {
      outcome = await rerun(
        {
          ...group,
          reference,
          only: wanted,
          place,
          again: true,
          dryRun: this.#dryRun,
          layout: (usual) => {
            const known = (item: { readonly id: string }) => {
              fetched.add(item.id);
              return group.items.get(item.id) ?? [];
            };
            return withKnownNames(usual, known, uniqueNames, ({ id }) => others.add(id));
          },
        },
        this.#context,
      );
    } catch (thrown) {
      const error = asAlbarettoError(thrown, this.#context.signal);
      if (error.code !== 'E_NOT_FOUND') throw error;
      // A folder that is not there is moved, or on a disk that is: nothing is known of what lies in it.
      if (this.#isFolder(group)) throw error;
      return without(wanted, fetched);
    }
    const failures = await this.#failuresSince(newest?.id ?? 0, group.source, wanted);
    // Another try, which does not know what was saved, would put them where they are not wanted.
    await this.#catalog.clearFailures(failures.filter(({ item }) => others.has(item)).map(({ id }) => id));
    const failed = new Set(failures.filter(({ code }) => code !== 'E_NOT_FOUND').map(({ item }) => item));
    // A failure that was not written down could be that of any of them: then nothing is known to be gone.
    if (outcome.failures.length > failures.length) return new Set();
    return without(without(wanted, fetched), failed);
  }

  /** Where one folder cannot be read, another one may have it. */
  #unreached(thrown: unknown, group: RepairGroup): AlbarettoError {
    const error = asAlbarettoError(thrown, this.#context.signal);
    if (error.code === 'E_INTERRUPTED' || !this.#isFolder(group)) throw error;
    return error;
  }

  #isFolder({ source }: RepairGroup): boolean {
    return this.#context.session.runtime.registry.source(source).capabilities.folders === true;
  }

  async #failuresSince(run: number, source: string, items: ReadonlySet<string>): Promise<readonly Failure[]> {
    const failures = await this.#catalog.failures('all');
    return failures.filter((failure) => failure.run > run && failure.source === source && items.has(failure.item));
  }

  /** It is not to be tried again, and not to be looked for. */
  async #settleGone(files: readonly SavedFile[]): Promise<void> {
    if (files.length === 0) return;
    const { reporter, now } = this.#context.session.runtime;
    await this.#catalog.setState(
      files.map(({ id }) => id),
      'gone',
      new Date(now()),
    );
    for (const file of files) reporter.emit(checkedEvent(file, 'gone'));
    const keys = new Set(files.map(({ source, item }) => JSON.stringify([source, item])));
    const failures = await this.#catalog.failures('all');
    const settled = failures.filter(
      ({ source, item, code }) => code === 'E_NOT_FOUND' && keys.has(JSON.stringify([source, item])),
    );
    await this.#catalog.clearFailures(settled.map(({ id }) => id));
  }

  /** How many of these files are whole now, by reading them. */
  async #countWhole(place: Place, files: readonly SavedFile[]): Promise<number> {
    if (files.length === 0) return 0;
    const ids = new Set(files.map(({ id }) => id));
    const rows: SavedFile[] = [];
    for (const source of new Set(files.map((file) => file.source))) {
      const found = await this.#rowsOf(
        place,
        source,
        files.filter((file) => file.source === source),
      );
      for (const ofItem of found.values()) rows.push(...ofItem.filter(({ id }) => ids.has(id)));
    }
    const { files: looked, bad, failures } = await verifyFiles(rows, place, this.#catalog, this.#context);
    this.failures.push(...failures);
    return looked - bad.length;
  }

  #tell(error: AlbarettoError, { source, task }: Pick<RepairGroup, 'source' | 'task'>): void {
    this.failures.push(error);
    const { code, retryable } = error;
    const { reporter } = this.#context.session.runtime;
    reporter.emit({ event: 'failed', stage: 'fetch', source, task, code, message: error.describe(), retryable });
  }
}

function without(items: ReadonlySet<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...items].filter((item) => !others.has(item)));
}
