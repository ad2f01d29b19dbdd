import { describe, expect, test } from '@jest/globals';
import type { Sink } from '../../../src/plugin.js';
import { clientSecrets, failure, type Session, signInRecord, useGoogle } from './support.js';

const world = useGoogle();
const login = ({ sink }: { sink: Sink }) => sink.login!({ fresh: false });
const stored = ({ context }: Session) => (context.record.secrets ?? {}) as { signIn?: Record<string, unknown> };

/** What the program sent to Google's page. */
function asked(session: Session): URLSearchParams {
  return new URL(session.context.record.opened.at(-1) ?? '').searchParams;
}

describe('the scope', () => {
  test('is the wide one where it is asked for', async () => {
    const session = await world.session({ options: { scope: 'drive' }, person: { consent: {} } });
    await login(session);
    expect(asked(session).get('scope')).toBe('https://www.googleapis.com/auth/drive');
  });

  test('that is wider than the stored one takes a new consent', async () => {
    const session = await world.session({
      options: { scope: 'drive' },
      person: { consent: {} },
      secrets: signInRecord(world),
    });
    expect(await session.sink.signedIn!()).toBe(false);
    await session.sink.open('root', {});
    expect(session.context.record.opened).toHaveLength(1);
    expect(stored(session).signIn?.scopes).toEqual(['https://www.googleapis.com/auth/drive']);
  });

  test('is never widened for somebody who is not there', async () => {
    const session = await world.session({
      options: { scope: 'drive' },
      person: { browser: false },
      secrets: signInRecord(world),
    });
    await failure(session.sink.open('root', {}), 'E_CREDENTIALS');
    expect(stored(session).signIn?.scopes).toEqual(['https://www.googleapis.com/auth/drive.file']);
  });

  test('that is stored and wide enough is used', async () => {
    const session = await world.signedIn({ scope: 'drive', options: { scope: 'drive.file' } });
    await session.sink.open('root', {});
    expect(session.context.record.opened).toEqual([]);
  });
});

describe('other credentials', () => {
  test('of another Cloud project take a new sign-in, with a word of what that means', async () => {
    const first = await world.session({ person: { consent: {} } });
    await login(first);
    const other = world.google.addClient({ project: world.google.addProject() });
    const path = world.file('other.json', JSON.stringify(other));
    const second = await world.next(first, { arguments: [path], person: { consent: {} } });
    expect(await second.sink.signedIn!()).toBe(false);
    await login(second);
    expect(second.context.record.warnings.join()).toMatch(/another Cloud project.*saved again/u);
  });

  test('that cannot be used leave the stored sign-in alone', async () => {
    const first = await world.session({ person: { consent: {} } });
    await login(first);
    const second = await world.next(first, { arguments: [world.file('bad.json', '{}')] });
    await failure(login(second), 'E_CREDENTIALS');
    expect(second.context.record.secrets).toEqual(first.context.record.secrets);
  });

  test('of the same client with a new secret are remembered', async () => {
    const session = await world.signedIn();
    const { secret } = (session.context.record.secrets as { identity: { secret: string } }).identity;
    const stale = {
      ...session.context.record.secrets,
      identity: { kind: 'oauth-client', id: clientSecrets(world).client_id, secret: 'old-secret' },
    };
    const next = await world.session({ secrets: stale });
    await next.sink.open('root', {});
    expect(next.context.record.secrets).toMatchObject({ identity: { secret } });
    expect(next.context.record.opened).toEqual([]);
  });
});
