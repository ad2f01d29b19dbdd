import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { failure, type Session, signInRecord, useGoogle, type World } from './support.js';

const world = useGoogle();
const DAY = 86_400_000;
const refreshes = ({ google }: World) => google.requestsTo('POST', /^\/token/u);
const stored = ({ context }: Session) =>
  (context.record.secrets as { signIn?: Record<string, unknown> } | undefined)?.signIn;

describe('the access token', () => {
  test('is used as long as it lives', async () => {
    const { sink } = await world.signedIn();
    await sink.open('root', {});
    expect(refreshes(world)).toEqual([]);
  });

  test('is renewed before it ends, once for all requests that wait', async () => {
    const session = await world.session({ secrets: signInRecord(world, 'drive.file', 60_000) });
    const store = await session.sink.open('root', {});
    await Promise.all([store.reserve!(1, {}), store.reserve!(1, {}), store.has!([{ name: 'a', key: 'a' }], {})]);
    expect(refreshes(world)).toHaveLength(1);
    expect(stored(session)).toMatchObject({ refreshedAt: expect.any(Number), account: world.user.email });
  });

  test('is renewed once when Google refuses it, and the request is sent again', async () => {
    const session = await world.signedIn();
    world.google.faults.inject({ path: /files\/root/u, status: 401 });
    await session.sink.open('root', {});
    expect(refreshes(world)).toHaveLength(1);
    expect(world.google.requestsTo('GET', /files\/root/u)).toHaveLength(2);
  });

  test('that stays refused ends as a matter of signing in', async () => {
    const session = await world.signedIn();
    world.google.faults.inject({ path: /files\/root/u, status: 401, count: Number.POSITIVE_INFINITY });
    const error = await failure(session.sink.open('root', {}), 'E_CREDENTIALS');
    expect(error.reach).toBe('run');
    expect(world.google.requestsTo('GET', /files\/root/u)).toHaveLength(2);
  });

  test('a rate limit costs no renewal', async () => {
    const session = await world.signedIn();
    world.google.faults.inject({ path: /files\/root/u, status: 403, reason: 'userRateLimitExceeded' });
    await failure(session.sink.open('root', {}), 'E_RATE_LIMITED');
    expect(refreshes(world)).toEqual([]);
  });

  test('that another process renewed meanwhile is taken over without a request', async () => {
    const session = await world.session({ secrets: signInRecord(world, 'drive.file', 60_000) });
    const { record, secrets } = { record: session.context.record, secrets: session.context.secrets };
    const fresh = signInRecord(world);
    const holder = secrets.locked(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      record.secrets = fresh;
    });
    await Promise.all([holder, session.sink.open('root', {})]);
    expect(refreshes(world)).toEqual([]);
    const { accessToken } = fresh.signIn as { accessToken: string };
    expect(world.google.requests[0]?.headers.authorization).toBe(`Bearer ${accessToken}`);
  });

  test.each(['keepOld', 'dropOld'] as const)('keeps a refresh token that was rotated (%s)', async (rotation) => {
    world.google.settings.rotateRefreshTokens = rotation;
    const first = await world.session({ secrets: signInRecord(world, 'drive.file', 60_000) });
    const before = stored(first)?.refreshToken;
    await first.sink.open('root', {});
    const after = stored(first)?.refreshToken;
    expect(after).not.toBe(before);
    expect(first.context.record.redacted).toContain(after);
    world.google.clock.advance(DAY);
    await (await world.next(first)).sink.open('root', {});
    expect(refreshes(world)).toHaveLength(2);
  });

  test.each([
    ['500', { status: 500 }, 'E_UNAVAILABLE'],
    ['429', { status: 429, retryAfter: 7 }, 'E_RATE_LIMITED'],
    ['HTML with status 200', { html: true, status: 200 }, 'E_BAD_ANSWER'],
    ['cut JSON', { truncate: true }, 'E_BAD_ANSWER'],
    ['a lost answer', { reset: 'after' }, 'E_NETWORK'],
  ] as const)('can be renewed later when the endpoint answers %s', async (_what, fault, code) => {
    const session = await world.session({ secrets: signInRecord(world, 'drive.file', 60_000) });
    world.google.faults.inject({ path: /^\/token/u, ...fault });
    const error = await failure(session.sink.open('root', {}), code);
    expect(error.retryable).toBe(true);
    if ('retryAfter' in fault) expect(error.retryAfter).toBe(7000);
    await session.sink.open('root', {});
  });

  test('is not waited for after an abort', async () => {
    const session = await world.session({ secrets: signInRecord(world, 'drive.file', 60_000) });
    world.google.faults.inject({ path: /^\/token/u, stall: true });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    await failure(session.sink.open('root', { signal: controller.signal }), 'E_INTERRUPTED');
  });
});

