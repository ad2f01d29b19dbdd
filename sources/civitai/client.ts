import {
  interrupted,
  type Located,
  type LocateOptions,
  type Location,
  type Source,
  type SourceBody,
  type SourceContext,
  type Task,
  usageError,
} from '../../src/plugin.js';
import { isGood, Links } from './links.js';
import { createOrchestrator } from './orchestrator.js';
import { listWorkflows, type OwnParts, openWorkflow } from './own-workflows.js';
import { findLink, openPublished, type PublishedParts } from './published.js';
import { readReference } from './reference.js';
import { createRenewals, type Renewals } from './renewals.js';
import { createSite } from './site.js';

const DEFAULT_WAIT = 300;

const body: SourceBody = { create: (context) => createCivitai(context) };

export default body;

interface Parts {
  readonly own: OwnParts;
  readonly published: PublishedParts;
  readonly renewals: Renewals;
}

function createCivitai(context: SourceContext): Source {
  const parts = createParts(context);
  return {
    open: (reference, { signal }) => open(parts, reference, signal),
    all: (options) => listWorkflows(parts.own, options),
    locate: (item, options) => locate(parts, item, options),
    async check(signal) {
      await parts.own.orchestrator.prove(signal);
      return undefined;
    },
  };
}

/** @throws E_USAGE for an option of the wrong form. */
function createParts(context: SourceContext): Parts {
  const links = new Links();
  const patience = readWait(context.options.wait) * 1000;
  const own: OwnParts = { context, orchestrator: createOrchestrator(context), links, patience };
  const published: PublishedParts = { context, site: createSite(context), links };
  return { own, published, renewals: createRenewals(own) };
}

async function* open(
  { own, published }: Parts,
  reference: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Task> {
  const named = readReference(reference);
  if (named.kind === 'list')
    throw usageError('the page of the generator is the list of your own', "'fetch --all' fetches it", 'civitai');
  if (named.kind === 'result')
    throw usageError(
      `${named.id} is a result, and is found by its workflow alone`,
      "give the workflow's id",
      'civitai',
    );
  yield named.kind === 'workflow'
    ? await openWorkflow(own, named.id, signal)
    : await openPublished(published, named, signal);
}

async function locate({ own, published, renewals }: Parts, item: Located, options: LocateOptions): Promise<Location> {
  const { taskId, id } = item;
  const { signal, renew } = options;
  if (signal?.aborted) throw interrupted(signal.reason);
  const known = renew ? undefined : own.links.get(taskId, id);
  if (known !== undefined && isGood(known, own.context.now())) return { kind: 'request', ...known };
  const isOwn = readReference(taskId).kind === 'workflow';
  const link = isOwn ? await renewals.renew(taskId, id, signal) : await findLink(published, item, signal);
  return { kind: 'request', ...link };
}

function readWait(option: string | boolean | undefined): number {
  if (option === undefined) return DEFAULT_WAIT;
  const value = Number(option);
  if (typeof option === 'string' && option.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw usageError('--wait is a number of seconds', undefined, 'civitai');
}
