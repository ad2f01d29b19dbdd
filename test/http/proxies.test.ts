import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAgents } from '../../src/http/agents.js';
import { environmentProxy } from '../../src/http/environment-proxy.js';
import { createCertificates } from '../fakes/certificates.js';
import { type LoopbackProxy, startProxy } from '../fakes/proxy.js';
import { createWorkshop, exchange, failureOf, textOf, thrownBy } from './support.js';

const workshop = createWorkshop();

function clearEnvironment(): void {
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
    delete process.env[name];
    delete process.env[name.toLowerCase()];
  }
}

beforeEach(clearEnvironment);

afterEach(() => workshop.closeAll());

const arrived: http.RequestListener = (request, response) => void response.end(`${request.headers.host}${request.url}`);

async function proxyTo(...hosts: string[]): Promise<LoopbackProxy> {
  const proxy = await startProxy({ hosts: Object.fromEntries(hosts.map((host) => [host, arrived])) });
  workshop.later(() => proxy.close());
  return proxy;
}

/** What the program reads from its environment. */
const fromEnvironment = { environmentProxy: (url: string) => environmentProxy(url, process.env) };

const away = (url: string) => exchange(url, { trusted: [] });

/** A proxy that answers every CONNECT like this, and remembers the heads of what it was asked. */
async function refusingProxy(status: number) {
  const heads: http.IncomingHttpHeaders[] = [];
  const server = http.createServer();
  server.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
    heads.push(request.headers);
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  workshop.later(() => new Promise((resolve) => server.close(resolve)));
  return { heads, port: (server.address() as net.AddressInfo).port };
}

describe('the proxy of the environment', () => {
  test('takes every name, which it looks up for us', async () => {
    const proxy = await proxyTo('api.example.com', 'cdn.example.net');
    process.env.HTTPS_PROXY = proxy.url;
    const client = workshop.client({ ...fromEnvironment, cacert: proxy.caFile });
    expect(await textOf(await client.open(away('https://api.example.com/a?b=c')))).toBe('api.example.com/a?b=c');
    expect(await textOf(await client.open(away('https://cdn.example.net/')))).toBe('cdn.example.net/');
    expect(proxy.connects).toEqual(['api.example.com:443', 'cdn.example.net:443']);
    expect(proxy.refused).toEqual([]);
  });

  test('may stand there without a scheme', async () => {
    const proxy = await proxyTo('api.example.com');
    process.env.HTTPS_PROXY = `127.0.0.1:${proxy.port}`;
    const client = workshop.client({ ...fromEnvironment, cacert: proxy.caFile });
    expect(await textOf(await client.open(away('https://api.example.com/')))).toBe('api.example.com/');
  });

  test('takes plain http for the configured place', async () => {
    const proxy = await proxyTo('service.example.com');
    process.env.HTTP_PROXY = proxy.url;
    const client = workshop.client(fromEnvironment);
    const home = exchange('http://service.example.com/a', { trusted: [{ host: 'service.example.com', plain: true }] });
    expect(await textOf(await client.open(home))).toBe('service.example.com/a');
  });

  test.each(['127.0.0.1', '*', 'x.example.com, 127.0.0.1 ,y'])(
    'leaves out what NO_PROXY=%s names',
    async (exception) => {
      const proxy = await proxyTo('api.example.com');
      Object.assign(process.env, { HTTP_PROXY: proxy.url, NO_PROXY: exception });
      const server = await workshop.serve(arrived);
      await textOf(await workshop.client(fromEnvironment).open(exchange(`${server.origin}/straight`)));
      expect(server.requests).toHaveLength(1);
      expect([...proxy.connects, ...proxy.refused]).toEqual([]);
    },
  );

  test('is told by name, by suffix and by port, and is not needed at all', () => {
    process.env.ALL_PROXY = 'http://all:1';
    process.env.HTTPS_PROXY = 'http://secure:1';
    process.env.NO_PROXY = 'exact.example,.suffix.example,port.example:8443';
    const proxyOf = (url: string) => environmentProxy(url, process.env);
    expect(proxyOf('https://a.example/')).toBe('http://secure:1');
    expect(proxyOf('http://a.example/')).toBe('http://all:1');
    expect(proxyOf('https://exact.example/')).toBe('');
    expect(proxyOf('https://a.suffix.example/')).toBe('');
    expect(proxyOf('https://port.example:8443/')).toBe('');
    expect(proxyOf('https://port.example/')).toBe('http://secure:1');
    clearEnvironment();
    expect(proxyOf('https://a.example/')).toBe('');
  });

  test('keeps the scheme that it is written with', () => {
    process.env.HTTPS_PROXY = 'https://proxy:3128';
    expect(environmentProxy('https://a.example/', process.env)).toBe('https://proxy:3128');
    process.env.HTTPS_PROXY = 'user:password@proxy:3128';
    expect(environmentProxy('https://a.example/', process.env)).toBe('http://user:password@proxy:3128');
  });
});

