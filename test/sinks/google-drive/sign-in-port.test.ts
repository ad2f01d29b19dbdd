import { createServer } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import type { Sink } from '../../../src/plugin.js';
import { failure, type Session, useGoogle } from './support.js';

const world = useGoogle();
const login = ({ sink }: { sink: Sink }) => sink.login!({ fresh: false });

/** What the program sent to Google's page. */
function asked(session: Session): URLSearchParams {
  return new URL(session.context.record.opened.at(-1) ?? '').searchParams;
}

describe('the port that a sign-in ends at', () => {
  test('is the one that was asked for', async () => {
    const port = await freePort();
    const session = await world.session({ options: { port: String(port) }, person: { consent: {} } });
    await login(session);
    expect(asked(session).get('redirect_uri')).toBe(`http://127.0.0.1:${port}/`);
  });

  test('is another one, with a word, when that is taken', async () => {
    const taken = await occupy(0);
    const session = await world.session({ options: { port: String(taken.port) }, person: { consent: {} } });
    expect(await login(session)).toBe(world.user.email);
    expect(session.context.record.warnings.join()).toMatch(new RegExp(`port ${taken.port} cannot be had`, 'u'));
    await taken.close();
  });

  test('of a web client is the registered one, to the letter of its address', async () => {
    const port = await freePort();
    const redirect = `http://localhost:${port}/back`;
    world.file('credentials.json', JSON.stringify(world.google.addClient({ kind: 'web', redirectUris: [redirect] })));
    const session = await world.session({ person: { consent: {} } });
    expect(await login(session)).toBe(world.user.email);
    expect(asked(session).get('redirect_uri')).toBe(redirect);
  });

  test('of a web client cannot be another one', async () => {
    const [one, two] = [await freePort(), await freePort()];
    const redirectUris = [`http://localhost:${one}/`, `http://127.0.0.1:${two}/`];
    world.file('credentials.json', JSON.stringify(world.google.addClient({ kind: 'web', redirectUris })));
    const session = await world.session({ options: { port: '9' }, person: { consent: {} } });
    expect((await failure(login(session), 'E_USAGE')).message).toContain(`port ${one} or ${two}`);
  });

  test.each([
    ['was asked for', true],
    ['can be had', false],
  ])('of a web client with several addresses is the one that %s', async (_which, isAsked) => {
    const taken = await occupy(0);
    const port = await freePort();
    const redirectUris = [`http://127.0.0.1:${taken.port}/`, 'https://example.org/back', `http://127.0.0.1:${port}/b`];
    world.file('credentials.json', JSON.stringify(world.google.addClient({ kind: 'web', redirectUris })));
    if (isAsked) await taken.close();
    const options = isAsked ? { options: { port: String(port) } } : {};
    const session = await world.session({ ...options, person: { consent: {} } });
    expect(await login(session)).toBe(world.user.email);
    expect(asked(session).get('redirect_uri')).toBe(redirectUris[2]);
    const next = await world.next(session, { ...options, person: { consent: {} } });
    await next.sink.login!({ fresh: true });
    expect(asked(next).get('redirect_uri')).toBe(redirectUris[2]);
    if (!isAsked) await taken.close();
  });

  test('of a web client cannot be had when something else has it', async () => {
    const taken = await occupy(0);
    const redirectUris = [`http://127.0.0.1:${taken.port}/`];
    world.file('credentials.json', JSON.stringify(world.google.addClient({ kind: 'web', redirectUris })));
    const error = await failure(login(await world.session({ person: { consent: {} } })), 'E_CREDENTIALS');
    expect(error.describe()).toMatch(/cannot be had \(EADDRINUSE\).*free the port/u);
    await taken.close();
  });
});

async function occupy(port: number): Promise<{ readonly port: number; close(): Promise<unknown> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: given } = server.address() as { port: number };
  return { port: given, close: () => new Promise((resolve) => server.close(resolve)) };
}

async function freePort(): Promise<number> {
  const taken = await occupy(0);
  await taken.close();
  return taken.port;
}
