/** When a run of a job begins and how it ends: around `save` and around a pipe. */

import { AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Store } from '../plugin.js';
import { formatDuration } from '../report/size.js';
import type { Invocation, Outcome } from './command.js';
import type { SavePlan } from './commands/save.js';
import { beginJob, type Job, jobKey } from './job.js';

export interface JobSubject {
  /** What is done, in one unique form. */
  readonly subject: string;
  readonly command: string;
  readonly source?: string | undefined;
  readonly references?: readonly string[] | undefined;
  readonly again?: boolean | undefined;
  readonly idleRunsAreDropped?: boolean | undefined;
  /** What happens while another process does the same: absent for what may be done twice at once. */
  readonly ifRunning?: 'wait' | 'leave' | undefined;
}

export interface JobControl {
  /**
   * The run at this store; the same one for every call.
   * @throws E_ALREADY_RUNNING when another process does the same and this one is to leave.
   */
  begin(store: Store): Promise<Job>;
  /** Whether what is there is fetched and saved again. */
  readonly again: boolean;
  /** The run, if it has begun. */
  current(): Promise<Job> | undefined;
  /** Runs the work and writes down how it ended. */
  conclude(work: () => Promise<Outcome>): Promise<Outcome>;
  /** The run ends in order before everything was done, to be continued. */
  cutShort(): void;
}

export function jobOf(
  plan: SavePlan,
  invocation: Pick<Invocation, 'session' | 'signal'>,
  subject: JobSubject,
): JobControl {
  const { session } = invocation;
  let begun: Promise<Job> | undefined;
  let release: (() => Promise<void>) | undefined;
  let short = false;
  const begin = async (store: Store): Promise<Job> => {
    if (subject.ifRunning !== undefined) release = await claim(store, plan, invocation, subject, subject.ifRunning);
    return beginJob({
      session,
      store,
      sink: plan.descriptor.name,
      layout: plan.layouts.asked,
      ...factsOf(subject),
    });
  };
  const end = async (state: Parameters<Job['end']>[0]) => {
    try {
      // A run that could not begin has been told already.
      const job = await begun?.catch(() => undefined);
      await job?.end(state);
    } catch (thrown) {
      const error = asAlbarettoError(thrown);
      session.runtime.reporter.emit({ event: 'warning', text: `${error.describe()}; this run is not recorded` });
    } finally {
      await release?.();
    }
  };
  return {
    begin: (store) => {
      begun ??= begin(store);
      return begun;
    },
    again: subject.again === true,
    current: () => begun,
    cutShort: () => {
      short = true;
    },
    async conclude(work) {
      try {
        const outcome = await work();
        await end(short ? 'interrupted' : outcome.failures.length === 0 ? 'complete' : 'partial');
        return outcome;
      } catch (thrown) {
        const { code } = asAlbarettoError(thrown, invocation.signal);
        await end(code === 'E_INTERRUPTED' ? 'interrupted' : 'failed');
        throw thrown;
      }
    },
  };
}

function factsOf({ ifRunning: _claimed, ...subject }: JobSubject) {
  return { ...subject, again: subject.again ?? false };
}

/** A catalog that cannot be used is told by `beginJob`; without it there is nobody to ask who else runs. */
async function claim(
  store: Store,
  plan: SavePlan,
  { session, signal }: Pick<Invocation, 'session' | 'signal'>,
  { subject }: JobSubject,
  ifRunning: 'wait' | 'leave',
): Promise<(() => Promise<void>) | undefined> {
  const catalog = await session.catalog().catch(() => undefined);
  if (catalog === undefined) return undefined;
  const { reporter, now } = session.runtime;
  const found = await catalog.claimJob(jobKey(plan.descriptor.name, store.location, subject), {
    wait: ifRunning === 'wait',
    signal,
    onHeld: ({ pid, since }) => {
      if (ifRunning === 'leave') return;
      const time = formatDuration((now() - since.getTime()) / 1000);
      reporter.emit({
        event: 'notice',
        text: `another albaretto (process ${pid}) has done the same for ${time}; waiting for it`,
      });
    },
  });
  if (found.kind === 'claimed') return () => found.release();
  throw new AlbarettoError({
    code: 'E_ALREADY_RUNNING',
    message: `another albaretto (process ${found.holder.pid}) does the same at this moment`,
    hint: 'this one leaves, as --if-running leave says',
    reach: 'run',
  });
}
