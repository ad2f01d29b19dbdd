/**
 * One run of a job, as the catalog keeps it: what is at the destination already is not fetched again, what is saved is
 * recorded after the sink's receipt, what failed can be run again.
 *
 * The catalog is the program's memory, not its conscience: where it cannot be used the run says so and goes on without it,
 * because a store that is given the same bytes twice makes no second file either.
 */

import { createHash } from 'node:crypto';
import type { Catalog, EndState, FileRole, NewFailure, NewSavedFile, Run } from '../archive/catalog/catalog.js';
import { type AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Item } from '../model.js';
import type { Store } from '../plugin.js';
import { printable } from '../printable.js';
import type { Session } from '../session.js';
import type { Fetched } from '../transfer/fetch.js';
import type { SavedFile as StoredFile } from '../transfer/save.js';
import type { ArchivedMedia } from './archived.js';
import { type KnownFiles, knownFiles, nothingKnown } from './known-files.js';
import { type ListingPlace, listingPlace, NO_PLACE } from './listing-place.js';

export interface JobFacts {
  readonly session: Session;
  readonly store: Store;
  readonly sink: string;
  /** What is done, in one unique form: the same for runs that do the same. */
  readonly subject: string;
  readonly source?: string | undefined;
  readonly references?: readonly string[] | undefined;
  /** The line as it was typed. */
  readonly command: string;
  /** Fetch and save again what is there. */
  readonly again: boolean;
  /** What `--layout` said. */
  readonly layout?: string | undefined;
  /** A run that finds nothing new leaves no trace: somebody looks every few minutes. */
  readonly idleRunsAreDropped?: boolean | undefined;
}

export interface Job {
  /** What is on record at the destination; of a run that does all again: nothing. */
  readonly known: KnownFiles;
  saved(fetched: Fetched, files: readonly StoredFile[]): Promise<void>;
  present(): void;
  /** Media that are there without being on record, and are from now on. */
  adopted(item: Item, media: ArchivedMedia): Promise<void>;
  /** Documents that were written for an item whose media are there, or (without one) for a whole task. */
  documented(of: Pick<Item, 'source' | 'taskId'> & Partial<Item>, files: readonly StoredFile[]): Promise<void>;
  failed(failure: {
    readonly item?: Item | undefined;
    readonly reference: string;
    /** Whose reference it is, where no item says so. */
    readonly source?: string | undefined;
    readonly stage: 'fetch' | 'save';
    readonly error: AlbarettoError;
  }): void;
  /** Whether the last run of this job walked its list to the end. */
  readonly continues: boolean;
  /** Where the last run of this job had come to, when it was interrupted. */
  readonly resumesAt: string | undefined;
  /** How far this run is through with its list. */
  readonly place: ListingPlace;
  /** The list is walked from its beginning. When this is over, that is on record: an earlier place says nothing any more. */
  restart(): Promise<void>;
  /** Writes what is still to be written. */
  end(state: EndState): Promise<void>;
}

/** Files recorded in one transaction, at most; and how long one waits for others: what a kill may cost. */
const BATCH = 500;
const BATCH_MILLISECONDS = 500;

/** @throws E_INTERRUPTED while another process is waited for. */
export async function beginJob(facts: JobFacts): Promise<Job> {
  const { session } = facts;
  try {
    const catalog = await session.catalog();
    return await CatalogedJob.begin(catalog, facts);
  } catch (thrown) {
    const error = asAlbarettoError(thrown);
    if (error.code === 'E_INTERRUPTED') throw error;
    session.runtime.reporter.emit({ event: 'warning', text: `${error.describe()}; this run is not recorded` });
    return UNRECORDED;
  }
}

const UNRECORDED: Job = {
  known: nothingKnown(),
  saved: async () => undefined,
  present: () => undefined,
  adopted: async () => undefined,
  documented: async () => undefined,
  failed: () => undefined,
  continues: false,
  resumesAt: undefined,
  place: listingPlace(undefined),
  restart: async () => undefined,
  end: async () => undefined,
};

/** The same for runs that do the same. */
export function jobKey(sink: string, destination: string, subject: string): string {
  return createHash('sha256')
    .update(JSON.stringify([sink, destination, subject]))
    .digest('base64url');
}

class CatalogedJob implements Job {
  readonly #catalog: Catalog;
  readonly #facts: JobFacts;
  readonly #run: number;
  readonly known: KnownFiles;
  readonly continues: boolean;
  readonly resumesAt: string | undefined;
  readonly place: ListingPlace;
  #files: NewSavedFile[] = [];
  #failures: NewFailure[] = [];
  #flushed: number;
  #totals = { saved: 0, present: 0, failed: 0, bytes: 0 };

