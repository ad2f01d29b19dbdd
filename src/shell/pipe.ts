/** `fetch … | save …`: one pipeline, in which saving begins when the first item is there. */

import { linkedAbort } from '../abort.js';
import { type AlbarettoError, asAlbarettoError, usageError } from '../errors.js';
import type { Fetched } from '../transfer/fetch.js';
import type { Invocation, Outcome } from './command.js';
import { dryRunItems, failuresOf, fetchStage, planFetch } from './commands/fetch.js';
import { planSave, reportPlanned, saveStage } from './commands/save.js';
import { Meter, upstreamOf } from './meter.js';
import { describeDestination, openTarget } from './target.js';

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
      reportPlanned(item, savePlan.layout.nameOf(item), destination, session);
      count += 1;
    }
    return { succeeded: count, failures: [] };
  }
  const target = await openTarget(savePlan, to);
  const meter = new Meter('save', session.runtime);
  const failures: AlbarettoError[] = [];
  const unsettled = new Set<Fetched>();
  const fetching = linkedAbort(from.signal);
  let broken: AlbarettoError | undefined;
  let refused = false;

  /** Ends quietly when fetching fails as a whole, so that what is on its way is still saved and told. */
  async function* fetched(): AsyncGenerator<Fetched> {
    try {
      const results = fetchStage(
        fetchPlan,
        { ...from, signal: fetching.signal },
        upstreamOf(meter),
        session.holding.openForPipe,
      );
      for await (const result of results) {
        failures.push(...failuresOf(result));
        if (result.kind === 'failed') continue;
        unsettled.add(result.fetched);
        yield result.fetched;
      }
    } catch (thrown) {
      if (!refused) broken = asAlbarettoError(thrown, from.signal);
    }
  }

  let outcome: Outcome;
  try {
    outcome = await saveStage(savePlan, target, fetched(), to, meter, {
      saved: async (item) => {
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
    });
  } finally {
    fetching.release();
    for (const item of unsettled) await session.hold(item);
  }
  if (broken !== undefined) throw broken;
  return { succeeded: outcome.succeeded, failures: [...failures, ...outcome.failures] };
}