describe('--proxy', () => {
  test('goes before the environment, NO_PROXY too', async () => {
    const proxy = await proxyTo('api.example.com');
    Object.assign(process.env, { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '*' });
    const client = workshop.client({ ...fromEnvironment, proxy: proxy.url, cacert: proxy.caFile });
    expect(await textOf(await client.open(away('https://api.example.com/')))).toBe('api.example.com/');
  });

  test('may be given without a scheme', async () => {
    const proxy = await proxyTo('api.example.com');
    const client = workshop.client({ proxy: `127.0.0.1:${proxy.port}`, cacert: proxy.caFile });
    expect(await textOf(await client.open(away('https://api.example.com/')))).toBe('api.example.com/');
  });

  test.each([
    'socks5://127.0.0.1:1080',
    'file:///tmp/proxy',
    'http://',
    'http://[',
    'http://user:100%@127.0.0.1:3128',
    '',
  ])('%s is a usage error', (proxy) => {
    expect(thrownBy(() => createAgents({ environmentProxy: () => '', proxy })).code).toBe('E_USAGE');
  });

  test('of a kind that is not spoken, in the environment, is a usage error of the first request', async () => {
    const client = workshop.client({ environmentProxy: () => 'socks5://user:hunter2hunter2@127.0.0.1:1080' });
    const failure = await failureOf(client.open(away('https://api.example.com/')));
    expect(failure.code).toBe('E_USAGE');
    expect(failure.describe()).not.toContain('hunter2');
  });
});

describe('through a proxy', () => {
  test('one tunnel serves several requests to one host', async () => {
    const proxy = await proxyTo('api.example.com');
    const client = workshop.client({ proxy: proxy.url, cacert: proxy.caFile });
    for (let round = 0; round < 3; round += 1) await textOf(await client.open(away('https://api.example.com/')));
    expect(proxy.requests).toHaveLength(3);
    expect(proxy.connects).toHaveLength(1);
  });

  test.each(['https://127.0.0.1/', 'https://[::1]/', 'https://10.0.0.1/', 'https://localhost/'])(
    'a link to %s is not followed either',
    async (link) => {
      const proxy = await proxyTo('api.example.com');
      const client = workshop.client({ proxy: proxy.url, cacert: proxy.caFile });
      expect((await failureOf(client.open(away(link)))).code).toBe('E_UNSAFE_ADDRESS');
      expect([...proxy.connects, ...proxy.refused]).toEqual([]);
    },
  );

  test('that refuses, the failure names the proxy and the host', async () => {
    const proxy = await proxyTo('api.example.com');
    const client = workshop.client({ proxy: proxy.url });
    const failure = await failureOf(client.open(away('https://other.example.com/')));
    expect(failure).toMatchObject({ code: 'E_NETWORK', retryable: false });
    expect(failure.describe()).toBe(
      `reading it: the proxy 127.0.0.1:${proxy.port} refused the way to other.example.com (403): check --proxy, HTTPS_PROXY and NO_PROXY`,
    );
  });

  test.each([
    [407, false],
    [403, false],
    [502, true],
    [503, true],
  ])('that answers %d, a second try is worth it: %s', async (status, retryable) => {
    const { port } = await refusingProxy(status);
    const client = workshop.client({ proxy: `http://127.0.0.1:${port}` });
    expect(await failureOf(client.open(away('https://api.example.com/')))).toMatchObject({
      code: 'E_NETWORK',
      retryable,
    });
  });

  test('its user and password are sent to it, and told to nobody else', async () => {
    const { heads, port } = await refusingProxy(407);
    const lines: string[] = [];
    const proxy = `http://user:hunter2%3Ahunter2@127.0.0.1:${port}`;
    const client = workshop.client({ proxy, trace: (line) => lines.push(line) });
    const failure = await failureOf(client.open(away('https://api.example.com/')));
    const sent = Buffer.from('user:hunter2:hunter2').toString('base64');
    expect(heads[0]?.['proxy-authorization']).toBe(`Basic ${sent}`);
    const told = [failure.describe(), ...lines].join('\n');
    expect(told).toContain(`127.0.0.1:${port}`);
    for (const secret of ['hunter2', sent, 'user:']) expect(told).not.toContain(secret);
  });

  test('the service behind it sees none of its credentials', async () => {
    const proxy = await proxyTo('api.example.com', 'service.example.com');
    const url = `http://user:hunter2@127.0.0.1:${proxy.port}`;
    const client = workshop.client({ proxy: url, cacert: proxy.caFile });
    await textOf(await client.open(away('https://api.example.com/')));
    const home = exchange('http://service.example.com/', { trusted: [{ host: 'service.example.com', plain: true }] });
    await textOf(await client.open(home));
    for (const { headers } of proxy.requests) expect(headers).not.toHaveProperty('proxy-authorization');
  });

  test('that is not there, the failure says which one', async () => {
    const { port } = await refusingProxy(200);
    await workshop.closeAll();
    const client = workshop.client({ proxy: `http://127.0.0.1:${port}` });
    const failure = await failureOf(client.open(away('https://api.example.com/')));
    expect(failure).toMatchObject({ code: 'E_NETWORK', retryable: true });
    expect(failure.message).toBe(
      `reading it: api.example.com (through the proxy 127.0.0.1:${port}): it refused the connection`,
    );
  });

  test('that hangs up, the failure is a failure of the network', async () => {
    const server = await workshop.serveBytes((socket) => socket.destroy());
    const client = workshop.client({ proxy: server.origin });
    expect(await failureOf(client.open(away('https://api.example.com/')))).toMatchObject({
      code: 'E_NETWORK',
      retryable: true,
    });
  });

  test('that itself speaks https, its certificate is believed for --cacert', async () => {
    const certificates = await createCertificates();
    workshop.later(() => certificates.close());
    const inner = await startProxy({ hosts: { 'api.example.com': arrived }, certificates });
    workshop.later(() => inner.close());
    const outer = https.createServer(await certificates.issue(['localhost']));
    outer.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
      const onward = net.connect(inner.port, '127.0.0.1', () => {
        onward.write(`CONNECT ${request.url} HTTP/1.1\r\nHost: ${request.url}\r\n\r\n`);
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [socket, onward]) end.on('error', () => end.destroy());
    });
    await new Promise<void>((resolve) => outer.listen(0, '127.0.0.1', resolve));
    workshop.later(() => new Promise((resolve) => outer.close(resolve)));
    const proxy = `https://localhost:${(outer.address() as net.AddressInfo).port}`;
    const trusting = workshop.client({ proxy, cacert: certificates.caFile() });
    expect(await textOf(await trusting.open(away('https://api.example.com/')))).toBe('api.example.com/');
    const failure = await failureOf(workshop.client({ proxy }).open(away('https://api.example.com/')));
    expect(failure.message).toContain('certificate');
  });
});

