/**
 * One run of a job, as the catalog keeps it: what is at the destination already is not fetched again, what is saved is
 * recorded after the sink's receipt, what failed can be run again.
 *
 * The catalog is the program's memory, not its conscience: where it cannot be used the run says so and goes on without it,
 * because a store that is given the same bytes twice makes no second file either.
 */

import { createHash } from 'node:crypto';
import type { Catalog, EndState, FileRole, NewFailure, NewSavedFile, SavedFile } from '../archive/catalog/catalog.js';
import { type AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Item } from '../model.js';
import type { Store } from '../plugin.js';
import { printable } from '../printable.js';
import type { Session } from '../session.js';
import type { Fetched } from '../transfer/fetch.js';
import type { SavedFile as StoredFile } from '../transfer/save.js';

/** An item whose files are at the destination already. */
export interface Present {
  readonly item: Item;
  /** Its own file first. */
  readonly files: readonly SavedFile[];
}

export interface JobFacts {
  readonly session: Session;
  readonly store: Store;
  readonly sink: string;
  /** What is done, in one unique form: the same for runs that do the same. */
  readonly subject: string;
  readonly source?: string | undefined;
  readonly reference?: string | undefined;
  /** The line as it was typed. */
  readonly command: string;
  /** Fetch and save again what is there. */
  readonly again: boolean;
}

export interface Job {
  /** The item's files, when they are all still there; asked once an item. */
  presence(item: Item): Promise<Present | undefined>;
  saved(fetched: Fetched, files: readonly StoredFile[]): Promise<void>;
  present(): void;
  failed(failure: {
    readonly item?: Item | undefined;
    readonly reference: string;
    readonly stage: 'fetch' | 'save';
    readonly error: AlbarettoError;
  }): void;
  /** Whether the last run of this job walked its list to the end. */
  readonly continues: boolean;
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
  presence: async () => undefined,
  saved: async () => undefined,
  present: () => undefined,
  failed: () => undefined,
  continues: false,
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
  readonly #known: ReadonlyMap<string, readonly SavedFile[]>;
  readonly continues: boolean;
  #files: NewSavedFile[] = [];
  #failures: NewFailure[] = [];
  #flushed: number;
  #totals = { saved: 0, present: 0, failed: 0, bytes: 0 };

  private constructor(
    catalog: Catalog,
    facts: JobFacts,
    run: number,
    known: ReadonlyMap<string, readonly SavedFile[]>,
    continues: boolean,
  ) {
    this.#catalog = catalog;
    this.#facts = facts;
    this.#run = run;
    this.#known = known;
    this.continues = continues;
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
      ...(facts.reference === undefined ? {} : { reference: facts.reference }),
      sink,
      destination: store.location,
      startedAt: new Date(session.runtime.now()),
    });
    const known = facts.again ? new Map<string, SavedFile[]>() : await knownItems(catalog, facts);
    return new CatalogedJob(catalog, facts, run, known, last?.state === 'complete');
  }

  async presence(item: Item): Promise<Present | undefined> {
    const files = this.#known.get(itemKey(item.source, item.id));
    if (files === undefined) return undefined;
    // The person took it away on purpose.
    if (files.every((file) => file.state === 'deleted')) return { item, files };
    const { store } = this.#facts;
    const media = files.filter((file) => file.role !== 'document');
    const companions = media.filter((file) => file.role === 'companion').length;
    if (store.inspect === undefined || media.length === 0 || companions < (item.companions?.length ?? 0))
      return undefined;
    const expected = files.map(({ name, location, size, sha256 }) => ({
      name,
      location,
      size,
      digests: [{ algorithm: 'sha256', hex: sha256 } as const],
    }));
    const conditions = await store.inspect(expected, { deep: false });
    return conditions.every((condition) => condition === 'whole') ? { item, files } : undefined;
  }

  async saved(fetched: Fetched, files: readonly StoredFile[]): Promise<void> {
    const { item } = fetched;
    const { store, sink, session } = this.#facts;
    this.#totals.saved += 1;
    this.#totals.bytes += fetched.bytes.size;
    let media = 0;
    for (const { role, receipt, sha256, mediaType } of files) {
      const kind: FileRole = role === 'document' ? 'document' : media === 0 ? 'media' : 'companion';
      if (role === 'media') media += 1;
      this.#files.push({
        source: item.source,
        task: item.taskId,
        item: item.id,
        index: item.index,
        role: kind,
        sha256,
        ...(receipt.digest.algorithm === 'md5' ? { md5: receipt.digest.hex } : {}),
        size: receipt.size,
        mediaType,
        prompt: item.generation.prompt,
        title: item.title,
        itemCreatedAt: item.createdAt,
        sink,
        destination: store.location,
        name: receipt.name,
        location: receipt.location,
        savedAt: new Date(session.runtime.now()),
        run: this.#run,
      });
    }
    if (this.#files.length >= BATCH || session.runtime.now() - this.#flushed > BATCH_MILLISECONDS) await this.#flush();
  }

  present(): void {
    this.#totals.present += 1;
  }

  failed({ item, reference, stage, error }: Parameters<Job['failed']>[0]): void {
    this.#totals.failed += 1;
    const message = this.#facts.session.runtime.redactor.clean(printable(error.describe(), 1000));
    this.#failures.push({
      source: item?.source ?? this.#facts.source ?? '',
      task: item?.taskId ?? '',
      item: item?.id ?? '',
      index: item?.index ?? 0,
      reference,
      stage,
      code: error.code,
      message,
    });
  }

  end(state: EndState): Promise<void> {
    return this.#flush(state);
  }

  async #flush(state?: EndState): Promise<void> {
    const files = this.#files.splice(0);
    const failures = this.#failures.splice(0);
    this.#flushed = this.#facts.session.runtime.now();
    await this.#catalog.advanceRun(this.#run, { ...this.#totals, files, failures, state });
  }
}

/**
 * What the catalog knows at this destination: read once, because asking for each item would cost a transaction each.
 * About 300 bytes a file.
 */
async function knownItems(catalog: Catalog, { sink, store, source }: JobFacts): Promise<Map<string, SavedFile[]>> {
  const known = new Map<string, SavedFile[]>();
  const filter = { sink, destination: store.location, ...(source === undefined ? {} : { source }) };
  for await (const file of catalog.search(filter)) {
    if (file.state !== 'saved' && file.state !== 'deleted') continue;
    const key = itemKey(file.source, file.item);
    const files = known.get(key);
    if (files === undefined) known.set(key, [file]);
    else files.push(file);
  }
  return known;
}

function itemKey(source: string, item: string): string {
  return `${source}\n${item}`;
}
