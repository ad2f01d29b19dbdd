/** The whole soak: 20,000 items, or as many as the first argument says (a multiple of ten). Ends with 1 when it failed. */

import { growthOf, soak } from './soak.js';

const items = Number(process.argv[2] ?? 20_000);
/** MiB that the second half may take more than the first. */
const MOST_GROWTH = 64;
const mebibytes = (kibibytes: number) => `${(kibibytes / 1024).toFixed(0)} MiB`;

console.log(`${items} items from a service that resets 5 %, limits 2 % and cuts 1 %`);
const { run, seconds, troubles, faults, memory } = await soak(items);
const growth = growthOf(memory);
console.log(`  ended with ${run.code} after ${seconds.toFixed(0)} s: ${run.stderr.trimEnd().split('\n').at(-1)}`);
console.log(
  `  ${Object.entries(troubles)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')}`,
);
console.log(`  peak memory ${mebibytes(memory.peak)}, second half over first half ${mebibytes(growth)}`);
for (const fault of faults.slice(0, 20)) console.log(`  ${fault}`);
if (run.code !== 0) console.log(run.stderr.slice(0, 5_000));
const failed = run.code !== 0 || faults.length > 0 || growth > MOST_GROWTH * 1024;
console.log(failed ? 'failed' : 'complete, every digest right, memory flat');
process.exitCode = failed ? 1 : 0;
