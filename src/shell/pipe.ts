/** `fetch … | save …`: one pipeline, in which saving begins when the first item is there. */

import { type AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Fetched } from '../transfer/fetch.js';
import type { Invocation, Outcome } from './command.js';
import { dryRunItems, fetchStage, planFetch } from './commands/fetch.js';
import { describeDestination, openTarget, planSave, reportPlanned, saveStage } from './commands/save.js';
import { Meter, upstreamOf } from './meter.js';

/**
 * Only this fetch's items are saved and the buffer stays as it was, but whatever was fetched and could not be saved joins
 * it. The destination is opened, and a sign-in asked for, before anything is fetched.
 */
export async function runPipe(from: Invocation, to: Invocation): Promise<Outcome> {
  const fetchPlan = await planFetch(from);
  const savePlan = planSave(to);
  const { session } = from;
  if (fetchPlan.dryRun || savePlan.dryRun) {
    const destination = await describeDestination(savePlan, session);
    let count = 0;
    for await (const item of dryRunItems(fetchPlan, from)) {
      reportPlanned(item, savePlan.layout.nameOf(item), destination, session);
      count += 1;
    }
    return { succeeded: count, failures: [] };
  }
  const target = await openTarget(savePlan, to);
  const meter = new Meter('save', session.runtime);
  const failures: AlbarettoError[] = [];
  const unsettled = new Set<Fetched>();
  let broken: AlbarettoError | undefined;
  let stop = false;

  /** Ends quietly when fetching fails as a whole, so that what is on its way is still saved and told. */
  async function* fetched(): AsyncGenerator<Fetched> {
    try {
      for await (const result of fetchStage(fetchPlan, from, upstreamOf(meter))) {
        if (result.kind === 'failed') failures.push(result.error);
        else {
          unsettled.add(result.fetched);
          yield result.fetched;
        }
        if (stop) return;
      }
    } catch (thrown) {
      broken = asAlbarettoError(thrown, from.signal);
    }
  }

  let outcome: Outcome;
  try {
    outcome = await saveStage(savePlan, target, fetched(), to, meter, {
      saved: (item) => void unsettled.delete(item),
      // A destination that is full ends the fetching too.
      failed: (_item, error) => {
        if (error.reach === 'run') stop = true;
      },
    });
  } finally {
    for (const item of unsettled) session.buffer.add(item);
  }
  if (broken !== undefined) throw broken;
  return { succeeded: outcome.succeeded, failures: [...failures, ...outcome.failures] };
}
