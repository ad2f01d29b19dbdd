/** A session that takes over what others left, keeps and releases items without end, and says what it does, until it is killed. */

import { writeSync } from 'node:fs';
import type { Fetched } from '../../src/transfer/fetch.js';
import { openHolding } from '../../src/transfer/holding.js';
import { arrivedIn } from './unsaved.js';

const [folder = '', mode] = process.argv.slice(2);
const STANDARD_OUTPUT = 1;
/** At once, so that nothing that was said is lost with the process. */
const say = (line: string) => void writeSync(STANDARD_OUTPUT, `${line}\n`);

const holding = openHolding({ folder, memory: 20_000, now: Date.now });
const held: Fetched[] = [];

say('begins');
const found = await holding.leftovers();
await found?.take(
  async (fetched) => void held.push(await holding.keep(fetched)),
  (error) => say(`told ${error.message}`),
);
for (let number = 0; ; number += 1) {
  const id = `${process.pid}-${number}`;
  say(`keeping ${id}`);
  const wishes = { id, companions: number % 3 === 0 ? [`${id}-mask`] : [] };
  held.push(await holding.keep(await arrivedIn(() => holding.openForBuffer(), wishes)));
  say(`kept ${id}`);
  if (mode === 'stay') await new Promise((resolve) => setTimeout(resolve, 1_000_000));
  if (held.length <= 15) continue;
  const oldest = held.shift()!;
  say(`releasing ${oldest.item.id}`);
  await holding.release(oldest);
  say(`released ${oldest.item.id}`);
}
