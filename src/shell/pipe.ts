/** `fetch … | save …`: one pipeline, in which saving begins when the first item is there. */

import { linkedAbort } from '../abort.js';
import { type AlbarettoError, asAlbarettoError, usageError } from '../errors.js';
import type { Item } from '../model.js';
import type { Store } from '../plugin.js';
import { pluginOptions } from '../plugin-options.js';
import type { Fetched } from '../transfer/fetch.js';
import type { Outgoing } from '../transfer/save.js';
import { flag, type Invocation, listOption, type Outcome, textOption } from './command.js';
import { dryRunItems, failuresOf, fetchStage, type StageResult } from './commands/fetch.js';
import { planSave, reportPlanned, type SavePlan } from './commands/save.js';
import { planFetch } from './fetch-plan.js';
import type { Job } from './job.js';
import { type JobControl, type JobSubject, jobOf } from './job-control.js';
import type { Present } from './known-files.js';
import { runLimits } from './limits.js';
import type { FetchPlan } from './listing.js';
import { Meter, upstreamOf } from './meter.js';
import { lookInto } from './presence.js';
import { type Keeper, saveStage } from './save-stage.js';
import { describeDestination, openTarget, type Target } from './target.js';
import { TaskTracker } from './task-tracker.js';

/**
 * Only this fetch's items are saved and the buffer stays as it was, but whatever was fetched and could not be saved joins
 * it. The destination is opened, and a sign-in asked for, before anything is fetched.
 */
export async function runPipe(from: Invocation, to: Invocation): Promise<Outcome> {
  const fetchPlan = await planFetch(from);
  const savePlan = planSave(to);
  const { session } = from;
  if (to.words.length > 1)
    throw usageError('a save in a pipe takes no items', 'it saves what the fetch before it gets; -g chooses there');
  if (fetchPlan.dryRun || savePlan.dryRun) {
    const destination = await describeDestination(savePlan, session);
    let count = 0;
    for await (const item of dryRunItems(fetchPlan, from)) {
      const layout = await savePlan.layouts.of(item.source);
      reportPlanned(item, layout.nameOf(item), destination, session);
      count += 1;
    }
    return { succeeded: count, failures: fetchPlan.badLines };
  }
  const target = await openTarget(savePlan, to);
  const jobs = jobOf(savePlan, to, subjectOf(fetchPlan, from, to));
  return jobs.conclude(() => transfer({ fetchPlan, savePlan, target, jobs }, from, to));
}

/** What makes two pipes the same job: the same things from the same sources to the same place. */
function subjectOf(plan: FetchPlan, from: Invocation, to: Invocation): JobSubject {
  const references = plan.references.map(({ source, reference }) => `${source.name}:${reference}`);
  const [only] = plan.references;
  const folder = textOption(to.options, 'new') ?? '';
  const ifRunning = textOption(to.options, 'if-running') ?? 'wait';
  if (ifRunning !== 'wait' && ifRunning !== 'leave') throw usageError('--if-running is wait or leave');
  return {
    subject: JSON.stringify([
      plan.all ?? '',
      references,
      listOption(from.options, 'generation'),
      folder,
      [...(plan.only ?? [])].sort(),
      ...plan.filter.words,
      ...(Number.isFinite(plan.limit) ? [`limit ${plan.limit}`] : []),
      ...(to.options.layout === undefined ? [] : [`layout ${textOption(to.options, 'layout')}`]),
      // What is there without its documents is not all that a run with them is to write.
      ...(flag(to.options, 'no-metadata') ? ['no-metadata'] : []),
      ...optionsOfSubject(plan, from),
    ]),
    command:
      `fetch ${plan.all === undefined ? [...from.words, ...filesOf(from)].join(' ') : '--all'} | save ${to.words.join(' ')}`.trimEnd(),
    source: plan.all ?? (references.length === 1 ? only?.source.name : undefined),
    references: plan.references.map(({ reference }) => reference),
    again: flag(from.options, 'again'),
    idleRunsAreDropped: from.look !== undefined,
    ifRunning,
  };
}

/** Options of a source decide what its list holds. */
function optionsOfSubject({ all, references, sourceOptions }: FetchPlan, { session }: Invocation): string[] {
  const { registry } = session.runtime;
  const sources = new Set(all === undefined ? references.map(({ source }) => source) : [registry.source(all)]);
  return [...sources].flatMap((source) =>
    Object.entries(pluginOptions(source, session.runtime, sourceOptions)).map(
      ([name, value]) => `option ${source.name}.${name} ${value}`,
    ),
  );
}

function filesOf({ options }: Invocation): string[] {
  return listOption(options, 'from-file').map((path) => `--from-file ${path}`);
}

interface Transfer {
  readonly fetchPlan: FetchPlan;
  readonly savePlan: SavePlan;
  readonly target: Target;
  readonly jobs: JobControl;
}

