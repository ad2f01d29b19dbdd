/** `watch <source…> | save <destination>`: looks again and again for what is new, and saves it before it is lost. */

import { asAlbarettoError, usageError } from '../errors.js';
import type { Item, Task } from '../model.js';
import { ownOptions } from '../plugin-options.js';
import { parseDuration } from '../quantities.js';
import { formatDuration } from '../report/size.js';
import type { ParsedOptions } from '../runtime.js';
import type { Session } from '../session.js';
import { flag, type Invocation, type Outcome, textOption } from './command.js';
import { watchCommand } from './commands/watch.js';
import { runPipe } from './pipe.js';
import { typedOptions } from './source-options.js';
import { watchMemory } from './watch-memory.js';
import { Prospects, type Seen, SHORTEST } from './watch-prospects.js';

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
  const memory = watchMemory(runtime);
  try {
    for (;;) {
      const seen: Seen[] = [];
      for (const source of prospects.byUrgency(sources)) {
        const found = await look({ source, typed }, from, to, memory.reach(source));
        seen.push(found);
        prospects.note(found);
        const missed = await missedOf(source, memory.firstSeen(source, found.lost), session);
        if (memory.isNew(source)) tellLostBefore(source, missed.length, from);
        else tellLost(source, missed, from);
        // A look that broke off has not seen everything: the next one reads as far.
        if (found.error === undefined) await memory.write(source, found.oldestPending);
        if (found.error !== undefined && (once || FATAL.has(found.error.code))) throw found.error;
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

/** @throws E_INTERRUPTED */
async function look(
  { source, typed }: { readonly source: string; readonly typed: ParsedOptions },
  from: Invocation,
  to: Invocation,
  reach: number | undefined,
): Promise<Seen> {
  const open = new Map<string, Item>();
  const lost: string[] = [];
  let saved = 0;
  let oldestPending: number | undefined;
  let shortestLife: number | undefined;
  const watcher = {
    reach,
    absent(task: Task) {
      if (task.absent === 'gone') lost.push(task.id);
      const created = task.createdAt?.getTime();
      if (task.absent === 'pending' && created !== undefined)
        oldestPending = Math.min(oldestPending ?? created, created);
    },
    found(item: Item) {
      open.set(item.id, item);
      const life = (item.expiresAt?.getTime() ?? Number.NaN) - (item.createdAt?.getTime() ?? Number.NaN);
      if (life > 0) shortestLife = Math.min(shortestLife ?? life, life);
    },
    saved(item: Item) {
      saved += 1;
      open.delete(item.id);
    },
  };
  const { every: _every, once: _once, ...others } = from.options;
  // Each source is told its own.
  const asked = Object.entries(others).filter(([name]) => typed[name] === undefined);
  const options = { ...Object.fromEntries(asked), ...ownOptions(typed, from.session.runtime.registry.source(source)) };
  const facts = () => {
    const ends = [...open.values()].flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : [expiresAt.getTime()]));
    const nextLoss = ends.length === 0 ? undefined : Math.min(...ends);
    return { source, saved, failed: open.size, nextLoss, lost, oldestPending, shortestLife };
  };
  try {
    const fetching = { ...from, words: [], options: { ...options, source, all: true }, look: watcher };
    const outcome = await runPipe(fetching, to);
    return { ...facts(), outcome, error: undefined };
  } catch (thrown) {
    const error = asAlbarettoError(thrown, from.signal);
    if (error.code === 'E_INTERRUPTED') throw error;
    return { ...facts(), outcome: undefined, error };
  }
}

/** A long history would be a long list, and nobody was to look at it. */
function tellLostBefore(source: string, count: number, { session }: Invocation): void {
  if (count === 0) return;
  const tasks = count === 1 ? '1 task' : `${count} tasks`;
  const text = `[${source}] the files of ${tasks} had been deleted before this first look`;
  session.runtime.reporter.emit({ event: 'notice', text });
}

function tellLost(source: string, tasks: readonly string[], { session }: Invocation): void {
  for (const id of tasks) {
    session.runtime.reporter.emit({
      event: 'failed',
      stage: 'fetch',
      source,
      task: id,
      id,
      code: 'E_EXPIRED',
      message: 'the service deleted it before it was looked at',
      retryable: false,
    });
  }
}

/** Of tasks that the service has deleted those of which nothing was saved. */
async function missedOf(source: string, tasks: readonly string[], session: Session): Promise<readonly string[]> {
  if (tasks.length === 0) return [];
  const catalog = await session.catalog();
  const saved = new Set<string>();
  for (const task of tasks) {
    for await (const _file of catalog.search({ source, task }, { limit: 1 })) saved.add(task);
  }
  return tasks.filter((task) => !saved.has(task));
}

function tell(seen: readonly Seen[], nextLookAt: number | undefined, { session }: Invocation): void {
  const { reporter } = session.runtime;
  for (const { source, saved, failed, nextLoss, error } of seen) {
    if (error !== undefined)
      reporter.emit({ event: 'warning', text: `${error.describe()}; the next look tries again` });
    reporter.emit({
      event: 'look',
      source,
      saved,
      failed,
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

function outcomeOf(seen: readonly Seen[]): Outcome {
  return {
    succeeded: seen.reduce((sum, { outcome }) => sum + (outcome?.succeeded ?? 0), 0),
    failures: seen.flatMap(({ outcome }) => outcome?.failures ?? []),
  };
}
