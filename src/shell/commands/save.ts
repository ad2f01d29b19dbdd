import { flatLayout, type Layout } from '../../archive/layout.js';
import { AlbarettoError } from '../../errors.js';
import type { Item } from '../../model.js';
import type { SinkDescriptor } from '../../plugin.js';
import type { Session } from '../../session.js';
import type { Fetched } from '../../transfer/fetch.js';
import { type Command, type CommandOption, flag, type Invocation, type Outcome, textOption } from '../command.js';
import { jobOf } from '../job-control.js';
import { Meter } from '../meter.js';
import { saveStage } from '../save-stage.js';
import { describeDestination, openTarget } from '../target.js';
import { factsOf } from './fetch.js';

export const SAVE_OPTIONS: Readonly<Record<string, CommandOption>> = {
  new: { type: 'string', short: 'n', value: '<name>', description: 'make a folder under the destination first' },
  keep: { type: 'boolean', description: 'leave what is saved in the buffer' },
  overwrite: { type: 'boolean', description: 'replace whole, different media under the same name' },
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
  usage: '[<destination>] [<item>…] [--new <name>] [--keep]',
  options: SAVE_OPTIONS,
  words: ['path', 'item'],
  pipe: 'to',
  details: [
    'Items are numbers or ids as list shows them; without any, everything is saved.',
    'What is saved leaves the buffer; what failed stays.',
  ],
  async run(invocation) {
    const { session, words } = invocation;
    const chosen = words.length > 1 ? session.buffer.select(words.slice(1)) : session.buffer.all();
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
    return jobs.conclude(() => saveStage({ plan, target, job: jobs.begin, meter, keeper }, chosen, invocation));
  },
};

export interface SavePlan {
  readonly descriptor: SinkDescriptor;
  readonly destination: string | undefined;
  readonly folder: string | undefined;
  readonly layout: Layout;
  readonly keep: boolean;
  readonly overwrite: boolean;
  readonly metadata: boolean;
  readonly dryRun: boolean;
}

export function planSave({ session, words, options, target }: Invocation): SavePlan {
  const descriptor = session.runtime.registry.sink(target?.sink ?? session.sinkName);
  const layout = flatLayout(descriptor.capabilities);
  return {
    descriptor,
    destination: words[0],
    folder: textOption(options, 'new'),
    layout: target?.layout?.(layout) ?? layout,
    keep: flag(options, 'keep'),
    overwrite: flag(options, 'overwrite'),
    metadata: !flag(options, 'no-metadata'),
    dryRun: flag(options, 'dry-run'),
  };
}

async function dryRun(plan: SavePlan, chosen: readonly Fetched[], session: Session): Promise<Outcome> {
  const destination = await describeDestination(plan, session);
  for (const fetched of chosen) {
    const [own] = plan.layout.plan(fetched, { overwrite: plan.overwrite }).media;
    reportPlanned(fetched.item, own!.name, destination, session);
  }
  // Only where the buffer is empty: items that a person names are those of the buffer.
  const planned = chosen.length === 0 ? session.planned.splice(0) : [];
  for (const item of planned) reportPlanned(item, plan.layout.nameOf(item), destination, session);
  return { succeeded: chosen.length + planned.length, failures: [] };
}

export function reportPlanned(item: Item, name: string, destination: string, session: Session): void {
  session.runtime.reporter.emit({ event: 'would-save', ...factsOf(item), name, destination });
}
