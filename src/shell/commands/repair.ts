import type { SavedFile } from '../../archive/catalog/catalog.js';
import { AlbarettoError, usageError } from '../../errors.js';
import { type Command, flag, type Outcome } from '../command.js';
import { type Place, placesOf } from '../places.js';
import { Repairer } from '../repairer.js';
import { verifyPlaces } from '../verification.js';

export const repairCommand: Command = {
  name: 'repair',
  summary: 'fetch again what is missing or damaged, and put it back',
  usage: '[<folder>|<sink>]',
  options: { 'dry-run': { type: 'boolean', description: 'say what would be fetched again, and fetch nothing' } },
  words: ['path'],
  details: [
    'Everything is verified first. What is damaged is replaced, what is missing stored again, under the name that it had.',
    'Where other bytes come than were saved, what is there stays: they wait in the buffer, and save stores them.',
    'What its service has no more is told, recorded as gone, and left out from then on.',
    'The exit code is 1 when something could not be repaired.',
  ],
  async run(invocation) {
    const { session, words, options } = invocation;
    if (words.length > 1) throw usageError('repair takes one folder or sink', 'none stands for everything');
    const catalog = await session.catalog();
    const places = await placesOf(words[0], catalog, invocation);
    const verified = await verifyPlaces(places, true, catalog, invocation);
    const dryRun = flag(options, 'dry-run');
    const repairer = new Repairer(catalog, invocation, dryRun);
    for (const place of places) {
      const bad = verified.bad.filter((file) => isAt(file, place));
      if (bad.length > 0) await repairer.repair(place, bad);
    }
    const { repaired, gone, failed } = repairer;
    const partial = verified.failures.length > 0 ? { partial: true } : {};
    if (!dryRun) session.runtime.reporter.emit({ event: 'repaired', repaired, gone, failed, ...partial });
    return outcomeOf(repairer, [...verified.failures, ...repairer.failures]);
  },
};

function isAt(file: SavedFile, { sink, destination }: Place): boolean {
  return file.sink === sink && file.destination === destination;
}

/** Of a place that could not be looked at nothing is known; its cause tells the exit code where that is all there is. */
function outcomeOf({ repaired, gone, failed }: Repairer, told: readonly AlbarettoError[]): Outcome {
  const failures = told.map((error) => error.with({ reach: 'item' }));
  if (gone + failed === 0) return { succeeded: repaired, failures };
  const summary = new AlbarettoError({ code: 'E_NOT_FOUND', message: `${gone + failed} files could not be repaired` });
  return { succeeded: Math.max(1, repaired), failures: [...failures, summary] };
}
