import { expect, test } from '@jest/globals';
import { linesOf, NO_PAINT } from '../../src/report/lines.js';
import { closedAfterEach } from '../support/after-each.js';
import { openArchiveRig } from '../support/archive-rig.js';

const open = closedAfterEach(openArchiveRig, (rig) => rig.close());

test('the folder of --new is told as new the first time, and as there already from then on', async () => {
  const rig = await open();
  const { id } = rig.service.add({ count: 1 });
  for (let run = 0; run < 2; run += 1) await rig.run(`fetch ${id} | save pics --new Robots`);
  expect(rig.told('folder').flatMap((event) => linesOf(event, NO_PAINT).map(({ text }) => text))).toEqual([
    "  ✓ Created a new folder 'Robots' under pics",
    "  ✓ Using the folder 'Robots' under pics",
  ]);
});
