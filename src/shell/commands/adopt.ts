import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { walkArchive } from '../../archive/archive-walk.js';
import type { Catalog, SavedFile } from '../../archive/catalog/catalog.js';
import { AlbarettoError, asAlbarettoError, usageError } from '../../errors.js';
import { printable } from '../../printable.js';
import type { Session } from '../../session.js';
import { Adopter } from '../adopter.js';
import { type Command, flag, type Invocation, type Outcome } from '../command.js';
import { quoteWord } from '../grammar.js';
import { openPlace, type Place } from '../places.js';
import { expectedOf } from '../recorded-file.js';

/** The sink whose destinations are folders of this machine. */
const FOLDERS = 'local-filesystem';

/** Files without a sidecar that are named; more are only counted. */
const MOST_NAMED = 20;

/** An archive without records is no failure: a source's own layout is known by its names to whoever saves there again. */
const NOTHING =
  'there is no record (<id>.json) that save has written, so nothing is recorded; fetch it and save it there again: the same files are not stored twice';

export const adoptCommand: Command = {
  name: 'adopt',
  summary: 'put an archive that is there on the record: a lost catalog, a moved folder',
  usage: '<folder>',
  options: { 'dry-run': { type: 'boolean', description: 'say what is there, and record nothing' } },
  words: ['path'],
  details: [
    'Reads the sidecars (<id>.json) of the folder and those below it, and the files that they speak of.',
    'Adopt the folder that is given to save, or one above it: what lies below is recorded as its part.',
    'What is missing or damaged is recorded as that, for repair. Files without a sidecar are told and left alone.',
    'A catalog that is damaged is set aside first, and a new one begun.',
  ],
  async run(invocation) {
    const { session, signal, words, options } = invocation;
    const [word] = words;
    if (word === undefined || words.length > 1) throw usageError('adopt takes one folder', 'usage: adopt <folder>');
    const root = await folderOf(word, session);
    const dryRun = flag(options, 'dry-run');
    const catalog = dryRun ? await session.catalog() : await soundCatalog(session);
    const adopter = new Adopter(catalog, { sink: FOLDERS, destination: root }, invocation, dryRun);
    const { reporter } = session.runtime;
    const failures: AlbarettoError[] = [];
    let unknown = 0;
    try {
      for await (const found of walkArchive(root, signal)) {
        if (found.kind === 'sidecars') await adopter.adopt(found.folder, found.sidecars);
        else if (found.kind === 'unread') failures.push(found.error);
        else {
          for (const name of found.names.slice(0, Math.max(0, MOST_NAMED - unknown))) {
            reporter.emit({ event: 'notice', text: `left alone, without a sidecar: ${join(found.folder, name)}` });
          }
          unknown += found.names.length;
        }
      }
    } finally {
      reporter.idle();
    }
    for (const error of failures) reporter.emit({ event: 'warning', text: error.describe() });
    await tellOldPlaces(adopter, catalog, invocation);
    const { items, files, missing, damaged } = adopter;
    const counts = { items, files, missing, damaged, unknown };
    reporter.emit({ event: 'adopted', destination: root, ...counts, ...(dryRun ? { dryRun } : {}) });
    if (items === 0 && failures.length + adopter.failures.length === 0) {
      reporter.emit({ event: 'warning', text: NOTHING });
    }
    return { succeeded: items, failures: [...failures, ...adopter.failures] } satisfies Outcome;
  },
};

/** @throws E_DESTINATION when it is not there. */
async function folderOf(word: string, session: Session): Promise<string> {
  const path = session.runtime.resolvePath(word);
  try {
    return await realpath(path);
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    throw new AlbarettoError({
      code: 'E_DESTINATION',
      message: `${printable(path)} cannot be opened (${typeof code === 'string' ? code : 'unknown error'})`,
      hint: 'adopt takes a folder that is there',
      reach: 'run',
      cause,
    });
  }
}

/** A damaged one is set aside: whoever adopts has the archive itself to begin a new one from. */
async function soundCatalog(session: Session): Promise<Catalog> {
  const { CATALOG_NAME, isDamaged, setAside } = await import('../../archive/catalog/catalog.js');
  try {
    const catalog = await session.catalog();
    if ((await catalog.check()).length === 0) return catalog;
  } catch (thrown) {
    if (!isDamaged(thrown)) throw thrown;
  }
  const { config, now, reporter } = session.runtime;
  const moved = await setAside(join(config.folder, CATALOG_NAME), new Date(now()));
  reporter.emit({ event: 'warning', text: `the catalog was damaged; it lies at ${moved} now, and a new one is begun` });
  return session.catalog();
}

/** Rows of places that these items have been moved away from: kept, because the person may have copied them. */
async function tellOldPlaces(adopter: Adopter, catalog: Catalog, context: Invocation): Promise<void> {
  const { reporter } = context.session.runtime;
  for (const place of await catalog.destinations()) {
    const { sink, destination } = place;
    if (sink !== FOLDERS || adopter.places.has(destination)) continue;
    try {
      const absent = await countAbsent(place, adopter.seen, catalog, context);
      if (absent === 0) continue;
      const files = absent === 1 ? '1 file is' : `${absent} files are`;
      const remedy = `'forget --destination ${quoteWord(destination)}' takes them off`;
      reporter.emit({
        event: 'notice',
        text: `${files} on the record in ${destination} too, and not there any more: ${remedy}`,
      });
    } catch (thrown) {
      const error = asAlbarettoError(thrown, context.signal);
      if (error.code === 'E_INTERRUPTED') throw error;
      // Another disk, perhaps: nothing is known of what lies there.
      reporter.log.debug(error.describe());
    }
  }
}

/** How many of the files that are recorded for these items at a place are not there. */
async function countAbsent(
  { sink, destination }: Place,
  seen: ReadonlyMap<string, ReadonlySet<string>>,
  catalog: Catalog,
  context: Invocation,
): Promise<number> {
  const files: SavedFile[] = [];
  for (const [source, items] of seen) {
    const rows = await catalog.find({ sink, destination, source, items: [...items] });
    files.push(...[...rows.values()].flat().filter(({ state }) => state !== 'deleted'));
  }
  if (files.length === 0) return 0;
  const store = await openPlace({ sink, destination }, context);
  try {
    const conditions = await store.inspect?.(files.map(expectedOf), { signal: context.signal, deep: false });
    return conditions?.filter((condition) => condition === 'missing').length ?? 0;
  } finally {
    await store.close?.();
  }
}