async function transfer(
  { fetchPlan, savePlan, target, jobs }: Transfer,
  from: Invocation,
  to: Invocation,
): Promise<Outcome> {
  const { session } = from;
  const meter = new Meter('save', session.runtime);
  const failures: AlbarettoError[] = [];
  const unsettled = new Set<Fetched>();
  const waiting: Parameters<Job['failed']>[0][] = [];
  const fetching = linkedAbort(from.signal);
  const limits = runLimits(to.options, session.runtime.now);
  // What is urgent comes first, whatever its task.
  const tracker = new TaskTracker(savePlan.layouts.of, listsWhole(fetchPlan) && from.look === undefined);
  const known = await lookInto(savePlan, target, jobs, from);
  let broken: AlbarettoError | undefined;
  let refused = false;
  let cut = false;

  /** Ends quietly when fetching fails as a whole, so that what is on its way is still saved and told. */
  async function* outgoing(): AsyncGenerator<Outgoing<Present>> {
    try {
      const onCut = (item: Item) => tracker.failed(item);
      const { look } = from;
      const plan = { ...fetchPlan, known: known?.known, pass: known?.pass, onCut, ...lookOptions(look) };
      const results = fetchStage(
        plan,
        { ...from, signal: fetching.signal },
        upstreamOf(meter),
        session.holding.openForPipe,
      );
      for await (const result of results) {
        failures.push(...failuresOf(result));
        if (result.kind === 'failed') await note(result);
        else if (result.kind === 'passed') yield { place: known!.take(result.item) };
        else {
          look?.found(result.fetched.item);
          if (result.missing.length > 0) await leftOut(result.fetched.item);
          unsettled.add(result.fetched);
          limits.count(result.fetched.bytes.size);
          yield result.fetched;
        }
        if (!limits.reached()) continue;
        cut = true;
        jobs.cutShort();
        session.runtime.reporter.emit({ event: 'notice', text: `${limits.reached()}; the same again goes on here` });
        return;
      }
    } catch (thrown) {
      cut = true;
      if (!refused) broken = asAlbarettoError(thrown, from.signal);
    }
  }

  async function note(result: StageResult & { kind: 'failed' }): Promise<void> {
    const item = 'item' in result ? result.item : undefined;
    if (item !== undefined) {
      tracker.failed(item);
      from.look?.failed(item, result.error);
    }
    if ('after' in result && result.after !== undefined) tracker.failed(result.after);
    const whole = 'reference' in result ? result.reference : undefined;
    // A line that is no reference is none in the next run either: there is nothing to try again.
    if (item === undefined && whole === undefined) return;
    const reference = item?.taskId ?? whole?.reference ?? from.words[0] ?? '';
    const failure = { item, reference, source: whole?.source.name, stage: 'fetch', error: result.error } as const;
    // The folder of `--new` is not made for the sake of a failure: it waits for the first item.
    const job = await jobs.current();
    if (job === undefined) waiting.push(failure);
    else job.failed(failure);
  }

  /** Something of the item is missing: its task is not whole, and the next run must come upon it again. */
  async function leftOut(item: Item): Promise<void> {
    tracker.failed(item);
    (await jobs.current())?.place.stop();
  }

  const begin = async (store: Store): Promise<Job> => {
    const job = await jobs.begin(store);
    for (const failure of waiting.splice(0)) job.failed(failure);
    return job;
  };

  let outcome: Outcome;
  try {
    const keeper: Keeper = {
      saved: async (item) => {
        from.look?.saved(item.item);
        unsettled.delete(item);
        // One that was in the buffer before stays there.
        if (session.buffer.find(item.item) !== item) await session.holding.release(item);
      },
      // A destination that is full ends the fetching too.
      failed: (_item, error) => {
        if (error.reach !== 'run') return;
        refused = true;
        fetching.abort();
      },
    };
    outcome = await saveStage(
      {
        ...{ plan: savePlan, target, job: begin, meter, keeper, tracker, isWhole: () => !cut },
        isLook: from.look !== undefined,
        folders: known?.folders,
      },
      outgoing(),
      to,
    );
  } finally {
    fetching.release();
    for (const item of unsettled) await session.hold(item);
  }
  if (broken !== undefined) throw broken;
  return { succeeded: outcome.succeeded, failures: [...failures, ...outcome.failures] };
}

function lookOptions(look: Invocation['look']): Partial<FetchPlan> {
  if (look === undefined) return {};
  return {
    urgentFirst: true,
    reach: look.reach,
    onAbsent: (task) => look.absent(task),
    isSettled: (task) => look.isSettled(task),
  };
}

/** Whether everything that a task lists is asked for. */
function listsWhole(plan: FetchPlan): boolean {
  return plan.selection === undefined && plan.only === undefined && !plan.filter.active;
}
