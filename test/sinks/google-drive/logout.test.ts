import { describe, expect, test } from '@jest/globals';
import { failure, type Session, signInRecord, useGoogle } from './support.js';

const world = useGoogle();
const stored = ({ context }: Session) => context.record.secrets as Record<string, unknown> | undefined;
const revocations = () => world.google.requestsTo('POST', /^\/revoke/u);

describe('logout', () => {
  test('forgets the sign-in without a request, and keeps the client', async () => {
    const session = await world.signedIn();
    await session.sink.logout!({ revoke: false });
    expect(world.google.requests).toEqual([]);
    expect(stored(session)).toEqual({ identity: expect.objectContaining({ kind: 'oauth-client' }) });
    expect(JSON.stringify(stored(session))).not.toMatch(/ya29|1\/\/0/u);
    expect(await session.sink.signedIn!()).toBe(false);
  });

  test('leaves the sign-in alive at Google', async () => {
    const session = await world.signedIn();
    const before = structuredClone(stored(session));
    await session.sink.logout!({ revoke: false });
    await (await world.session({ secrets: before })).sink.open('root', {});
  });

  test('with revoke ends it at Google, by the refresh token', async () => {
    const session = await world.signedIn();
    const before = structuredClone(stored(session)) as { signIn: { refreshToken: string } };
    await session.sink.logout!({ revoke: true });
    expect(revocations()).toHaveLength(1);
    expect(revocations()[0]?.query.token).toBe(before.signIn.refreshToken);
    expect(revocations()[0]?.status).toBe(200);
    const later = await world.session({ secrets: before });
    await failure(later.sink.open('root', {}), 'E_CREDENTIALS');
  });

  test('with revoke is done when Google had ended it before', async () => {
    const session = await world.signedIn();
    world.google.revokeGrant(world.user, world.google.clientOf(world.credentials).project);
    await session.sink.logout!({ revoke: true });
    expect(revocations()[0]?.status).toBe(400);
    expect(stored(session)).not.toHaveProperty('signIn');
  });

  test.each([
    ['is out of order', { status: 503 }, 'E_UNAVAILABLE'],
    ['cannot be reached', { reset: 'before' }, 'E_NETWORK'],
  ] as const)(
    'with revoke keeps everything when Google %s, so that it can be tried again',
    async (_what, fault, code) => {
      const session = await world.signedIn();
      world.google.faults.inject({ path: /^\/revoke/u, ...fault });
      const error = await failure(session.sink.logout!({ revoke: true }), code);
      const { refreshToken } = (stored(session) as { signIn: { refreshToken: string } }).signIn;
      expect(error.describe()).not.toContain(refreshToken);
      expect(await session.sink.signedIn!()).toBe(true);
      await session.sink.logout!({ revoke: true });
      expect(await session.sink.signedIn!()).toBe(false);
    },
  );

  test('of nobody does nothing', async () => {
    const session = await world.session();
    await session.sink.logout!({ revoke: true });
    expect(world.google.requests).toEqual([]);
    expect(stored(session)).toBeUndefined();
  });

  test('is followed by a sign-in without a file', async () => {
    const session = await world.signedIn();
    await session.sink.logout!({ revoke: false });
    const next = await world.next(session, { person: { consent: {} } });
    expect(await next.sink.login!({ fresh: false })).toBe(world.user.email);
  });

  test('ends what an open destination may still do', async () => {
    const session = await world.session({ secrets: signInRecord(world) });
    const store = await session.sink.open('root', {});
    await session.sink.logout!({ revoke: false });
    await failure(store.reserve!(1, {}), 'E_CREDENTIALS');
  });
});
