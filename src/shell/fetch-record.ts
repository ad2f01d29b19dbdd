/** What a fetch into the buffer leaves behind: which tasks are here as a whole, and on record what failed. */

import { createHash } from 'node:crypto';
import type { NewFailure } from '../archive/catalog/catalog.js';
import { type AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Item } from '../model.js';
import { printable } from '../printable.js';
import type { Invocation } from './command.js';
import type { StageResult } from './commands/fetch.js';
import type { FetchPlan } from './listing.js';

export interface FetchRecord {
  note(result: StageResult): void;
  /** The list of the item's task was left before this item. */
  cut(item: Item): void;
  /** Everything was listed. */
  end(): void;
  /**
   * Puts on record what failed, so that `retry` finds it. Where nothing failed the catalog is not even opened. One that
   * cannot be used is told, and ends nothing.
   */
  write(): Promise<void>;
}

export function fetchRecord(plan: FetchPlan, { session, words }: Pick<Invocation, 'session' | 'words'>): FetchRecord {
  const failures: NewFailure[] = [];
  const tasks = new Map<string, { readonly item: Item; readonly ids: Set<string> }>();
  const failed = new Set<string>();
  let fetched = 0;
  const isPartial = plan.selection !== undefined || plan.only !== undefined || plan.filter.active;
  const listed = (item: Item) => {
    const key = keyOf(item);
    const task = tasks.get(key) ?? { item, ids: new Set() };
    // What an earlier fetch listed may not be all of it any more.
    if (!isPartial && !tasks.has(key)) session.noteWhole(item, undefined);
    tasks.set(key, task);
    task.ids.add(item.id);
  };
  const fail = (error: AlbarettoError, item: Item | undefined, reference: string, source: string) => {
    const message = session.runtime.redactor.clean(printable(error.describe(), 1000));
    const { id = '', taskId = '', index = 0 } = item ?? {};
    failures.push({ source, task: taskId, item: id, index, reference, stage: 'fetch', code: error.code, message });
  };
  return {
    note(result) {
      const item = itemOf(result);
      if (item !== undefined) listed(item);
      if (result.kind === 'fetched') {
        fetched += 1;
        if (result.missing.length > 0) failed.add(keyOf(result.fetched.item));
        return;
      }
      if (result.kind !== 'failed') return;
      const broken = item ?? ('after' in result ? result.after : undefined);
      if (broken !== undefined) failed.add(keyOf(broken));
      const reference = 'reference' in result ? result.reference : undefined;
      const source = item?.source ?? reference?.source.name;
      if (source !== undefined) fail(result.error, item, item?.taskId ?? reference?.reference ?? '', source);
    },
    cut: (item) => void failed.add(keyOf(item)),
    end() {
      if (isPartial) return;
      for (const [key, { item, ids }] of tasks) if (!failed.has(key)) session.noteWhole(item, ids);
    },
    async write() {
      if (failures.length === 0) return;
      try {
        const catalog = await session.catalog();
        const command = session.runtime.redactor.clean(`fetch ${plan.all === undefined ? words.join(' ') : '--all'}`);
        const job = createHash('sha256')
          .update(JSON.stringify(['fetch', command]))
          .digest('base64url');
        const startedAt = new Date(session.runtime.now());
        const run = await catalog.beginRun({
          job,
          command,
          source: plan.all ?? plan.references[0]?.source.name,
          references: plan.references.map(({ reference }) => reference),
          startedAt,
        });
        const totals = { saved: 0, present: 0, failed: failures.length, bytes: 0 };
        await catalog.advanceRun(run, { ...totals, failures, state: fetched === 0 ? 'failed' : 'partial' });
      } catch (thrown) {
        const text = `${asAlbarettoError(thrown).describe()}; what failed is not recorded`;
        session.runtime.reporter.emit({ event: 'warning', text });
      }
    },
  };
}

function keyOf({ source, taskId }: Item): string {
  return `${source}\n${taskId}`;
}

function itemOf(result: StageResult): Item | undefined {
  if (result.kind === 'fetched') return result.fetched.item;
  return 'item' in result ? result.item : undefined;
}
