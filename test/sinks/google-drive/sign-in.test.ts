import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { Sink } from '../../../src/plugin.js';
import { clientSecrets, failure, type Session, useGoogle } from './support.js';

const world = useGoogle();
const login = ({ sink }: { sink: Sink }, fresh = false) => sink.login!({ fresh });
const stored = ({ context }: Session) => (context.record.secrets ?? {}) as { signIn?: Record<string, unknown> };

/** What the program sent to Google's page. */
function asked(session: Session): URLSearchParams {
  return new URL(session.context.record.opened.at(-1) ?? '').searchParams;
}

describe('signing in with the browser', () => {
  test('asks for the narrow scope with PKCE, a state and a loopback address', async () => {
    const session = await world.session({ person: { consent: {} } });
    expect(await login(session)).toBe(world.user.email);
    const query = Object.fromEntries(asked(session));
    expect(query).toMatchObject({
      client_id: clientSecrets(world).client_id,
      response_type: 'code',
      scope: 'https://www.googleapis.com/auth/drive.file',
      access_type: 'offline',
      prompt: 'consent',
      include_granted_scopes: 'false',
      code_challenge_method: 'S256',
    });
    expect(query.redirect_uri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/u);
    expect(query.code_challenge).toMatch(/^[\w-]{43}$/u);
    expect(query.state).toMatch(/^[\w-]{43}$/u);
    expect(query.trigger_onepick).toBeUndefined();
    expect((await session.shown[0])?.status).toBe(200);
  });

  test('keeps what came of it, and registers every secret', async () => {
    const session = await world.session({ person: { consent: {} } });
    await login(session);
    const { signIn } = stored(session);
    expect(signIn).toMatchObject({
      scopes: ['https://www.googleapis.com/auth/drive.file'],
      account: world.user.email,
      folders: [],
      signedInAt: expect.any(Number),
    });
    const { redacted } = session.context.record;
    expect(redacted).toEqual(
      expect.arrayContaining([signIn?.accessToken, signIn?.refreshToken, clientSecrets(world).client_secret]),
    );
    expect(redacted.some((secret) => secret.startsWith('4/0A'))).toBe(true);
  });

  test('takes a new state and a new challenge each time', async () => {
    const session = await world.session({ person: { consent: {} } });
    await login(session, true);
    const first = asked(session);
    await login(session, true);
    const second = asked(session);
    for (const name of ['state', 'code_challenge']) expect(second.get(name)).not.toBe(first.get(name));
  });

  test('is not needed again in a later run, nor is the file', async () => {
    const first = await world.session({ person: { consent: {} } });
    await login(first);
    const before = world.google.requests.length;
    const second = await world.next(first);
    expect(await second.sink.signedIn!()).toBe(true);
    expect(await login(second)).toBe(world.user.email);
    expect(second.context.record.opened).toEqual([]);
    expect(world.google.requests.length).toBe(before);
  });

  test('begins by itself when a destination is opened, once for all that wait', async () => {
    const session = await world.session({ person: { consent: {} } });
    expect(await session.sink.signedIn!()).toBe(false);
    await Promise.all([session.sink.open('root', {}), session.sink.open('root', {})]);
    expect(session.context.record.opened).toHaveLength(1);
    expect(await session.sink.signedIn!()).toBe(true);
  });

  test('offers the account of the last time first', async () => {
    const session = await world.session({ person: { consent: {} } });
    await login(session);
    await login(session, true);
    expect(asked(session).get('login_hint')).toBe(world.user.email);
  });

  test('says when it is another account than before', async () => {
    const other = world.google.addUser({ email: 'second@example.com' });
    const first = await world.session({ person: { consent: {} } });
    await login(first);
    const second = await world.next(first, { person: { consent: { user: other } } });
    expect(await login(second, true)).toBe('second@example.com');
    expect(second.context.record.warnings.join()).toMatch(/now signed in as second@example\.com, no longer as user1@/u);
  });

  test('goes on when the redirect comes before the browser is known to run', async () => {
    const session = await world.session({ person: { consent: {}, slow: true } });
    expect(await login(session)).toBe(world.user.email);
  });

  test('names no account where Google does not tell it', async () => {
    world.google.faults.inject({ path: /about/u, status: 500, count: Number.POSITIVE_INFINITY });
    expect(await login(await world.session({ person: { consent: {} } }))).toBeUndefined();
  });
});

