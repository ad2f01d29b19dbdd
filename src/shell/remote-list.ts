/** `list --remote <source>`: what a service still has, how much time is left, and whether it is saved already. */

import { usageError } from '../errors.js';
import type { Session } from '../session.js';
import type { Invocation, Outcome } from './command.js';
import { planFetch } from './fetch-plan.js';
import { factsOf } from './fetch-report.js';
import { groupsOf } from './listing.js';
import { show } from './show.js';

/**
 * Lists without fetching media, newest first.
 * @throws E_USAGE for a source that has no list, and what the source throws.
 */
export async function listRemote(source: string, invocation: Invocation): Promise<Outcome> {
  const { session, words, options } = invocation;
  if (words.length > 0) throw usageError('list --remote takes a source and no further words');
  const { remote: _remote, ...filters } = options;
  const plan = await planFetch({ ...invocation, options: { ...filters, source, all: true } });
  const saved = await savedItems(source, session);
  const { reporter } = session.runtime;
  let count = 0;
  try {
    for await (const group of groupsOf(plan, invocation, { left: plan.limit })) {
      for await (const item of group.items) {
        count += 1;
        const event = {
          event: 'item',
          ...factsOf(item),
          size: item.size,
          mediaType: item.mediaType,
          prompt: item.generation.prompt,
          createdAt: item.createdAt?.toISOString(),
          expiresAt: item.expiresAt?.toISOString(),
          secondsLeft: secondsLeft(item.expiresAt, session.runtime.now()),
          saved: saved.has(item.id),
        } as const;
        show(event, invocation);
      }
    }
  } finally {
    reporter.idle();
  }
  if (count === 0) reporter.emit({ event: 'notice', text: 'the service has nothing' });
  return { succeeded: count, failures: [] };
}

function secondsLeft(end: Date | undefined, now: number): number | undefined {
  return end === undefined ? undefined : Math.max(0, Math.round((end.getTime() - now) / 1000));
}

/** Wherever they are. About 100 bytes an item. */
async function savedItems(source: string, session: Session): Promise<ReadonlySet<string>> {
  const catalog = await session.catalog();
  const saved = new Set<string>();
  for await (const file of catalog.search({ source, state: 'saved', role: 'media' })) saved.add(file.item);
  return saved;
}
