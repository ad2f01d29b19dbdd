/** What is at a destination already, item by item, before anything is fetched for it. */

import { asAlbarettoError } from '../errors.js';
import type { Item } from '../model.js';
import { withRetry } from '../retry.js';
import type { FolderStores } from '../transfer/folder-stores.js';
import { retryOptions } from '../wiring.js';
import { type ArchivedMedia, findArchived } from './archived.js';
import type { Invocation } from './command.js';
import type { SavePlan } from './commands/save.js';
import type { Job } from './job.js';
import type { JobControl } from './job-control.js';
import type { Present } from './known-files.js';
import type { Known } from './listing.js';
import { foldersOf } from './save-stage.js';
import type { Target } from './target.js';

export interface Presence {
  /** For the listing. */
  readonly known: Known;
  /** Whether an item was looked at and is there. */
  pass(item: Item): boolean;
  /** What was found of an item that is passed; asked once. */
  take(item: Item): Present;
  /** The folders that were looked into, for whoever writes. */
  readonly folders: FolderStores;
}

/**
 * `undefined` where nobody looks: with `--new` there is no folder before there is something to put into it, and with
 * `--overwrite` nothing that is there counts. Begins the run.
 */
export async function lookInto(
  plan: SavePlan,
  target: Target,
  jobs: JobControl,
  invocation: Invocation,
): Promise<Presence | undefined> {
  const { look } = invocation;
  // Whoever looks again and again has stored it at the look before.
  if (plan.folder !== undefined || (plan.overwrite && look === undefined)) return undefined;
  const store = await target.store();
  look?.opened(store.location);
  const job = await jobs.begin(store);
  const folders = foldersOf(store, plan, invocation.session, invocation.signal);
  return presenceOf({ plan, jobs, job, folders }, invocation);
}

interface Place {
  readonly plan: SavePlan;
  readonly jobs: JobControl;
  readonly job: Job;
  readonly folders: FolderStores;
}

function presenceOf({ plan, jobs, job, folders }: Place, { session, signal }: Invocation): Presence {
  const present = new Map<Item, Present>();
  const tries = { ...retryOptions(session.runtime), signal, now: session.runtime.now };
  const find = async (item: Item): Promise<Present | ArchivedMedia | undefined> => {
    const layout = await plan.layouts.of(item.source);
    const recorded = await job.known.presence(item, layout.folderOf?.(item), plan.metadata);
    if (recorded !== undefined || jobs.again) return recorded;
    const media = await findArchived(item, layout, folders, signal);
    if (media === undefined || (await job.known.contradicts(item, media.sha256))) return undefined;
    return media;
  };
  /** An item whose files cannot be looked at is fetched: what is wrong with them is told when it is saved. */
  const findOrPass = async (item: Item) => {
    try {
      return await withRetry(() => find(item), tries);
    } catch (thrown) {
      const error = asAlbarettoError(thrown, signal);
      if (error.reach !== 'item' || error.retryable) throw error;
      session.runtime.reporter.log.debug(`${item.id}: ${error.describe()}`);
      return undefined;
    }
  };
  const look = async (item: Item): Promise<boolean> => {
    const found = await findOrPass(item);
    if (found === undefined) return false;
    if ('files' in found) present.set(item, found);
    else {
      await job.adopted(item, found);
      present.set(item, { item, files: [{ role: 'media', state: 'saved', ...found }], wantsDocuments: true });
    }
    return true;
  };
  return {
    known: {
      look,
      mayStop: job.continues,
      resumesAt: job.resumesAt,
      mark: (item, cursor) => job.place.mark(item, cursor),
      restart: () => job.restart(),
    },
    pass: (item) => present.has(item),
    take(item) {
      const found = present.get(item)!;
      present.delete(item);
      return found;
    },
    folders,
  };
}
