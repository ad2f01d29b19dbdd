/** Destinations that the catalog knows, as a person names them, and the stores that are there. */

import { sep } from 'node:path';
import type { Catalog } from '../archive/catalog/catalog.js';
import { AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Store } from '../plugin.js';
import { printable } from '../printable.js';
import { withRetry } from '../retry.js';
import { retryOptions } from '../wiring.js';
import type { Invocation } from './command.js';

/** One folder that something was saved to. */
export interface Place {
  readonly sink: string;
  /** In its unique form: `Store.location`. */
  readonly destination: string;
}

type Context = Pick<Invocation, 'session' | 'signal'>;

/**
 * The recorded destinations that a word means: all without one; those of a sink by its name; a destination as `save` takes
 * it, with the folders below it.
 *
 * @throws E_NOT_FOUND when nothing was ever saved there, and what the sink throws for a word of the wrong form.
 */
export async function placesOf(word: string | undefined, catalog: Catalog, context: Context): Promise<Place[]> {
  const known = (await catalog.destinations()).map(({ sink, destination }) => ({ sink, destination }));
  if (word === undefined) return known;
  const { registry } = context.session.runtime;
  if (registry.findSink(word) !== undefined) return known.filter(({ sink }) => sink === word);
  const exact = known.filter(({ destination }) => destination === word);
  if (exact.length > 0) return exact.flatMap((place) => withThoseBelow(place, known));
  const found = await described(word, known, context);
  if (found.length > 0) return found;
  const behindLinks = await opened(word, known, context);
  if (behindLinks.length > 0) return behindLinks;
  throw new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `nothing is recorded at ${printable(word, 200)}`,
    hint: "'adopt <folder>' records what lies in a folder",
    reach: 'run',
  });
}

/** By what each sink calls such a word, the current one first; that costs no request. */
async function described(word: string, known: readonly Place[], { session }: Context): Promise<Place[]> {
  const sinks = new Set([session.sinkName, ...known.map(({ sink }) => sink)]);
  let refusal: unknown;
  for (const name of sinks) {
    if (session.runtime.registry.findSink(name) === undefined) continue;
    const sink = await session.sink(name);
    try {
      const found = withThoseBelow({ sink: name, destination: sink.describe(word) }, known);
      if (found.length > 0) return found;
    } catch (thrown) {
      if (name === session.sinkName) refusal = thrown;
    }
  }
  if (refusal !== undefined) throw refusal;
  return [];
}

/** As the storage itself calls it: a link may lead to the folder. */
async function opened(word: string, known: readonly Place[], context: Context): Promise<Place[]> {
  const sink = context.session.sinkName;
  const store = await openPlace({ sink, destination: word }, context);
  await store.close?.();
  return withThoseBelow({ sink, destination: store.location }, known);
}

function withThoseBelow({ sink, destination }: Place, known: readonly Place[]): Place[] {
  return known.filter((place) => place.sink === sink && pathBelow(destination, place.destination) !== undefined);
}

/**
 * The path, with slashes, that leads from one folder to another one below it; empty for the folder itself, `undefined` for
 * one that does not lie in it. Where destinations are no paths none lies in another one.
 */
export function pathBelow(above: string, destination: string): string | undefined {
  if (destination === above) return '';
  const folder = above.replace(/[/\\]+$/u, '');
  const isBelow = [`${folder}/`, `${folder}\\`].some((path) => destination.startsWith(path));
  return isBelow
    ? destination
        .slice(folder.length + 1)
        .split(sep)
        .join('/')
    : undefined;
}

/** Opens a destination to look at it: nothing is made or changed there. */
export async function openPlace({ sink, destination }: Place, { session, signal }: Context): Promise<Store> {
  const { runtime } = session;
  const { title } = runtime.registry.sink(sink);
  runtime.reporter.busy(`Opening ${title}`);
  try {
    const body = await session.sink(sink);
    const tries = { ...retryOptions(runtime), signal, now: runtime.now };
    return await withRetry(() => body.open(destination, { signal, readOnly: true }), tries);
  } catch (thrown) {
    const error = asAlbarettoError(thrown, signal);
    throw error.plugin === undefined && error.code !== 'E_INTERRUPTED' ? error.with({ plugin: sink }) : error;
  } finally {
    runtime.reporter.idle();
  }
}
