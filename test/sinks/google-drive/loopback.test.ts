import { createServer, get, request as send } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Loopback, listenForRedirect } from '../../../sinks/google-drive/loopback.js';

const STATE = 'the-state-of-this-sign-in';
let loopback: Loopback;

afterEach(() => loopback.close());

interface Shown {
  readonly status: number | undefined;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

function visit(path: string, method = 'GET'): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const url = new URL(path, loopback.redirectUri);
    const request = send(url, { method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, body, headers: response.headers }));
    });
    request.on('error', reject).end();
  });
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const nothing = Symbol('nothing');
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, nothing))])) === nothing;
}

describe('the server that a sign-in ends at', () => {
  test('listens on 127.0.0.1 alone, at a port of its own', async () => {
    loopback = await listenForRedirect({ state: STATE, port: 0 });
    expect(loopback.redirectUri).toBe(`http://127.0.0.1:${loopback.port}/`);
    const other = await listenForRedirect({ state: STATE, port: 0 });
    expect(other.port).not.toBe(loopback.port);
    await other.close();
    const elsewhere = connect({ host: '127.0.0.2', port: loopback.port });
    await new Promise<void>((resolve, reject) => {
      elsewhere.on('error', () => resolve());
      elsewhere.on('connect', () => reject(new Error('it listens on every address')));
    });
  });

  test('answers the redirect with a small page that holds no script and loads nothing', async () => {
    loopback = await listenForRedirect({ state: STATE, port: 0 });
    const shown = await visit(`/?state=${STATE}&code=4/0Aabc&scope=x&authuser=0&prompt=consent`);
    expect(shown.status).toBe(200);
    expect(shown.body).toMatch(/goes on in the terminal/u);
    expect(shown.body).not.toMatch(/<script|src=|href=|4\/0Aabc/iu);
    expect(shown.headers['content-security-policy']).toMatch(/default-src 'none'/u);
    expect(shown.headers['cache-control']).toBe('no-store');
    expect(shown.headers.connection).toBe('close');
    expect(await loopback.answer).toEqual({ kind: 'code', code: '4/0Aabc', picked: [] });
  });

  test('ignores the icon, other paths and other methods', async () => {
    loopback = await listenForRedirect({ state: STATE, port: 0 });
    expect((await visit('/favicon.ico')).status).toBe(404);
    expect((await visit(`/other?state=${STATE}&code=1`)).status).toBe(404);
    expect((await visit(`/?state=${STATE}&code=1`, 'POST')).status).toBe(405);
    expect((await visit('/')).status).toBe(400);
    expect((await visit(`/?state=${STATE}`)).status).toBe(400);
    expect(await isPending(loopback.answer)).toBe(true);
  });

  test.each(['//', '//?state=x', '//[', 'http://', '*', '/\\'])('ignores %s, which is no address', async (path) => {
    loopback = await listenForRedirect({ state: STATE, port: 0 });
    const shown = await new Promise((resolve, reject) => {
      const request = send({ host: '127.0.0.1', port: loopback.port, path, agent: false, timeout: 2000 }, (response) =>
        resolve(response.resume().statusCode),
      );
      request.on('timeout', () => request.destroy(new Error('no answer')));
      request.on('error', reject).end();
    });
    expect(shown).toBe(404);
    expect(await isPending(loopback.answer)).toBe(true);
  });

  test('refuses another state with 403 and goes on listening', async () => {
    loopback = await listenForRedirect({ state: STATE, port: 0 });
    for (const query of [`state=${STATE}x&code=stolen`, 'code=stolen', 'state=&code=stolen', 'error=access_denied']) {
      expect((await visit(`/?${query}`)).status).toBe(403);
    }
    expect(await isPending(loopback.answer)).toBe(true);
    await visit(`/?state=${STATE}&code=right`);
    expect(await loopback.answer).toMatchObject({ code: 'right' });
  });

  test('takes the first redirect alone', async () => {
    loopback = await listenForRedirect({ state: STATE, port: 0 });
    const [first, second] = await Promise.all([
      visit(`/?state=${STATE}&code=first`),
      visit(`/?state=${STATE}&code=second`).catch(() => ({ status: 410 })),
    ]);
    expect([first.status, second.status].sort()).toEqual([200, 410]);
    const answer = await loopback.answer;
    expect(answer.kind === 'code' && ['first', 'second'].includes(answer.code)).toBe(true);
  });

  test('tells a refusal by its name', async () => {
    loopback = await listenForRedirect({ state: STATE, port: 0 });
    expect((await visit(`/?state=${STATE}&error=access_denied`)).body).toMatch(/gave no access/u);
    expect(await loopback.answer).toEqual({ kind: 'refused', error: 'access_denied' });
  });

  test('reads picked ids and drops what is none', async () => {
    loopback = await listenForRedirect({ state: STATE, port: 0 });
    await visit(`/?state=${STATE}&code=1&picked_file_ids=1aaaaaaaaaaaa,%3Cb%3E,1bbbbbbbbbbbb`);
    expect(await loopback.answer).toMatchObject({ picked: ['1aaaaaaaaaaaa', '1bbbbbbbbbbbb'] });
  });

  test('obeys the path and host of a registered address', async () => {
    const probe = await listenForRedirect({ state: STATE, port: 0 });
    await probe.close();
    const redirect = `http://localhost:${probe.port}/oauth/callback?x=1`;
    loopback = await listenForRedirect({ state: STATE, port: probe.port, redirect });
    expect(loopback.redirectUri).toBe(redirect);
    expect((await visit(`http://127.0.0.1:${probe.port}/?state=${STATE}&code=1`)).status).toBe(404);
    expect((await visit(`http://127.0.0.1:${probe.port}/oauth/callback?x=1&state=${STATE}&code=1`)).status).toBe(200);
  });

  test('rejects with the reason when the port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    await expect(listenForRedirect({ state: STATE, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => taken.close(resolve));
    loopback = await listenForRedirect({ state: STATE, port: 0 });
  });

  test('ends with every connection, also one that is kept open and silent', async () => {
    loopback = await listenForRedirect({ state: STATE, port: 0 });
    const silent = connect({ host: '127.0.0.1', port: loopback.port });
    await new Promise((resolve) => silent.once('connect', resolve));
    const gone = new Promise((resolve) => silent.once('close', resolve));
    silent.on('error', () => undefined);
    await loopback.close();
    await gone;
    await expect(
      new Promise((_resolve, reject) => get(loopback.redirectUri).on('error', reject)),
    ).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});
