/** What failed in earlier runs, run again. */

import type { Catalog, Failure, Run } from '../archive/catalog/catalog.js';
import { AlbarettoError, asAlbarettoError } from '../errors.js';
import { printable } from '../printable.js';
import type { Invocation, Outcome } from './command.js';
import { fetchCommand } from './commands/fetch.js';
import type { Place } from './places.js';
import { referencesOf, rerun, runsById } from './rerun.js';

/** What one command runs again. */
export interface RetryGroup {
  readonly source: string;
  /** In the form that `Source.open` takes. */
  readonly reference: string;
  /** The run in which it failed. */
  readonly run: Run | undefined;
  readonly failures: readonly Failure[];
}

/** The failures of the newest run that has any, or of all runs, by destination and reference, in the order in which they failed. */
export async function retryGroups(catalog: Catalog, of: 'last' | 'all'): Promise<readonly RetryGroup[]> {
  const failures = await catalog.failures(of);
  const runs = await runsById(
    failures.map(({ run }) => run),
    catalog,
  );
  const groups = new Map<string, RetryGroup & { readonly failures: Failure[] }>();
  for (const failure of failures) {
    const run = runs.get(failure.run);
    const { source, reference } = failure;
    const key = JSON.stringify([run?.sink, run?.destination, source, reference]);
    const group = groups.get(key) ?? { source, reference, run, failures: [] };
    group.failures.push(failure);
    groups.set(key, group);
  }
  return [...groups.values()];
}

export class Retrier {
  readonly #catalog: Catalog;
  readonly #context: Pick<Invocation, 'session' | 'signal'>;
  readonly #dryRun: boolean;

  constructor(catalog: Catalog, context: Pick<Invocation, 'session' | 'signal'>, dryRun: boolean) {
    this.#catalog = catalog;
    this.#context = context;
    this.#dryRun = dryRun;
  }

