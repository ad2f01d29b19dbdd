/** `watch <source…> | save <destination>`: looks again and again for what is new, and saves it before it is lost. */

import { AlbarettoError, asAlbarettoError, usageError } from '../errors.js';
import { ownOptions, pluginOptions } from '../plugin-options.js';
import { printable } from '../printable.js';
import { parseDuration } from '../quantities.js';
import { formatDuration } from '../report/size.js';
import type { ParsedOptions } from '../runtime.js';
import type { Session } from '../session.js';
import { flag, type Invocation, type Outcome, textOption } from './command.js';
import { planSave } from './commands/save.js';
import { watchCommand } from './commands/watch.js';
import { runPipe } from './pipe.js';
import { typedOptions } from './source-options.js';
import { describeDestination } from './target.js';
import { Sight } from './watch-look.js';
import { type Remembered, type WatchMemory, watchMemory } from './watch-memory.js';
import { type Loss, Prospects, type Seen, SHORTEST } from './watch-prospects.js';

const DEFAULT_EVERY = '2m';
/** Where nothing new comes, the pauses grow up to so many times what was asked for. */
const MOST_PATIENCE = 4;
const GROWTH = 1.5;
/** A pause that took so much longer than it should have was a sleep of the machine. */
const SLEPT = 60_000;

/** What no later look can mend: the line itself is wrong, or nobody has said who we are to the storage. */
const FATAL: ReadonlySet<string> = new Set(['E_USAGE', 'E_NOT_GRANTED', 'E_INTERNAL', 'E_ALREADY_RUNNING']);

/**
 * @throws E_INTERRUPTED when it is stopped, which is how it ends; with `--once` what a look as a whole failed with. E_USAGE
 * for what can be known to be wrong before a request.
 */
export async function runWatch(from: Invocation, to: Invocation): Promise<Outcome> {
  const { session, signal } = from;
  const sources = sourcesOf(from);
  const { registry } = session.runtime;
  const typed = typedOptions(
    from.options,
    watchCommand.options,
    sources.map((source) => registry.source(source)),
    registry,
  );
  const every = Math.max(SHORTEST, parseDuration(textOption(from.options, 'every') ?? DEFAULT_EVERY, '--every'));
  const once = flag(from.options, 'once');
  const { runtime } = session;
  runtime.warned = new Set();
  let patience = 1;
  const prospects = new Prospects();
  const subject = await subjectOf(from, to);
  const memory = watchMemory(runtime, (source) =>
    // Also those of the configuration: what a list holds follows from them.
    JSON.stringify([subject, pluginOptions(registry.source(source), runtime, typed)]),
  );
  try {
    for (;;) {
      const seen: Seen[] = [];
      for (const source of prospects.byUrgency(sources)) {
        const found = await look({ source, typed, memory }, from, to);
        seen.push(found);
        prospects.note(found);
        for (const loss of found.lost) tellLost(source, loss, from);
        if (found.error !== undefined && FATAL.has(found.error.code)) throw found.error;
      }
      // Only who sees that there is nothing new has time: after an outage much may be about to be lost.
      patience = seen.every(isQuiet) ? Math.min(MOST_PATIENCE, patience * GROWTH) : 1;
      const pause = prospects.pause(every * patience, runtime.now());
      tell(seen, once ? undefined : runtime.now() + pause, from);
      if (once) return outcomeOf(seen);
      await rest(pause, from);
    }
  } finally {
    runtime.warned = undefined;
    if (signal.aborted) {
      runtime.reporter.idle();
      runtime.reporter.emit({ event: 'notice', text: 'watching has ended; the same again goes on where it was' });
    }
  }
}

/** @throws E_USAGE for what would not be one place at every look. */
async function subjectOf(from: Invocation, to: Invocation): Promise<string> {
  const plan = planSave(to);
  if (plan.folder !== undefined)
    throw usageError('watch saves to one folder at every look', 'name it: save <folder>, without --new');
  const { every: _every, once: _once, ...asked } = from.options;
  return JSON.stringify([plan.descriptor.name, await describeDestination(plan, from.session), asked, to.options]);
}

function sourcesOf({ session, words }: Invocation): readonly string[] {
  const { registry } = session.runtime;
  const names = words.length === 0 ? [session.sourceName] : [...new Set(words)];
  for (const name of names) {
    const { title, capabilities } = registry.source(name);
    if (!capabilities.all) throw usageError(`${title} has no list to watch`, 'fetch what you want by its id', name);
  }
  return names;
}

function isQuiet({ saved, failed, error }: Seen): boolean {
  return saved === 0 && failed === 0 && error === undefined;
}

interface Looking {
  readonly source: string;
  readonly typed: ParsedOptions;
  readonly memory: WatchMemory;
}

