import type { Catalog, FileFilter } from '../../archive/catalog/catalog.js';
import { AlbarettoError, usageError } from '../../errors.js';
import { printable } from '../../printable.js';
import { type Command, DONE, flag, type Invocation, textOption } from '../command.js';
import { placesOf } from '../places.js';

export const forgetCommand: Command = {
  name: 'forget',
  summary: 'take files off the record, as if they had never been saved',
  usage: '<item…>|--destination <folder>|--missing [--deleted]',
  options: {
    destination: {
      type: 'string',
      value: '<folder>',
      description: 'what was saved there and below',
      completes: 'path',
    },
    missing: { type: 'boolean', description: 'what was missing when it was last looked at' },
    deleted: { type: 'boolean', description: 'keep it on the record, and do not fetch it again' },
    'dry-run': { type: 'boolean', description: 'say how much it is, and forget nothing' },
  },
  words: ['item'],
  details: [
    "Items are ids as 'history' shows them, with their source before them where two sources have the same one.",
    'Stored files are not touched. What is forgotten is fetched again when its task is; what is deleted is not.',
    'That holds for pipes to the folder that it was deleted from; --again, --overwrite and --new fetch it all the same.',
    'Items, --destination and --missing together mean what all of them mean.',
  ],
  async run(invocation) {
    const { session, options } = invocation;
    const catalog = await session.catalog();
    const named = itemsOf(invocation);
    const filters = await filtersOf(named, catalog, invocation);
    const found = await lookUp(filters, catalog);
    const failed = await failuresOf(named, catalog);
    const unknown = named.find(
      ({ item, source }) => !found.named.has(item) && !failed.some((one) => one.item === item && fits(one, source)),
    );
    if (unknown !== undefined) throw unknownItem(unknown.item);
    const deleted = flag(options, 'deleted');
    const dryRun = flag(options, 'dry-run');
    if (!dryRun) {
      if (deleted) await catalog.setState(found.ids, 'deleted', new Date(session.runtime.now()));
      else for (const filter of filters) await catalog.forget(filter);
      await catalog.clearFailures(failed.map(({ id }) => id));
    }
    const counts = { files: found.ids.length, items: found.items };
    session.runtime.reporter.emit({ event: 'forgotten', ...counts, deleted, ...(dryRun ? { dryRun } : {}) });
    return DONE;
  },
};

interface NamedItem {
  readonly item: string;
  readonly source: string | undefined;
}

/** An id may hold a colon itself: only what stands before it and is a source is taken for one. */
function itemsOf({ session, words }: Invocation): readonly NamedItem[] {
  return words.map((word) => {
    const [, source, item] = /^([a-z][a-z0-9-]*):(.+)$/su.exec(word) ?? [];
    const known = source !== undefined && session.runtime.registry.findSource(source) !== undefined;
    return known && item !== undefined ? { item, source } : { item: word, source: undefined };
  });
}

/** @throws E_USAGE when nothing says what to forget, E_NOT_FOUND for a destination that nothing was saved to. */
async function filtersOf(
  named: readonly NamedItem[],
  catalog: Catalog,
  invocation: Invocation,
): Promise<readonly FileFilter[]> {
  const destination = textOption(invocation.options, 'destination');
  const missing = flag(invocation.options, 'missing');
  if (named.length === 0 && destination === undefined && !missing) {
    throw usageError('nothing says what to forget', `usage: forget ${forgetCommand.usage}`);
  }
  const places = destination === undefined ? [{}] : await placesOf(destination, catalog, invocation);
  const items = named.length === 0 ? [{}] : named;
  const state = missing ? ({ state: 'missing' } as const) : {};
  return places.flatMap((place) => items.map((item) => ({ ...place, ...item, ...state })));
}

async function lookUp(filters: readonly FileFilter[], catalog: Catalog) {
  const ids = new Set<number>();
  const items = new Set<string>();
  const named = new Set<string>();
  for (const filter of filters) {
    for await (const { id, source, task, item } of catalog.search(filter)) {
      ids.add(id);
      items.add(JSON.stringify([source, task, item]));
      named.add(item);
    }
  }
  return { ids: [...ids], items: items.size, named };
}

/** What is forgotten is not tried again either. */
async function failuresOf(named: readonly NamedItem[], catalog: Catalog) {
  if (named.length === 0) return [];
  const failures = await catalog.failures('all');
  return failures.filter((failure) => named.some(({ item, source }) => failure.item === item && fits(failure, source)));
}

function fits(one: { readonly source: string }, source: string | undefined): boolean {
  return source === undefined || one.source === source;
}

function unknownItem(item: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `nothing that fits is recorded of '${printable(item, 80)}'`,
    hint: "nothing was forgotten; 'history' shows ids",
    reach: 'run',
  });
}
