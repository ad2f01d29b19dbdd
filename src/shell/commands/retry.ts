import { type AlbarettoError, usageError } from '../../errors.js';
import { type Command, flag, type Outcome } from '../command.js';
import { Retrier, type RetryGroup, retryGroups } from '../retrier.js';

export const retryCommand: Command = {
  name: 'retry',
  summary: 'run again what failed, to where it should have gone',
  usage: '[--all]',
  options: {
    all: { type: 'boolean', description: 'what failed in any run, and not in the newest one alone' },
    'dry-run': { type: 'boolean', description: 'say what would be fetched again, and fetch nothing' },
  },
  details: [
    'In the same session or a later one. What was not on its way to a destination joins the buffer.',
    'What is saved, now or by another command, has not failed any more.',
  ],
  async run(invocation) {
    const { session, words, options } = invocation;
    if (words.length > 0) throw usageError('retry takes no words', "'forget <item>' ends the tries for an item");
    const catalog = await session.catalog();
    const groups: readonly RetryGroup[] = await retryGroups(catalog, flag(options, 'all') ? 'all' : 'last');
    if (groups.length === 0) session.runtime.reporter.emit({ event: 'notice', text: 'nothing has failed' });
    const retrier = new Retrier(catalog, invocation, flag(options, 'dry-run'));
    const failures: AlbarettoError[] = [];
    let succeeded = 0;
    for (const group of groups) {
      const outcome: Outcome = await retrier.retry(group);
      succeeded += outcome.succeeded;
      failures.push(...outcome.failures);
    }
    return { succeeded, failures };
  },
};
