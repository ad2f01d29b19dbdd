import { AlbarettoError, usageError } from '../../errors.js';
import { type Command, flag, type Outcome } from '../command.js';
import { placesOf } from '../places.js';
import { type Verification, verifyPlaces } from '../verification.js';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'read again what was saved, and name what is missing or damaged',
  usage: '[<folder>|<sink>] [--quick]',
  options: { quick: { type: 'boolean', description: 'look at presence and sizes alone; read nothing' } },
  words: ['path'],
  details: [
    'Without a word everything that was ever saved is looked at; a folder stands for those below it too.',
    'Needs no source; a folder of this machine needs no network. The exit code is 1 when a file is missing or damaged.',
    "'repair' fetches these again.",
  ],
  async run(invocation) {
    const { session, words, options } = invocation;
    if (words.length > 1) throw usageError('verify takes one folder or sink', 'none stands for everything');
    const { reporter, now } = session.runtime;
    const begun = now();
    const deep = !flag(options, 'quick');
    const catalog = await session.catalog();
    const found = await verifyPlaces(await placesOf(words[0], catalog, invocation), deep, catalog, invocation);
    const missing = found.bad.filter(({ state }) => state === 'missing').length;
    reporter.emit({
      event: 'verified',
      deep,
      files: found.files,
      missing,
      damaged: found.bad.length - missing,
      bytes: found.bytes,
      seconds: Math.round(now() - begun) / 1000,
    });
    return outcomeOf(found);
  },
};

/**
 * A place that could not be looked at does not undo the look at the others: all of them failed for one cause, or the exit
 * code is 1. It is 1 as well for whatever was found to be wrong.
 */
function outcomeOf({ files, bad, failures }: Verification): Outcome {
  const told = failures.map((error) => error.with({ reach: 'item' }));
  if (bad.length === 0) return { succeeded: files, failures: told };
  const summary = new AlbarettoError({ code: 'E_DIGEST', message: `${bad.length} files are missing or damaged` });
  return { succeeded: files, failures: [...told, summary] };
}
