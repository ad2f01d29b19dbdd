import { expect, test } from '@jest/globals';
import { soak } from '../soak/soak.js';

const ITEMS = 300;
/** MiB; several times what it takes. */
const MOST_MEMORY = 400;

test(`${ITEMS} items from a service that resets, limits and cuts end complete, every digest right, in little memory`, async () => {
  const { run, faults, troubles, memory } = await soak(ITEMS);
  expect(faults).toEqual([]);
  expect({ code: run.code, stderr: run.stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('300 saved'),
  });
  // The service was in every trouble about as often as was meant: where two meet at one request, it is in one of them.
  expect(troubles.reset).toBeGreaterThanOrEqual(ITEMS * 0.04);
  expect(troubles['rate-limit']).toBeGreaterThanOrEqual(ITEMS * 0.01);
  expect((troubles.shortened ?? 0) + (troubles['closed-early'] ?? 0)).toBe(ITEMS * 0.01);
  expect(memory.peak / 1024).toBeLessThan(MOST_MEMORY);
  console.info(`peak memory ${Math.round(memory.peak / 1024)} MiB`);
}, 120_000);
