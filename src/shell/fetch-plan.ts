/** What a `fetch` was asked for, read from its words and options. */

import { usageError } from '../errors.js';
import type { Recognised } from '../recognise.js';
import { parseSelection } from '../selection.js';
import { numberLimit } from '../wiring.js';
import { type CommandOption, flag, type Invocation, listOption, textOption } from './command.js';
import { FILTER_OPTIONS, itemFilter } from './item-filter.js';
import { readLimit } from './limits.js';
import type { FetchPlan } from './listing.js';
import { readReferenceFiles } from './reference-file.js';
import { recogniseAll } from './references.js';
import { typedOptions } from './source-options.js';

export const FETCH_OPTIONS: Readonly<Record<string, CommandOption>> = {
  generation: {
    type: 'string',
    short: 'g',
    multiple: true,
    value: '<n>',
    description: 'only these generations: 2, 2,3, 2-4 or 3-; counted from 1 as the page shows them',
  },
  source: { type: 'string', value: '<name>', description: 'the source to fetch from', completes: 'source' },
  all: { type: 'boolean', description: 'your whole history' },
  limit: { type: 'string', value: '<n>', description: 'at most so many items' },
  'from-file': {
    type: 'string',
    multiple: true,
    value: '<path>',
    description: 'references from a file, one a line; - for the standard input',
    completes: 'path',
  },
  ...FILTER_OPTIONS,
  again: { type: 'boolean', description: 'in a pipe: fetch and save again what is at the destination already' },
  'dry-run': { type: 'boolean', description: 'say what would be fetched, and fetch nothing' },
};

/** @throws E_USAGE for everything that can be known to be wrong before a request. */
export async function planFetch({ session, words, options, only, signal }: Invocation): Promise<FetchPlan> {
  const generations = listOption(options, 'generation');
  const selection = generations.length === 0 ? undefined : parseSelection(generations);
  const limit = readLimit(options) ?? Number.POSITIVE_INFINITY;
  const filter = itemFilter(options, session.runtime.now);
  const all = flag(options, 'all');
  const files = listOption(options, 'from-file');
  const named = words.length + files.length;
  if (all && named > 0) throw usageError('--all takes no reference', 'it fetches the whole history of the source');
  if (!all && named === 0) throw usageError('fetch needs a reference', 'usage: fetch <reference…>, or fetch --all');
  if (selection !== undefined && (all || words.length > 1 || files.length > 0)) {
    throw usageError('-g needs one task', 'generations are counted within a task');
  }
  const forced = textOption(options, 'source');
  if (forced !== undefined) session.runtime.registry.source(forced);
  const typed = all ? [] : await recogniseAll(words, forced, session);
  const lines = files.length === 0 ? undefined : await readReferenceFiles(files, forced, session, signal);
  const references = [
    ...typed,
    ...(lines?.references ?? []).filter((one) => !typed.some((other) => isSame(one, other))),
  ];
  const history = all ? (forced ?? session.sourceName) : undefined;
  const { registry } = session.runtime;
  const asked = history === undefined ? references.map(({ source }) => source) : [registry.source(history)];
  return {
    references,
    badLines: lines?.bad ?? [],
    all: history,
    sourceOptions: typedOptions(options, FETCH_OPTIONS, [...new Set(asked)], registry),
    selection,
    limit,
    dryRun: flag(options, 'dry-run'),
    only,
    most: numberLimit(session.runtime, 'items'),
    filter,
  };
}

function isSame(one: Recognised, other: Recognised): boolean {
  return one.source.name === other.source.name && one.reference === other.reference;
}
