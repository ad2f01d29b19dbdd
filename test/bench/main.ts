/**
 * How fast the program is: `npm run bench`. Prints figures and judges nothing. A word after `--` chooses one suite
 * (`npm run bench -- memory`); `--whole` takes more rounds and larger jobs.
 */

import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { archives } from './archives.js';
import { manyPictures } from './many-pictures.js';
import { memory } from './memory.js';
import { onceMore } from './once-more.js';
import { removePlaces } from './places.js';
import { startUpAndSmallestJob } from './start-up.js';

const SUITES: Readonly<Record<string, (whole: boolean) => Promise<void>>> = {
  'start-up': startUpAndSmallestJob,
  'many-pictures': manyPictures,
  'once-more': onceMore,
  archives,
  memory,
};

const words = process.argv.slice(2);
const chosen = words.filter((word) => word in SUITES);
console.log(
  `Node ${process.version}, ${availableParallelism()} processors, load ${loadavg()[0]!.toFixed(1)}, in ${tmpdir()}`,
);
for (const name of chosen.length > 0 ? chosen : Object.keys(SUITES)) {
  try {
    await SUITES[name]!(words.includes('--whole'));
  } catch (thrown) {
    // The figures of the others are worth having all the same.
    console.error(`  ${name} broke off: ${thrown instanceof Error ? thrown.message.trim() : String(thrown)}`);
    process.exitCode = 1;
  }
}
removePlaces();
