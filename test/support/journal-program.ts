/** Writes entries into a journal, which it opens anew each time: the other process of a test. */

import { createJournal } from '../../src/archive/journal.js';

const [path = '', name = '', count = '0'] = process.argv.slice(2);
for (let number = 0; number < Number(count); number += 1) {
  const journal = createJournal(path);
  await journal.find('folder', 'any');
  const entry = { key: `${name}-${number}`, location: 'folder', reservation: `id-${name}-${number}`, sha256: 'ab' };
  await journal.write({ ...entry, state: 'begun' });
}
