import * as zlib from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createFetch } from '../../src/http/fetch.js';
import { createWorkshop, failureOf, until } from './support.js';

const workshop = createWorkshop();

afterEach(() => workshop.closeAll());

function ownFetch(maxBytes = 1_000_000): typeof globalThis.fetch {
  const trusted = [{ host: '127.0.0.1', plain: true }];
  return createFetch(workshop.client(), { maxBytes, trusted, plugin: 'google-drive' });
}

describe('fetch over the program’s own client', () => {
  test('answers status, headers, address and body', async () => {
    const server = await workshop.serve((_request, response) =>
      response.writeHead(201, { 'content-type': 'application/json', 'x-a': 'b' }).end('{"id":"1"}'),
    );
    const response = await ownFetch()(`${server.origin}/files?x=%2B`);
    expect(response).toMatchObject({ status: 201, ok: true, url: `${server.origin}/files?x=%2B` });
    expect(response.headers.get('x-a')).toBe('b');
    expect(await response.json()).toEqual({ id: '1' });
    expect(server.requests[0]).toMatchObject({ method: 'GET', url: '/files?x=%2B' });
  });

  test('takes a text, a URL and a Request', async () => {
    const server = await workshop.serve((request, response) =>
      response.end(`${request.method} ${request.headers['x-a']}`),
    );
    const url = `${server.origin}/`;
    const init = { method: 'DELETE', headers: { 'x-a': 'b' } };
    for (const answer of [ownFetch()(url, init), ownFetch()(new URL(url), init), ownFetch()(new Request(url, init))]) {
      expect(await (await answer).text()).toBe('DELETE b');
    }
  });

  test.each([
    ['text', 'größe', Buffer.from('größe')],
    ['bytes', new Uint8Array([0, 255, 1]), Buffer.from([0, 255, 1])],
    ['a part of a buffer', new Uint8Array([9, 1, 2, 9]).subarray(1, 3), Buffer.from([1, 2])],
    ['a form', new URLSearchParams({ a: 'b c' }), Buffer.from('a=b+c')],
    ['a blob', new Blob(['blob']), Buffer.from('blob')],
    ['a stream', new Blob(['stream']).stream(), Buffer.from('stream')],
    ['nothing', undefined, Buffer.alloc(0)],
  ])('sends %s whole, with its length', async (_name, body, sent) => {
    const server = await workshop.serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.end(`${request.headers['content-length']} ${Buffer.concat(chunks).toString('hex')}`);
    });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const response = await ownFetch()(`${server.origin}/`, init);
    expect(await response.text()).toBe(`${sent.length} ${sent.toString('hex')}`);
  });

  test.each([204, 205, 304])('answers %d without a body', async (status) => {
    const server = await workshop.serve((_request, response) => response.writeHead(status, { 'x-a': 'b' }).end());
    const response = await ownFetch()(`${server.origin}/`);
    expect(response).toMatchObject({ status, body: null });
    expect(await response.text()).toBe('');
  });

  test('answers 308 with its Range, as a resumable upload needs it', async () => {
    const server = await workshop.serve((_request, response) => response.writeHead(308, { range: 'bytes=0-42' }).end());
    const response = await ownFetch()(`${server.origin}/`, { method: 'PUT', body: 'x' });
    expect(response).toMatchObject({ status: 308, ok: false });
    expect(response.headers.get('range')).toBe('bytes=0-42');
  });

  test.each([400, 401, 404, 429, 500, 503])('answers %d, once and with its body', async (status) => {
    const server = await workshop.serve((_request, response) => response.writeHead(status).end('{"error":{}}'));
    const response = await ownFetch()(`${server.origin}/`);
    expect(response).toMatchObject({ status, ok: false });
    expect(await response.json()).toEqual({ error: {} });
    expect(server.requests).toHaveLength(1);
  });

  test.each([301, 302, 303, 307, 308])(
    'answers the redirect %d and does not follow it: a bearer must not travel',
    async (status) => {
      const other = await workshop.serve((_request, response) => response.end());
      const server = await workshop.serve((_request, response) =>
        response.writeHead(status, { location: `${other.origin}/` }).end(),
      );
      const response = await ownFetch()(`${server.origin}/`, { headers: { authorization: 'Bearer 1234567890' } });
      expect(response.status).toBe(status);
      expect(response.headers.get('location')).toBe(`${other.origin}/`);
      expect(other.requests).toEqual([]);
    },
  );

  test('unpacks a body, and says no longer how it was packed', async () => {
    const bytes = zlib.gzipSync('text');
    const server = await workshop.serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length }).end(bytes),
    );
    const response = await ownFetch()(`${server.origin}/`);
    expect(response.headers.has('content-encoding')).toBe(false);
    expect(response.headers.has('content-length')).toBe(false);
    expect(await response.text()).toBe('text');
  });

  test('shows cookies and keeps none', async () => {
    const server = await workshop.serve((_request, response) =>
      response.writeHead(200, { 'set-cookie': ['a=1; Path=/', 'b=2'] }).end(),
    );
    const fetch = ownFetch();
    const response = await fetch(`${server.origin}/`);
    expect(response.headers.get('set-cookie')).toBe('a=1; Path=/, b=2');
    await fetch(`${server.origin}/`);
    expect(server.requests[1]?.headers.cookie).toBeUndefined();
  });

  test('ends a body at the cap', async () => {
    const server = await workshop.serve((_request, response) => response.end('x'.repeat(2000)));
    const failure = await failureOf(ownFetch(1000)(`${server.origin}/`));
    expect(failure).toMatchObject({ code: 'E_TOO_LARGE', plugin: 'google-drive' });
  });

  test('fails with the plugin’s name where no answer comes, and where it is cut', async () => {
    const server = await workshop.serveBytes((socket) => socket.once('data', () => socket.destroy()));
    expect(await failureOf(ownFetch()(`${server.origin}/`))).toMatchObject({
      code: 'E_NETWORK',
      plugin: 'google-drive',
    });
    const cutting = await workshop.serveBytes((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')),
    );
    expect(await failureOf(ownFetch()(`${cutting.origin}/`))).toMatchObject({
      code: 'E_TRUNCATED',
      plugin: 'google-drive',
    });
  });

  test('fails for a status that no Response can carry', async () => {
    const server = await workshop.serveBytes((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n')),
    );
    expect(await failureOf(ownFetch()(`${server.origin}/`))).toMatchObject({
      code: 'E_BAD_ANSWER',
      plugin: 'google-drive',
    });
  });

  test('obeys the address rules', async () => {
    expect(await failureOf(ownFetch()('https://10.0.0.1/'))).toMatchObject({ code: 'E_UNSAFE_ADDRESS' });
    expect(await failureOf(ownFetch()('http://www.example.com/'))).toMatchObject({ code: 'E_UNSAFE_ADDRESS' });
  });
});

describe('an abort', () => {
  test('before, during and after the head rejects with the caller’s own reason', async () => {
    const reason = new Error('enough');
    const controllers: AbortController[] = [];
    const server = await workshop.serve((request, response) => {
      if (request.url === '/head') return controllers.at(-1)?.abort(reason);
      response.write('half');
      setTimeout(() => controllers.at(-1)?.abort(reason), 20);
    });
    expect(await failureOf(ownFetch()(`${server.origin}/`, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    for (const path of ['/head', '/body']) {
      const controller = new AbortController();
      controllers.push(controller);
      expect(await failureOf(ownFetch()(`${server.origin}${path}`, { signal: controller.signal }))).toBe(reason);
    }
    await until(() => server.sockets.size === 0);
  });
});
