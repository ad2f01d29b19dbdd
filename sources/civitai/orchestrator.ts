/** The orchestration API: one's own workflows. It is read and never asked to change anything. */

import type { ListOptions, SourceContext } from '../../src/plugin.js';
import { explainOrchestrator } from './refusals.js';
import { readPage, readWorkflow, type Workflow, type WorkflowPage } from './workflows.js';

const WORKFLOWS = '/v2/consumer/workflows';

/** So many the service answers unless it is asked for others. */
const PAGE = 100;

/** Milliseconds that a workflow may wait and run: what was made since then may have been asked for so long before. */
const LONGEST = 24 * 3_600_000;

export interface Orchestrator {
  /** @throws E_NOT_FOUND, E_CREDENTIALS. */
  workflow(id: string, signal: AbortSignal | undefined): Promise<Workflow>;
  /** Also of somewhat before `since`: whoever lists them looks at when they were made. */
  page(cursor: string | undefined, options: ListOptions): Promise<WorkflowPage>;
  /** The cheapest call that proves the key. */
  prove(signal: AbortSignal | undefined): Promise<void>;
}

export function createOrchestrator({ http, options }: SourceContext): Orchestrator {
  // Left out, the list hides what is mature and a single workflow shows it: these are the service's own defaults.
  const mature = options.mature === true ? { hideMatureContent: false } : {};
  const explain = explainOrchestrator;
  return {
    async workflow(id, signal) {
      const what = `reading ${id}`;
      const url = `${WORKFLOWS}/${encodeURIComponent(id)}`;
      const answer = await http.json({ url, query: mature, what, signal, explain });
      return readWorkflow(answer.lossless(), what, id);
    },
    async page(cursor, { signal, since, until }) {
      const what = 'reading a page of the workflows';
      const fromDate = since === undefined ? undefined : new Date(since.getTime() - LONGEST).toISOString();
      const query = { take: PAGE, cursor, fromDate, toDate: until?.toISOString(), ...mature };
      const answer = await http.json({ url: WORKFLOWS, query, what, signal, explain });
      return readPage(answer.lossless(), what);
    },
    async prove(signal) {
      await http.json({ url: WORKFLOWS, query: { take: 1 }, what: 'checking the key', signal, explain });
    },
  };
}