describe('a sign-in that Google has ended', () => {
  async function ended(age: number, refreshedAfter?: number): Promise<{ session: Session; hint: string }> {
    const secrets = signInRecord(world, 'drive.file', 60_000);
    const signIn = secrets.signIn as Record<string, unknown>;
    const signedInAt = world.google.clock.now() - age;
    const refreshedAt = refreshedAfter === undefined ? {} : { refreshedAt: signedInAt + refreshedAfter };
    const session = await world.session({ secrets: { ...secrets, signIn: { ...signIn, signedInAt, ...refreshedAt } } });
    world.google.settings.refuseRefresh = { description: 'Token has been expired or revoked.' };
    const error = await failure(session.sink.open('root', {}), 'E_CREDENTIALS');
    expect(error.describe()).toMatch(
      /^\[google-drive\] Google no longer accepts the stored sign-in: Token has been expired or revoked \(invalid_grant\): /u,
    );
    expect(error).toMatchObject({ reach: 'run', retryable: false });
    const told = `${error.describe()} ${inspect(error, { depth: 9, showHidden: true })}`;
    for (const secret of session.context.record.redacted) expect(told).not.toContain(secret);
    return { session, hint: error.hint ?? '' };
  }

  test('after seven days points to the Testing status and its remedy', async () => {
    const { hint } = await ended(7 * DAY, 6 * DAY);
    expect(hint).toMatch(/7 days old.*"Testing".*Publish app.*console\.cloud\.google\.com\/auth\/audience/u);
  });

  test('found out later still points to it', async () => {
    expect((await ended(30 * DAY)).hint).toMatch(/30 days old.*"Testing"/u);
  });

  test('after it had outlived a week points to the other causes', async () => {
    expect((await ended(30 * DAY, 20 * DAY)).hint).toMatch(/revoked, not used for six months, or replaced/u);
  });

  test('within the week points to the other causes', async () => {
    expect((await ended(2 * DAY)).hint).toMatch(/revoked, not used for six months, or replaced/u);
  });

  test('is forgotten, and the client is not: the next login asks the person', async () => {
    const { session } = await ended(2 * DAY);
    expect(stored(session)).toBeUndefined();
    expect(await session.sink.signedIn!()).toBe(false);
    world.google.settings.refuseRefresh = undefined;
    const next = await world.next(session, { person: { consent: {} } });
    expect(await next.sink.login!({ fresh: false })).toBe(world.user.email);
  });

  test('is found out at login, told, and replaced by a new one', async () => {
    const session = await world.session({
      secrets: signInRecord(world, 'drive.file', 60_000),
      person: { consent: {} },
    });
    world.google.revokeGrant(world.user, world.google.clientOf(world.credentials).project);
    expect(await session.sink.login!({ fresh: false })).toBe(world.user.email);
    expect(session.context.record.warnings.join()).toMatch(/no longer accepts the stored sign-in/u);
    expect(session.context.record.opened).toHaveLength(1);
  });

  test('in the middle of a session does not end the session: the next command signs in', async () => {
    const session = await world.session({ secrets: signInRecord(world), person: { consent: {} } });
    const store = await session.sink.open('root', {});
    world.google.revokeGrant(world.user, world.google.clientOf(world.credentials).project);
    await failure(store.reserve!(1, {}), 'E_CREDENTIALS');
    await (await session.sink.open('root', {})).reserve!(1, {});
    expect(session.context.record.opened).toHaveLength(1);
  });
});

describe('what the credential store holds', () => {
  test.each([
    ['nothing', undefined],
    ['something of another kind', { identity: 'x', signIn: 4 }],
    ['an identity of no known kind', { identity: { kind: 'future' } }],
    ['half a sign-in', { identity: { kind: 'oauth-client', id: '1-a' }, signIn: { accessToken: 'x' } }],
  ])('may be %s: then nobody is signed in', async (_what, secrets) => {
    const session = await world.session({ secrets });
    expect(await session.sink.signedIn!()).toBe(false);
  });
});