  private constructor(catalog: Catalog, facts: JobFacts, run: number, known: KnownFiles, last: Run | undefined) {
    this.#catalog = catalog;
    this.#facts = facts;
    this.#run = run;
    this.known = known;
    this.continues = last?.state === 'complete';
    this.resumesAt = cursorOf(last);
    this.place = listingPlace(this.resumesAt);
    this.#flushed = facts.session.runtime.now();
  }

  static async begin(catalog: Catalog, facts: JobFacts): Promise<CatalogedJob> {
    const { session, store, sink, source } = facts;
    const job = jobKey(sink, store.location, facts.subject);
    const last = await catalog.lastRun(job);
    const run = await catalog.beginRun({
      job,
      command: session.runtime.redactor.clean(facts.command),
      ...(source === undefined ? {} : { source }),
      references: facts.references,
      sink,
      destination: store.location,
      layout: facts.layout,
      cursor: facts.again ? undefined : cursorOf(last),
      startedAt: new Date(session.runtime.now()),
    });
    const known = facts.again ? nothingKnown() : knownFiles(catalog, sink, store);
    return new CatalogedJob(catalog, facts, run, known, facts.again ? undefined : last);
  }

  async saved(fetched: Fetched, files: readonly StoredFile[]): Promise<void> {
    this.#totals.saved += 1;
    this.#totals.bytes += fetched.bytes.size;
    await this.#record(fetched.item, files);
  }

  documented(of: Pick<Item, 'source' | 'taskId'> & Partial<Item>, files: readonly StoredFile[]): Promise<void> {
    return this.#record(of, files);
  }

  adopted(item: Item, { name, location, size, sha256, mediaType }: ArchivedMedia): Promise<void> {
    this.#files.push({ ...this.#factsOf(item), role: 'media', name, location, size, sha256, mediaType });
    return this.#flushInTime();
  }

  async #record(of: Pick<Item, 'source' | 'taskId'> & Partial<Item>, files: readonly StoredFile[]): Promise<void> {
    let media = 0;
    for (const { role, name, receipt, sha256, mediaType, shared } of files) {
      const kind: FileRole = role === 'document' ? 'document' : media === 0 ? 'media' : 'companion';
      if (role === 'media') media += 1;
      this.#files.push({
        ...this.#factsOf(shared ? { source: of.source, taskId: of.taskId } : of),
        role: kind,
        name,
        sha256,
        ...(receipt.digest.algorithm === 'md5' ? { md5: receipt.digest.hex } : {}),
        size: receipt.size,
        mediaType,
        location: receipt.location,
      });
    }
    await this.#flushInTime();
  }

  #factsOf(item: Pick<Item, 'source' | 'taskId'> & Partial<Item>) {
    const { store, sink, session } = this.#facts;
    return {
      source: item.source,
      task: item.taskId,
      item: item.id ?? '',
      index: item.index ?? 0,
      prompt: item.generation?.prompt,
      title: item.title,
      itemCreatedAt: item.createdAt,
      sink,
      destination: store.location,
      savedAt: new Date(session.runtime.now()),
      run: this.#run,
    };
  }

  async #flushInTime(): Promise<void> {
    const due = this.#facts.session.runtime.now() - this.#flushed > BATCH_MILLISECONDS;
    if (this.#files.length >= BATCH || due) await this.#flush();
  }

  present(): void {
    this.#totals.present += 1;
  }

  failed({ item, reference, source, stage, error }: Parameters<Job['failed']>[0]): void {
    this.#totals.failed += 1;
    this.place.stop();
    const message = this.#facts.session.runtime.redactor.clean(printable(error.describe(), 1000));
    this.#failures.push({
      source: item?.source ?? source ?? this.#facts.source ?? '',
      task: item?.taskId ?? '',
      item: item?.id ?? '',
      index: item?.index ?? 0,
      reference,
      stage,
      code: error.code,
      message,
    });
  }

  restart(): Promise<void> {
    this.place.restart();
    return this.#flush();
  }

  async end(state: EndState): Promise<void> {
    const idle = this.#totals.saved + this.#totals.failed + this.#files.length === 0;
    await this.#flush(state);
    if (idle && this.continues && state === 'complete' && this.#facts.idleRunsAreDropped === true) {
      await this.#catalog.dropRun(this.#run);
    }
  }

  async #flush(state?: EndState): Promise<void> {
    const files = this.#files.splice(0);
    const failures = this.#failures.splice(0);
    this.#flushed = this.#facts.session.runtime.now();
    const { cursor } = this.place;
    await this.#catalog.advanceRun(this.#run, { ...this.#totals, cursor, files, failures, state });
  }
}

/** A run that came to its end needs no place to go on at, and one that failed may have failed at that very place. */
function cursorOf(last: Run | undefined): string | undefined {
  return last?.state === 'interrupted' && last.cursor !== NO_PLACE ? last.cursor : undefined;
}
