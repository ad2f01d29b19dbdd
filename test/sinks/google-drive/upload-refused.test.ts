import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { Store } from '../../../src/plugin.js';
import { picture, reserved } from './files.js';
import { failure, useGoogle } from './support.js';

const world = useGoogle();
const stored = () => world.google.files().filter(({ mimeType }) => !mimeType.endsWith('.folder'));

async function opened(): Promise<Store> {
  const folder = world.google.addFolder({ name: 'Pictures' });
  const { sink } = await world.signedIn({ scope: 'drive' });
  return sink.open(folder.id, {});
}

describe('what Google refuses while saving', () => {
  test.each([
    ['storageQuotaExceeded', 403, 'E_NO_SPACE', 'run', false],
    ['quotaExceeded', 403, 'E_NO_SPACE', 'run', false],
    ['teamDriveFileLimitExceeded', 403, 'E_NO_SPACE', 'run', false],
    ['numChildrenInNonRootLimitExceeded', 403, 'E_NO_SPACE', 'run', false],
    ['activeItemCreationLimitExceeded', 403, 'E_NO_SPACE', 'run', false],
    ['dailyLimitExceeded', 403, 'E_RATE_LIMITED', 'run', false],
    ['userRateLimitExceeded', 403, 'E_RATE_LIMITED', 'host', true],
    ['rateLimitExceeded', 403, 'E_RATE_LIMITED', 'host', true],
    ['rateLimitExceeded', 429, 'E_RATE_LIMITED', 'host', true],
    ['domainPolicy', 403, 'E_DESTINATION', 'run', false],
    ['teamDriveMembershipRequired', 403, 'E_DESTINATION', 'run', false],
    ['insufficientPermissions', 403, 'E_CREDENTIALS', 'run', false],
    ['accessNotConfigured', 403, 'E_CREDENTIALS', 'run', false],
    ['insufficientParentPermissions', 403, 'E_DESTINATION', 'run', false],
    ['badRequest', 400, 'E_DESTINATION', 'item', false],
    ['internalError', 500, 'E_UNAVAILABLE', 'item', true],
    ['backendError', 503, 'E_UNAVAILABLE', 'item', true],
    ['somethingNew', 403, 'E_DESTINATION', 'run', false],
  ] as const)(
    '%s (%i) is %s, reaches the %s; worth another try: %s',
    async (reason, status, code, reach, retryable) => {
      const store = await opened();
      const file = await reserved(store, picture());
      const message = 'Words of Google\u001b[31m.';
      world.google.faults.inject({ method: 'POST', path: /upload/u, status, reason, message, retryAfter: 9 });
      const error = await failure(store.put(file, {}), code);
      expect(error).toMatchObject({ reach, retryable, retryAfter: 9000, plugin: 'google-drive' });
      expect(error.describe()).toMatch(/^\[google-drive\] saving generation-1\.webp: Words of Google\[31m \(.+\): .+/u);
      expect(stored()).toEqual([]);
    },
  );

  test('a rate limit tells of the limit of a day too, which looks the same', async () => {
    const store = await opened();
    world.google.faults.inject({ method: 'POST', path: /upload/u, status: 403, reason: 'userRateLimitExceeded' });
    const error = await failure(store.put(await reserved(store, picture()), {}), 'E_RATE_LIMITED');
    expect(error.hint).toMatch(/750 GB a day/u);
  });

  test('is told without anything secret, and without the library', async () => {
    const session = await world.signedIn({ scope: 'drive' });
    const store = await session.sink.open('root', {});
    const file = await reserved(store, picture());
    for (const fault of [
      { status: 403 },
      { status: 500 },
      { reset: 'before' },
      { truncate: true },
      { status: 401, count: 2 },
    ] as const) {
      const injected = world.google.faults.inject({ method: 'POST', path: /upload/u, ...fault });
      const thrown = await store.put(file, {}).catch((reason: unknown) => reason);
      injected.remove();
      const told = inspect(thrown, { depth: 20, showHidden: true });
      expect(told).toMatch(/AlbarettoError/u);
      expect(told).not.toMatch(/Gaxios|Bearer|ya29|RequestError/u);
      for (const secret of session.context.record.redacted) expect(told).not.toContain(secret);
    }
  });

  test('an abort ends the request at once and stores nothing afterwards', async () => {
    const store = await opened();
    const file = await reserved(store, picture());
    await store.has!([], {});
    world.google.faults.inject({ method: 'POST', path: /upload/u, stall: true });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    await failure(store.put(file, { signal: controller.signal }), 'E_INTERRUPTED');
    expect(stored()).toEqual([]);
  });
});