  /**
   * A failure of the group as a whole is told and answered.
   * @throws E_INTERRUPTED
   */
  async retry(group: RetryGroup): Promise<Outcome> {
    try {
      const [newest] = await this.#catalog.runs({ limit: 1 });
      const outcome = await this.#run(group, newest?.id ?? 0);
      if (this.#dryRun) return outcome;
      const lost = await this.#settle(group, outcome, newest?.id ?? 0);
      return { succeeded: outcome.succeeded, failures: [...outcome.failures, ...lost] };
    } catch (thrown) {
      const error = asAlbarettoError(thrown, this.#context.signal);
      if (error.code === 'E_INTERRUPTED') throw error;
      this.#tell(error, { source: group.source });
      return { succeeded: 0, failures: [error.with({ reach: 'item' })] };
    }
  }

  /** By one reference after the other, for what the last one did not lead to. */
  async #run(group: RetryGroup, before: number): Promise<Outcome> {
    const { source, reference, run, failures } = group;
    const references = referencesOf(source, reference, run === undefined ? [] : [run], this.#context);
    // Where the reference failed as a whole nobody knows its items.
    const whole = failures.some(({ item }) => item === '');
    if (whole) return this.#runBy(references[0], group, undefined);
    const all = { succeeded: 0, failures: [] as AlbarettoError[] };
    let left = new Set(failures.map(({ item }) => item));
    let unreached: AlbarettoError | undefined;
    for (const one of references) {
      try {
        const outcome = await this.#runBy(one, group, left);
        all.succeeded += outcome.succeeded;
        all.failures.push(...outcome.failures);
      } catch (thrown) {
        unreached = asAlbarettoError(thrown, this.#context.signal);
        if (unreached.code === 'E_INTERRUPTED') throw unreached;
      }
      if (!this.#dryRun) left = await this.#notListed(group, left, before);
      if (left.size === 0 || (this.#dryRun && all.succeeded >= left.size)) return all;
    }
    if (unreached === undefined) return all;
    if (all.succeeded === 0) throw unreached;
    this.#tell(unreached, { source });
    return { ...all, failures: [...all.failures, unreached.with({ reach: 'item' })] };
  }

  async #runBy(
    reference: string | undefined,
    { source, run }: RetryGroup,
    only: ReadonlySet<string> | undefined,
  ): Promise<Outcome> {
    if (run?.sink === undefined || run.destination === undefined) {
      const options = { source, all: reference === undefined, 'dry-run': this.#dryRun };
      return fetchCommand.run({ ...this.#context, words: reference === undefined ? [] : [reference], options, only });
    }
    const { sink, destination } = run;
    const metadata = await this.#hasSidecars(run);
    return rerun(
      {
        ...{ source, reference, only, place: { sink, destination }, again: false, metadata },
        ...{ asked: run.layout, dryRun: this.#dryRun },
      },
      this.#context,
    );
  }

  /** Those of the items that have neither come nor failed once more. */
  async #notListed(group: RetryGroup, items: ReadonlySet<string>, before: number): Promise<Set<string>> {
    const { source, run } = group;
    const again = (await this.#catalog.failures('all')).filter((one) => one.run > before && one.source === source);
    const settled = new Set(again.map(({ item }) => item));
    const { buffer } = this.#context.session;
    const isThere =
      run?.sink === undefined || run.destination === undefined
        ? (item: string) => buffer.holds(source, item)
        : await this.#thereAt({ sink: run.sink, destination: run.destination }, source, [...items]);
    return new Set([...items].filter((item) => !settled.has(item) && !isThere(item)));
  }

  async #thereAt(place: Place, source: string, items: readonly string[]): Promise<(item: string) => boolean> {
    const rows = await this.#catalog.find({ ...place, source, items });
    return (item) => rows.get(item)?.some(({ state }) => state === 'saved') === true;
  }

  /** Whether the run wrote sidecars, as far as it saved anything. */
  async #hasSidecars({ id }: Run): Promise<boolean> {
    const counts = new Map((await this.#catalog.countBy('role', { run: id })).map(({ key, files }) => [key, files]));
    return !counts.has('media') || counts.has('document');
  }

  /**
   * What is saved, or failed once more, the catalog has noted by itself. What is left was there already, or its service
   * lists it no more: no try will ever change that.
   */
  async #settle(
    { source, run, failures }: RetryGroup,
    outcome: Outcome,
    before: number,
  ): Promise<readonly AlbarettoError[]> {
    if (run?.sink === undefined || run.destination === undefined) return this.#settleFetched(source, failures, outcome);
    const { sink, destination } = run;
    const items = failures.map(({ item }) => item).filter((item) => item !== '');
    const isThere = await this.#thereAt({ sink, destination }, source, items);
    await this.#letGo(source, items.filter(isThere));
    const now = await this.#catalog.failures('all');
    const open = new Set(now.map(({ id }) => id));
    const left = failures.filter(({ id }) => open.has(id));
    // A failure that was not written down could be that of any of them: then nothing more is known of those that are left.
    const noted = now.filter((failure) => failure.run > before && failure.source === source).length;
    const settled = outcome.failures.length > noted ? [] : left.filter(({ item }) => item !== '' || noted === 0);
    await this.#catalog.clearFailures(settled.map(({ id }) => id));
    return this.#tellLost(settled.filter(({ item }) => item !== '' && !isThere(item)));
  }

  /**
   * What has come into the buffer is settled when it is saved. A reference that failed as a whole is none of it, and what
   * its service lists no more never comes. Where something failed once more, that may be any of them.
   */
  async #settleFetched(
    source: string,
    failures: readonly Failure[],
    outcome: Outcome,
  ): Promise<readonly AlbarettoError[]> {
    if (outcome.failures.length > 0) return [];
    const { buffer } = this.#context.session;
    const settled = failures.filter(({ item }) => item === '' || !buffer.holds(source, item));
    await this.#catalog.clearFailures(settled.map(({ id }) => id));
    return this.#tellLost(settled.filter(({ item }) => item !== ''));
  }

  #tellLost(failures: readonly Failure[]): readonly AlbarettoError[] {
    return failures.map((failure) => {
      const error = notListed(failure);
      this.#tell(error, { source: failure.source, task: failure.task, id: failure.item, index: failure.index });
      return error;
    });
  }

  /** What could not be saved before waited in the buffer of this session. */
  async #letGo(source: string, items: readonly string[]): Promise<void> {
    const { session } = this.#context;
    for (const fetched of session.buffer.all()) {
      if (fetched.item.source === source && items.includes(fetched.item.id)) await session.letGo(fetched);
    }
  }

  #tell(error: AlbarettoError, facts: { source: string; task?: string; id?: string; index?: number }): void {
    const { code, retryable } = error;
    const { reporter } = this.#context.session.runtime;
    reporter.emit({ event: 'failed', stage: 'fetch', ...facts, code, message: error.describe(), retryable });
  }
}

function notListed({ source, reference }: Failure): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `${printable(reference, 100)} does not have it any more`,
    hint: 'it is not tried again',
    plugin: source,
  });
}
