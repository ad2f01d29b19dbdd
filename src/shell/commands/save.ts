import { type Layout, pathOf } from '../../archive/layout.js';
import { chooseLayouts, type Layouts } from '../../archive/layouts.js';
import { AlbarettoError } from '../../errors.js';
import type { Item } from '../../model.js';
import type { SinkDescriptor } from '../../plugin.js';
import type { Session } from '../../session.js';
import type { Fetched } from '../../transfer/fetch.js';
import { type Command, type CommandOption, flag, type Invocation, type Outcome, textOption } from '../command.js';
import { factsOf } from '../fetch-report.js';
import { jobOf } from '../job-control.js';
import { Meter } from '../meter.js';
import { saveStage } from '../save-stage.js';
import { describeDestination, openTarget } from '../target.js';

export const SAVE_OPTIONS: Readonly<Record<string, CommandOption>> = {
  new: { type: 'string', short: 'n', value: '<name>', description: 'make a folder under the destination first' },
  keep: { type: 'boolean', description: 'leave what is saved in the buffer' },
  overwrite: { type: 'boolean', description: 'replace whole, different media under the same name' },
  layout: {
    type: 'string',
    value: '<layout>',
    description: 'how files are named: flat, by-task, a template, or a source’s own (its default)',
    completes: ['flat', 'by-task'],
  },
  'no-metadata': { type: 'boolean', description: 'write no <id>.json beside the pictures' },
  'max-total': {
    type: 'string',
    value: '<size>',
    description: 'end a pipe in order after so many bytes; it goes on next time',
  },
  'max-duration': {
    type: 'string',
    value: '<time>',
    description: 'end a pipe in order after so long; it goes on next time',
  },
  'if-running': {
    type: 'string',
    value: '<wait|leave>',
    description: 'when another albaretto does the same (default wait)',
  },
  'dry-run': { type: 'boolean', description: 'say what would be written, and write nothing' },
};

export const saveCommand: Command = {
  name: 'save',
  summary: 'save what is in the buffer',
  usage: '[<destination>] [<item>…] [--new <name>] [--layout <layout>] [--keep]',
  options: SAVE_OPTIONS,
  words: ['path', 'item'],
  pipe: 'to',
  details: [
    'Items are numbers or ids as list shows them; without any, everything is saved.',
    'What is saved leaves the buffer; what failed stays.',
  ],
  async run(invocation) {
    const { session, words } = invocation;
    const tasks = byTask(words.length > 1 ? session.buffer.select(words.slice(1)) : session.buffer.all());
    const chosen = [...tasks.values()].flat();
    const plan = planSave(invocation);
    if (plan.dryRun && chosen.length + session.planned.length > 0) return dryRun(plan, chosen, session);
    if (chosen.length === 0) {
      throw new AlbarettoError({
        code: 'E_NOTHING_FETCHED',
        message: 'there is nothing to save',
        hint: 'fetch something first',
        reach: 'run',
      });
    }
    const target = await openTarget(plan, invocation);
    const meter = new Meter('save', session.runtime);
    meter.expect(chosen.length);
    const jobs = jobOf(plan, invocation, { subject: 'save', command: 'save' });
    const keeper = {
      saved: async (fetched: Fetched) => {
        if (plan.keep) session.keepSaved(fetched);
        else await session.letGo(fetched);
      },
      failed: () => undefined, // it is in the buffer still
    };
    const wholeTasks = new Set([...tasks].filter(([, items]) => isWhole(items, session)).map(([key]) => key));
    const whole = (item: Item) => wholeTasks.has(taskKey(item));
    return jobs.conclude(() => saveStage({ plan, target, job: jobs.begin, meter, keeper, whole }, chosen, invocation));
  },
};

/** By task, in the order in which the first item of each was fetched: the items of one task are saved together. */
function byTask(fetched: readonly Fetched[]): ReadonlyMap<string, readonly Fetched[]> {
  const tasks = new Map<string, Fetched[]>();
  for (const one of fetched) {
    const task = tasks.get(taskKey(one.item));
    if (task === undefined) tasks.set(taskKey(one.item), [one]);
    else task.push(one);
  }
  return tasks;
}

/** Whether these are all items of a task that was fetched as a whole: some may have been dropped, or saved before. */
function isWhole(fetched: readonly Fetched[], session: Session): boolean {
  const all = fetched[0] === undefined ? undefined : session.wholeTask(fetched[0].item);
  const ids = new Set(fetched.map(({ item }) => item.id));
  return all !== undefined && [...all].every((id) => ids.has(id));
}

function taskKey({ source, taskId }: Pick<Item, 'source' | 'taskId'>): string {
  return JSON.stringify([source, taskId]);
}

export interface SavePlan {
  readonly descriptor: SinkDescriptor;
  readonly destination: string | undefined;
  readonly folder: string | undefined;
  readonly layouts: Layouts;
  readonly keep: boolean;
  readonly overwrite: boolean;
  readonly metadata: boolean;
  readonly dryRun: boolean;
}

/** @throws E_USAGE for a layout that is not known, a folder name that the sink cannot have. */
export function planSave({ session, words, options, target }: Invocation): SavePlan {
  const { registry, config } = session.runtime;
  const descriptor = registry.sink(target?.sink ?? session.sinkName);
  const layouts = chooseLayouts(textOption(options, 'layout'), registry.sources, descriptor.capabilities);
  const wrap = target?.layout;
  const configured = config.settings.get(`${descriptor.name}.destination`);
  return {
    descriptor,
    destination: words[0] ?? (typeof configured === 'string' ? configured : undefined),
    folder: textOption(options, 'new'),
    layouts: wrap === undefined ? layouts : { ...layouts, of: wrapped(layouts, wrap) },
    keep: flag(options, 'keep'),
    overwrite: flag(options, 'overwrite'),
    metadata: !flag(options, 'no-metadata'),
    dryRun: flag(options, 'dry-run'),
  };
}

/** One wrapped layout a source: a layout remembers the names that it gave. */
function wrapped(layouts: Layouts, wrap: (usual: Layout) => Layout): Layouts['of'] {
  const made = new Map<string, Promise<Layout>>();
  return (source) => {
    const known = made.get(source) ?? layouts.of(source).then(wrap);
    made.set(source, known);
    return known;
  };
}

async function dryRun(plan: SavePlan, chosen: readonly Fetched[], session: Session): Promise<Outcome> {
  const destination = await describeDestination(plan, session);
  for (const fetched of chosen) {
    const layout = await plan.layouts.of(fetched.item.source);
    const [own] = layout.plan(fetched, { overwrite: plan.overwrite }).media;
    reportPlanned(fetched.item, pathOf(own!.folder, own!.file.name), destination, session);
  }
  // Only where the buffer is empty: items that a person names are those of the buffer.
  const planned = chosen.length === 0 ? session.planned.splice(0) : [];
  for (const item of planned) {
    const layout = await plan.layouts.of(item.source);
    reportPlanned(item, layout.nameOf(item), destination, session);
  }
  return { succeeded: chosen.length + planned.length, failures: [] };
}

export function reportPlanned(item: Item, name: string, destination: string, session: Session): void {
  session.runtime.reporter.emit({ event: 'would-save', ...factsOf(item), name, destination });
}
