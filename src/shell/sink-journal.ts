/** The journal of a sink whose storage gives out ids; `undefined` for any other. */

import { createJournal, type Journal } from '../archive/journal.js';
import type { SinkDescriptor } from '../plugin.js';
import type { Runtime } from '../runtime.js';

export function sinkJournal(
  { name, capabilities }: SinkDescriptor,
  { config }: Pick<Runtime, 'config'>,
): Journal | undefined {
  return capabilities.reserves ? createJournal(`${config.folder}/journal/${name}.jsonl`) : undefined;
}