describe('a certificate authority', () => {
  const files: string[] = [];

  afterEach(() => {
    for (const folder of files.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  function file(text: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'albaretto-test-'));
    files.push(folder);
    writeFileSync(join(folder, 'ca.pem'), text);
    return join(folder, 'ca.pem');
  }

  test('that is not known is not believed, and the failure names the remedy', async () => {
    const proxy = await proxyTo('api.example.com');
    const failure = await failureOf(workshop.client({ proxy: proxy.url }).open(away('https://api.example.com/')));
    expect(failure).toMatchObject({ code: 'E_NETWORK', retryable: false });
    expect(failure.describe()).toMatch(
      /certificate of api\.example\.com .*not trusted.*--cacert or NODE_EXTRA_CA_CERTS/u,
    );
  });

  test('of --cacert and those of NODE_EXTRA_CA_CERTS are believed together', async () => {
    const one = await proxyTo('one.example.com');
    const two = await proxyTo('two.example.com');
    const three = await proxyTo('three.example.com');
    const choose = (url: string) =>
      [one, two, three].find((_, index) => url.includes(['one', 'two', 'three'][index]!))!.url;
    const client = workshop.client({ environmentProxy: choose, cacert: one.caFile, extraCertificates: two.caFile });
    expect(await textOf(await client.open(away('https://one.example.com/')))).toBe('one.example.com/');
    expect(await textOf(await client.open(away('https://two.example.com/')))).toBe('two.example.com/');
    expect((await failureOf(client.open(away('https://three.example.com/')))).code).toBe('E_NETWORK');
  });

  test('vouches for the names of its certificate only', async () => {
    const certificates = await createCertificates();
    workshop.later(() => certificates.close());
    const server = https.createServer(await certificates.issue(['right.example.com']), arrived);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
    workshop.later(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    const url = `https://127.0.0.2:${(server.address() as net.AddressInfo).port}/`;
    const client = workshop.client({ cacert: certificates.caFile() });
    const failure = await failureOf(client.open(exchange(url, { trusted: [{ host: '127.0.0.2', plain: false }] })));
    expect(failure).toMatchObject({ code: 'E_NETWORK', retryable: false });
    expect(failure.message).toContain('ALTNAME');
  });

  test('adds to Node’s own list and does not replace it', () => {
    const cacert = file('-----BEGIN CERTIFICATE-----\nmine\n-----END CERTIFICATE-----\n');
    const { authorities } = createAgents({ environmentProxy: () => '', cacert });
    expect(authorities!.length).toBeGreaterThan(50);
    expect(authorities!.at(-1)).toContain('mine');
    expect(createAgents({ environmentProxy: () => '', extraCertificates: cacert }).authorities).toBeUndefined();
  });

  test('in a file that is not there or holds none is a usage error', () => {
    for (const cacert of ['/nowhere/ca.pem', tmpdir(), file('hello')]) {
      const failure = thrownBy(() => createAgents({ environmentProxy: () => '', cacert }));
      expect(failure).toMatchObject({ code: 'E_USAGE', message: expect.stringContaining('--cacert') });
    }
    const cacert = file('-----BEGIN CERTIFICATE-----');
    expect(() => createAgents({ environmentProxy: () => '', cacert, extraCertificates: '/nowhere' })).toThrow(
      'NODE_EXTRA_CA_CERTS',
    );
  });
});
