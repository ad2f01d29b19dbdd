import { type AlbarettoError, asAlbarettoError } from '../../errors.js';
import type { Item } from '../../model.js';
import type { Recognised } from '../../recognise.js';
import { type FetchResult, fetchItems } from '../../transfer/fetch.js';
import type { SpoolWriter } from '../../transfer/spool.js';
import { byteLimit, numberLimit, type OpenSource, retryOptions } from '../../wiring.js';
import type { Command, Invocation, Outcome } from '../command.js';
import { FETCH_OPTIONS, planFetch } from '../fetch-plan.js';
import { fetchRecord } from '../fetch-record.js';
import { factsOf, reportFailure, reportFetched, reportNothing } from '../fetch-report.js';
import { type Budget, type FetchPlan, groupsOf } from '../listing.js';
import { type Counter, Meter } from '../meter.js';

export const fetchCommand: Command = {
  name: 'fetch',
  summary: 'get the items of a task into the buffer',
  usage: '<reference…> [-g <n>]… [--source <name>] [--all] [--from-file <path>] [--limit <n>]',
  options: FETCH_OPTIONS,
  takesSourceOptions: true,
  pipe: 'from',
  details: [
    "'fetch … | save …' saves while it fetches; 'fetch … > folder' means the same as 'fetch … | save folder'.",
    'A reference is an id, an id with its source before it (dalle2:task-…) or a URL.',
  ],
  async run(invocation) {
    const { session } = invocation;
    const failures: AlbarettoError[] = [];
    let succeeded = 0;
    const plan = await planFetch(invocation);
    if (plan.dryRun) {
      for await (const item of dryRunItems(plan, invocation)) {
        session.planned.push(item);
        succeeded += 1;
      }
      return { succeeded, failures: plan.badLines };
    }
    const meter = new Meter('fetch', session.runtime);
    const record = fetchRecord(plan, invocation);
    try {
      for await (const result of fetchStage(
        { ...plan, onCut: record.cut },
        invocation,
        meter,
        session.holding.openForBuffer,
      )) {
        failures.push(...failuresOf(result));
        record.note(result);
        if (result.kind !== 'fetched') continue;
        await session.hold(result.fetched);
        succeeded += 1;
      }
      record.end();
    } finally {
      meter.finish();
      await record.write();
    }
    return { succeeded, failures } satisfies Outcome;
  },
};

/** A {@link FetchResult}, or one of several references that failed as a whole. */
export type StageResult =
  | FetchResult
  | {
      readonly kind: 'failed';
      readonly error: AlbarettoError;
      readonly reference?: Recognised | undefined;
      /** What its list brought last, where it failed behind that: there is more of this item's task. */
      readonly after?: Item | undefined;
    };

/** What of a result failed; an item may be here without all of its companions. */
export function failuresOf(result: StageResult): readonly AlbarettoError[] {
  if (result.kind === 'passed') return [];
  return result.kind === 'failed' ? [result.error] : result.missing;
}

/**
 * Fetches and reports, item by item in display order. Shared by `fetch` and by the pipe, which hands the results on.
 * What fails as a whole (a task that is not there, a refused token) is thrown; one reference of several that is not there
 * does not keep the others from being fetched.
 */
export async function* fetchStage(
  plan: FetchPlan,
  invocation: Invocation,
  meter: Counter,
  openSpool: () => SpoolWriter,
): AsyncGenerator<StageResult> {
  const { session, signal } = invocation;
  const budget = { left: plan.limit };
  const fetching: Fetching = { ...invocation, openSpool, downHosts: new Set() };
  try {
    for (const error of plan.badLines) {
      meter.failed(error.code);
      reportFailure(error, {}, session);
      yield { kind: 'failed', error };
    }
    for (const part of partsOf(plan)) {
      const progress: Progress = { last: undefined, task: undefined, results: 0 };
      try {
        yield* fetchPart(part, fetching, meter, budget, progress);
        if (progress.results === 0 && invocation.look === undefined) reportNothing(part, progress.task, session);
      } catch (thrown) {
        const error = asAlbarettoError(thrown, signal);
        // What failed behind items that came is one failure among them.
        const isAlone = part === plan && (progress.results === 0 || part.references.length === 0);
        if (isAlone || error.reach === 'run') throw error;
        meter.failed(error.code);
        reportFailure(error, {}, session);
        yield { kind: 'failed', error, reference: part.references[0], after: progress.last };
      }
      if (budget.left <= 0) return;
    }
  } finally {
    session.runtime.reporter.idle();
  }
}

