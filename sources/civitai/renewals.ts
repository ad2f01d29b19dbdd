/**
 * New links for the results of a workflow, by reading the workflow again. The service has a call that makes a new link for
 * a single file; it also begins the thirty days of that file anew, which is a change, and is never used.
 */

import { SharedRequests } from '../../src/plugin.js';
import type { Link } from './links.js';
import { keep, type OwnParts } from './own-workflows.js';
import type { Results } from './results.js';
import { gone, reasonFor } from './words.js';

export interface Renewals {
  /** @throws E_NOT_FOUND for what the service has no more, or does not show. */
  renew(taskId: string, id: string, signal: AbortSignal | undefined): Promise<Link>;
}

export function createRenewals(parts: OwnParts): Renewals {
  const requests = new SharedRequests<Results>();

  /** Results of one workflow are downloaded side by side; when their links run out together, it is read once. */
  const readAgain = (taskId: string, signal: AbortSignal | undefined): Promise<Results> =>
    requests.ask(taskId, signal, async (own) => keep(parts, await parts.orchestrator.workflow(taskId, own)));

  return {
    async renew(taskId, id, signal) {
      const { available, missing } = await readAgain(taskId, signal);
      const lost = missing.find((result) => result.id === id);
      if (lost !== undefined) throw gone(id, `it is ${reasonFor(lost)}`);
      const link = available.some((result) => result.id === id) ? parts.links.get(taskId, id) : undefined;
      if (link === undefined) throw gone(id);
      return link;
    },
  };
}
