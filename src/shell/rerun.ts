/** Items that are fetched once more and saved where they belong: what `repair` and `retry` have in common. */

import type { Catalog, Run } from '../archive/catalog/catalog.js';
import type { Layout } from '../archive/layout.js';
import { AlbarettoError } from '../errors.js';
import { printable } from '../printable.js';
import type { Invocation, Outcome } from './command.js';
import { runPipe } from './pipe.js';
import type { Place } from './places.js';

type Context = Pick<Invocation, 'session' | 'signal'>;

export interface Rerun {
  readonly source: string;
  /** In the form that `Source.open` takes; without one the whole history is looked through. */
  readonly reference: string | undefined;
  /** Of everything that is listed only these items. */
  readonly only?: ReadonlySet<string> | undefined;
  readonly place: Place;
  /** Fetch and save also what is there. */
  readonly again: boolean;
  readonly metadata: boolean;
  /** What `--layout` said in the run that saved them, or was to. */
  readonly asked?: string | undefined;
  readonly dryRun: boolean;
  layout?(usual: Layout): Layout;
}

/** @throws what a pipe throws. */
export function rerun(what: Rerun, { session, signal }: Context): Promise<Outcome> {
  const { source, reference, only, place, again, metadata, asked, dryRun, layout } = what;
  const common = { session, signal };
  const all = reference === undefined;
  return runPipe(
    { ...common, words: all ? [] : [reference], options: { source, all, again, 'dry-run': dryRun }, only },
    {
      ...common,
      words: [place.destination],
      options: { 'no-metadata': !metadata, layout: asked },
      target: { sink: place.sink, ...(layout === undefined ? {} : { layout }) },
    },
  );
}

/**
 * The references by which a source may be asked for a task's items, the cheapest first: the task's own id, what earlier
 * runs were given, and (`undefined`) the whole history where nothing else is known.
 *
 * @param earlier The runs that saved the items.
 * @throws E_USAGE when the source is not there, or nothing can be asked of it.
 */
export function referencesOf(
  source: string,
  task: string,
  earlier: readonly Pick<Run, 'references'>[],
  { session }: Context,
): readonly (string | undefined)[] {
  const descriptor = session.runtime.registry.source(source);
  const isOne = (reference: string) => descriptor.recognise(reference) !== undefined;
  // Of several references most lead to other tasks: they are asked for only where the task has no name of its own.
  const runs = isOne(task) ? earlier.filter(({ references }) => references.length === 1) : earlier;
  const named = new Set([task, ...runs.flatMap(({ references }) => references)].filter(isOne));
  // A folder gives its task its name.
  const isOther = (reference: string) => (reference.split(/[/\\]/u).at(-1) === task ? 0 : 1);
  if (named.size > 0) return [...named].sort((one, other) => isOther(one) - isOther(other));
  if (descriptor.capabilities.all) return [undefined];
  throw new AlbarettoError({
    code: 'E_USAGE',
    message: `nothing that is recorded says how to ask for ${printable(task, 100)}`,
    hint: 'fetch it by the reference that led to it',
    plugin: source,
  });
}

/** The runs with these ids; one that the catalog has no more is not in the map. */
export async function runsById(ids: Iterable<number>, catalog: Catalog): Promise<ReadonlyMap<number, Run>> {
  const wanted = new Set(ids);
  const found = new Map<number, Run>();
  const page = 200;
  for (let offset = 0; found.size < wanted.size; offset += page) {
    const runs = await catalog.runs({ limit: page, offset });
    for (const run of runs) if (wanted.has(run.id)) found.set(run.id, run);
    if (runs.length < page) break;
  }
  return found;
}
