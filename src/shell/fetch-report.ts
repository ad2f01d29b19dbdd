/** What is told of fetching, item by item and failure by failure. */

import type { AlbarettoError } from '../errors.js';
import type { Item } from '../model.js';
import { printable } from '../printable.js';
import type { ItemFacts } from '../report/events.js';
import type { Session } from '../session.js';
import { sha256Of } from '../transfer/bytes.js';
import type { FetchResult } from '../transfer/fetch.js';
import type { FetchPlan } from './listing.js';
import type { Counter } from './meter.js';

/** Silence would look like work that was done. */
export function reportNothing(
  { references, filter, only }: FetchPlan,
  task: string | undefined,
  { runtime }: Session,
): void {
  const place = task === undefined || references.length > 1 ? 'the list' : printable(task);
  const text =
    filter.active || only !== undefined ? `nothing in ${place} is what was asked for` : `${place} has no items`;
  runtime.reporter.emit({ event: 'notice', text });
}

export function reportFetched(result: FetchResult, meter: Counter, session: Session): void {
  const { reporter } = session.runtime;
  if (result.kind === 'failed') {
    meter.failed(result.error.code);
    reportFailure(result.error, factsOf(result.item), session);
    return;
  }
  if (result.kind === 'passed') return;
  const { fetched, already, missing } = result;
  if (already) meter.already();
  else meter.done(fetched.bytes.size);
  reporter.emit({
    event: 'fetched',
    ...factsOf(fetched.item),
    size: fetched.bytes.size,
    mediaType: fetched.mediaType,
    sha256: sha256Of(fetched.bytes.digests),
    already,
  });
  for (const error of missing) reportFailure(error, factsOf(fetched.item), session);
}

export function reportFailure(error: AlbarettoError, facts: Partial<ItemFacts>, session: Session): void {
  session.runtime.reporter.emit({
    event: 'failed',
    stage: 'fetch',
    ...facts,
    code: error.code,
    message: facts.id === undefined ? error.describe() : withoutId(error.describe(), facts.id),
    retryable: error.retryable,
  });
}

/** The line names the item already. */
function withoutId(text: string, id: string): string {
  return text.replace(`${id}: `, '');
}

export function factsOf(item: Item): ItemFacts {
  return { source: item.source, task: item.taskId, id: item.id, index: item.index };
}