/** @throws E_INTERRUPTED */
async function look({ source, typed, memory }: Looking, from: Invocation, to: Invocation): Promise<Seen> {
  const { session } = from;
  const before = memory.recall(source);
  const sight = new Sight(before, session.runtime.now());
  const { every: _every, once: _once, ...others } = from.options;
  // Each source is told its own.
  const asked = Object.entries(others).filter(([name]) => typed[name] === undefined);
  const options = { ...Object.fromEntries(asked), ...ownOptions(typed, session.runtime.registry.source(source)) };
  const facts = () => {
    const { savedCount: saved, failures: failed, nextLoss, shortestLife } = sight;
    return { source, saved, failed, nextLoss, shortestLife };
  };
  try {
    const fetching = { ...from, words: [], options: { ...options, source, all: true }, look: sight };
    const outcome = await runPipe(fetching, to);
    const lost = await lostOf(sight, before, source, from);
    // What was not listed is no news where only a part was asked for.
    if (!isPartial(from, to)) await memory.write(source, sight.remembered());
    return { ...facts(), lost, outcome, error: undefined };
  } catch (thrown) {
    const error = asAlbarettoError(thrown, from.signal);
    if (error.code === 'E_INTERRUPTED') throw error;
    // A look that broke off has not seen everything: the next one begins where this one did.
    return { ...facts(), lost: [], outcome: undefined, error };
  }
}

function isPartial(from: Invocation, to: Invocation): boolean {
  return (
    from.options.limit !== undefined || ['max-total', 'max-duration'].some((name) => to.options[name] !== undefined)
  );
}

/** What nobody can get any more. A long history would be a long list, and nobody was to look at it before. */
async function lostOf(sight: Sight, before: Remembered, source: string, from: Invocation): Promise<readonly Loss[]> {
  const gone = await unsavedOf(sight, source, from.session);
  if (before.isNew) {
    if (gone.length > 0) tellLostBefore(source, gone.length, from);
    return [];
  }
  const vanished = ['since', 'until'].some((name) => from.options[name] !== undefined) ? [] : sight.vanished();
  return [
    ...gone.map((id) => ({ id, why: 'the service deleted it before it was looked at' })),
    ...vanished.map((id) => ({ id, why: 'it was still being made at the last look, and is gone from the list' })),
  ];
}

/** Of tasks that the service has deleted those of which nothing is saved. */
async function unsavedOf({ gone, location }: Sight, source: string, session: Session): Promise<readonly string[]> {
  if (gone.length === 0) return [];
  const catalog = await session.catalog();
  const where = location === undefined ? {} : { destination: location };
  const saved = new Set<string>();
  for (const task of gone) {
    for await (const _file of catalog.search({ source, task, ...where }, { limit: 1 })) saved.add(task);
  }
  return gone.filter((task) => !saved.has(task));
}

function tellLostBefore(source: string, count: number, { session }: Invocation): void {
  const tasks = count === 1 ? '1 task' : `${count} tasks`;
  const text = `[${source}] the files of ${tasks} had been deleted before this first look`;
  session.runtime.reporter.emit({ event: 'notice', text });
}

function tellLost(source: string, { id, why }: Loss, { session }: Invocation): void {
  const facts = { source, task: id, id, code: 'E_EXPIRED', message: why, retryable: false } as const;
  session.runtime.reporter.emit({ event: 'failed', stage: 'fetch', ...facts });
}

function tell(seen: readonly Seen[], nextLookAt: number | undefined, { session }: Invocation): void {
  const { reporter } = session.runtime;
  const first = seen.find(({ error }) => error !== undefined);
  for (const one of seen) {
    const { source, saved, failed, lost, nextLoss, error } = one;
    const isLast = nextLookAt === undefined;
    // What a single look ends with is told at its end.
    if (error !== undefined && !(isLast && one === first))
      reporter.emit({ event: 'warning', text: `${error.describe()}${isLast ? '' : '; the next look tries again'}` });
    reporter.emit({
      event: 'look',
      source,
      saved,
      failed,
      lost: lost.length,
      nextLoss: isoOf(nextLoss),
      nextLookAt: isoOf(nextLookAt),
      code: error?.code,
    });
  }
}

function isoOf(time: number | undefined): string | undefined {
  return time === undefined || !Number.isFinite(time) ? undefined : new Date(time).toISOString();
}

/** @throws E_INTERRUPTED */
async function rest(pause: number, { session, signal }: Invocation): Promise<void> {
  const { runtime } = session;
  const begun = runtime.now();
  runtime.reporter.busy(`Watching; the next look is in ${formatDuration(pause / 1000)}`);
  try {
    await runtime.sleep(pause, signal);
  } finally {
    runtime.reporter.idle();
  }
  const slept = runtime.now() - begun - pause;
  if (slept < SLEPT) return;
  const text = `this machine slept for ${formatDuration(slept / 1000)}; what was lost meanwhile is told below`;
  runtime.reporter.emit({ event: 'notice', text });
}

/** @throws What a source failed with as a whole, once the others were looked at too. */
function outcomeOf(seen: readonly Seen[]): Outcome {
  const broken = seen.find(({ error }) => error !== undefined)?.error;
  if (broken !== undefined) throw broken;
  return {
    succeeded: seen.reduce((sum, { outcome }) => sum + (outcome?.succeeded ?? 0), 0),
    failures: seen.flatMap(({ outcome, lost }) => [...(outcome?.failures ?? []), ...lost.map(expired)]),
  };
}

function expired({ id, why }: Loss): AlbarettoError {
  return new AlbarettoError({ code: 'E_EXPIRED', message: `${printable(id)}: ${why}` });
}
