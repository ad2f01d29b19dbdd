import { expect, test } from '@jest/globals';
import { createSwiftness } from '../../../sinks/local-filesystem/swiftness.js';

/** Direct calls that take so many milliseconds each; answers how many were made before the first went elsewhere. */
async function directCalls(milliseconds: (call: number) => number, most: number): Promise<number> {
  let clock = 0;
  let direct = 0;
  const swiftness = createSwiftness(() => clock);
  for (let call = 0; call < most; call += 1) {
    const way = await swiftness.either(
      () => {
        clock += milliseconds(call);
        return 'directly';
      },
      async () => 'elsewhere',
    );
    if (way === 'elsewhere') return direct;
    direct += 1;
  }
  return direct;
}

test('swift calls are made directly, however many they are', async () => {
  expect(await directCalls(() => 0.02, 10_000)).toBe(10_000);
});

test('one call that hangs is the last direct one', async () => {
  expect(await directCalls((call) => (call === 3 ? 400 : 0.02), 100)).toBe(4);
});

test('calls that are slow every time hold the program up for an instant and no longer', async () => {
  expect(await directCalls(() => 5, 100)).toBeLessThanOrEqual(6);
});

test('a disk that is busy now and then is no slow disk', async () => {
  expect(await directCalls((call) => (call % 200 === 0 ? 10 : 0.02), 5_000)).toBe(5_000);
});

test('a direct call that fails rejects as the other one does', async () => {
  const swiftness = createSwiftness();
  const fail = () => {
    throw Object.assign(new Error('taken'), { code: 'EEXIST' });
  };
  await expect(swiftness.either(fail, async () => undefined)).rejects.toMatchObject({ code: 'EEXIST' });
});