describe('a sign-in that fails', () => {
  test('because the person said no', async () => {
    const session = await world.session({ person: { consent: { deny: true } } });
    const error = await failure(login(session), 'E_CREDENTIALS');
    expect(error.describe()).toBe(
      '[google-drive] Google did not sign you in (access_denied): sign in again and allow it',
    );
    expect(stored(session)).toEqual({});
  });

  test('because the redirect has another state: it is refused, and waited on until the limit', async () => {
    const session = await world.session({ person: { consent: { wrongState: true }, impatient: false } });
    const controller = new AbortController();
    const work = session.sink.login!({ fresh: false, signal: controller.signal });
    work.catch(() => undefined);
    while (session.shown.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await session.shown[0])?.status).toBe(403);
    controller.abort();
    await failure(work, 'E_INTERRUPTED');
    expect(world.google.requestsTo('POST', /token/u)).toEqual([]);
  });

  test('because nobody came: the limit says what the page may have shown', async () => {
    const session = await world.session({ person: { consent: { never: true }, impatient: true } });
    const error = await failure(login(session), 'E_CREDENTIALS');
    expect(error.describe()).toMatch(/nobody signed in to Google within 10 minutes.*redirect_uri_mismatch/u);
  });

  test("because Google's own page showed an error", async () => {
    const session = await world.session({ person: { consent: { page: 'admin_policy_enforced' }, impatient: true } });
    expect((await failure(login(session), 'E_CREDENTIALS')).hint).toMatch(/admin_policy_enforced/u);
  });

  test('because the scope was not ticked', async () => {
    const session = await world.session({ person: { consent: { scopes: [] } } });
    const error = await failure(login(session), 'E_CREDENTIALS');
    expect(error.describe()).toMatch(/did not grant the scope drive\.file: .*box of Google Drive ticked/u);
    expect(stored(session)).toEqual({});
  });

  test('because no refresh token came', async () => {
    world.google.settings.withholdRefreshToken = true;
    const session = await world.session({ person: { consent: {} } });
    expect((await failure(login(session), 'E_CREDENTIALS')).describe()).toMatch(
      /no refresh token.*myaccount\.google\.com/u,
    );
  });

  test('because the secret is wrong', async () => {
    const installed = { ...clientSecrets(world), client_secret: 'GOCSPX-another-secret-of-somebody' };
    world.file('credentials.json', JSON.stringify({ installed }));
    const error = await failure(login(await world.session({ person: { consent: {} } })), 'E_CREDENTIALS');
    expect(error.describe()).toMatch(/invalid_client.*Desktop app/u);
    expect(error.describe()).not.toContain('GOCSPX');
  });

  test.each([
    ['500', { status: 500 }, 'E_UNAVAILABLE'],
    ['503 with Retry-After', { status: 503, retryAfter: 3 }, 'E_UNAVAILABLE'],
    ['a page of HTML', { html: true }, 'E_UNAVAILABLE'],
    ['HTML with status 200', { html: true, status: 200 }, 'E_BAD_ANSWER'],
    ['nothing', { empty: true }, 'E_BAD_ANSWER'],
    ['cut JSON', { truncate: true }, 'E_BAD_ANSWER'],
    ['a reset connection', { reset: 'before' }, 'E_NETWORK'],
  ] as const)('because the token endpoint answers %s, once', async (_what, fault, code) => {
    world.google.faults.inject({ path: /^\/token/u, count: Number.POSITIVE_INFINITY, ...fault });
    const session = await world.session({ person: { consent: {} } });
    const error = await failure(login(session), code);
    expect(world.google.requestsTo('POST', /^\/token/u)).toHaveLength(1);
    expect(stored(session)).toEqual({});
    const told = `${error.describe()} ${inspect(error, { depth: 9 })}`;
    for (const secret of session.context.record.redacted) expect(told).not.toContain(secret);
  });

  test('because it was interrupted', async () => {
    const session = await world.session({ person: { consent: { never: true } } });
    const controller = new AbortController();
    const work = session.sink.login!({ fresh: false, signal: controller.signal });
    work.catch(() => undefined);
    while (session.context.record.opened.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await failure(work, 'E_INTERRUPTED');
  });

  test('can be tried again at once', async () => {
    const denied = await world.session({ person: { consent: { deny: true } } });
    await failure(login(denied), 'E_CREDENTIALS');
    expect(await login(await world.next(denied, { arguments: ['credentials.json'], person: { consent: {} } }))).toBe(
      world.user.email,
    );
  });
});