/** An invocation with the place where its bytes go. */
interface Fetching extends Invocation {
  readonly openSpool: () => SpoolWriter;
  /** Those that gave no answer, for the whole command. */
  readonly downHosts: Set<string>;
}

/** A plan for each reference, or the plan itself where there is one. */
function partsOf(plan: FetchPlan): readonly FetchPlan[] {
  return plan.references.length < 2 && plan.badLines.length === 0
    ? [plan]
    : plan.references.map((reference) => ({ ...plan, references: [reference] }));
}

/** How far the list of one reference has brought its results. */
interface Progress {
  /** Of the group whose items are being fetched. */
  last: Item | undefined;
  task: string | undefined;
  results: number;
}

async function* fetchPart(
  plan: FetchPlan,
  invocation: Fetching,
  meter: Counter,
  budget: Budget,
  progress: Progress,
): AsyncGenerator<FetchResult> {
  for await (const group of groupsOf(plan, invocation, budget)) {
    progress.last = undefined;
    progress.task = group.task;
    meter.expect(group.count);
    const options = {
      ...fetchOptions(invocation, group.opened, meter),
      ...(plan.pass === undefined ? {} : { pass: plan.pass }),
    };
    for await (const result of fetchItems(group.items, group.opened.source, options)) {
      reportFetched(result, meter, invocation.session);
      progress.results += 1;
      progress.last = result.kind === 'fetched' ? result.fetched.item : result.item;
      yield result;
    }
    progress.last = undefined;
  }
}

/**
 * What `--dry-run` would fetch, told and answered; lists are read, media are not. Lines of a file that are no reference are
 * told too; whoever asks counts them among the failures.
 */
export async function* dryRunItems(plan: FetchPlan, invocation: Invocation): AsyncGenerator<Item> {
  const { reporter } = invocation.session.runtime;
  for (const error of plan.badLines) reportFailure(error, {}, invocation.session);
  let found = false;
  let last: string | undefined;
  try {
    for await (const group of groupsOf(plan, invocation, { left: plan.limit })) {
      last = group.task;
      for await (const item of group.items) {
        found = true;
        reporter.emit({ event: 'would-fetch', ...factsOf(item), mediaType: item.mediaType, size: item.size });
        yield item;
      }
    }
    if (!found) reportNothing(plan, last, invocation.session);
  } finally {
    reporter.idle();
  }
}

/** So many times the transfers may wait in the queue, done, for one that takes long. */
const AHEAD = 3;

function fetchOptions({ session, signal, openSpool, downHosts }: Fetching, opened: OpenSource, meter: Counter) {
  const { runtime } = session;
  const concurrency = Math.min(runtime.tuning.transfers, opened.descriptor.capabilities.concurrency);
  return {
    client: opened.client,
    plugin: opened.descriptor.name,
    trusted: opened.trusted,
    maxBytes: byteLimit(runtime, 'itemBytes', 1024),
    maxPixels: numberLimit(runtime, 'pixels'),
    retry: retryOptions(runtime),
    signal,
    now: runtime.now,
    openSpool,
    downHosts,
    concurrency,
    ahead: AHEAD * concurrency,
    hasRoom: session.holding.hasPipeRoom,
    find: (item: Item) => session.buffer.find(item),
    onBytes: (count: number) => meter.moved(count),
  };
}
