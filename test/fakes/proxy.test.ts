import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import type * as http from 'node:http';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import got from 'got';
import { HttpsProxyAgent } from 'hpagent';
import { type Certificates, createCertificates } from './certificates.js';
import { type LoopbackProxy, startProxy } from './proxy.js';

let certificates: Certificates;
let proxy: LoopbackProxy;

const answerWith =
  (name: string): http.RequestListener =>
  (request, response) =>
    void response.end(`${name} ${request.method} ${request.headers.host}${request.url}`);

beforeEach(async () => {
  certificates = await createCertificates();
  proxy = await startProxy({
    hosts: { 'api.example.com': answerWith('api'), '*.blob.example.net': answerWith('blob') },
    certificates,
  });
});

afterEach(async () => {
  await proxy.close();
  certificates.close();
});

function through(url: string, agent = new HttpsProxyAgent({ proxy: proxy.url })): Promise<string> {
  return got(url, { agent: { https: agent }, retry: { limit: 0 }, https: { certificateAuthority: certificates.ca } })
    .text()
    .finally(() => agent.destroy());
}

/** Sends raw bytes and answers everything until the proxy ends the connection. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(proxy.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('a tunnel', () => {
  test('reaches the listener of an exact host over TLS that the authority vouches for', async () => {
    expect(await through('https://api.example.com/v1/x?a=1')).toBe('api GET api.example.com/v1/x?a=1');
    expect(proxy.connects).toEqual(['api.example.com:443']);
    expect(proxy.requests).toMatchObject([
      { host: 'api.example.com', method: 'GET', path: '/v1/x?a=1', secure: true, headers: { host: 'api.example.com' } },
    ]);
  });

  test('reaches the listener of a suffix for names of one and of several labels', async () => {
    expect(await through('https://one.blob.example.net/')).toBe('blob GET one.blob.example.net/');
    expect(await through('https://two.one.blob.example.net/')).toBe('blob GET two.one.blob.example.net/');
    await expect(through('https://blob.example.net/')).rejects.toThrow();
    expect(proxy.refused).toEqual(['blob.example.net:443']);
  });

  test('is refused and recorded for any other host and for another port of a known host', async () => {
    const answer = await raw('CONNECT www.example.org:443 HTTP/1.1\r\nHost: www.example.org:443\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw('CONNECT api.example.com:22 HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
    expect(proxy.refused).toEqual(['www.example.org:443', 'api.example.com:22']);
    expect(proxy.connects).toEqual([]);
  });

  test('carries plain HTTP on port 80, several requests on one connection', async () => {
    const request = 'GET /a HTTP/1.1\r\nHost: api.example.com\r\n\r\n';
    const last = 'GET /b HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n';
    const answer = await raw(`CONNECT api.example.com:80 HTTP/1.1\r\nHost: x\r\n\r\n${request}${last}`);
    expect(answer).toContain('api GET api.example.com/a');
    expect(answer).toContain('api GET api.example.com/b');
    expect(proxy.requests.map(({ path, secure }) => [path, secure])).toEqual([
      ['/a', false],
      ['/b', false],
    ]);
  });

  test('refuses a request for another host than the tunnel was opened for', async () => {
    const request = 'GET / HTTP/1.1\r\nHost: one.blob.example.net\r\nConnection: close\r\n\r\n';
    const answer = await raw(`CONNECT api.example.com:80 HTTP/1.1\r\nHost: x\r\n\r\n${request}`);
    expect(answer).toContain('HTTP/1.1 421 ');
    expect(proxy.requests).toEqual([]);
  });
});

test('a plain request in absolute form reaches the listener, one for an unknown host is refused', async () => {
  const known = await raw(
    'GET http://api.example.com/p?q=1 HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n',
  );
  expect(known).toContain('api GET api.example.com/p?q=1');
  const unknown = await raw('GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n');
  expect(unknown).toMatch(/^HTTP\/1\.1 403 /);
  expect(proxy.refused).toEqual(['example.org:80']);
});

test('a client that does not know the authority does not trust the proxy', async () => {
  const agent = new HttpsProxyAgent({ proxy: proxy.url });
  const untrusting = got('https://api.example.com/', { agent: { https: agent }, retry: { limit: 0 } }).text();
  await expect(untrusting).rejects.toMatchObject({ code: expect.stringMatching(/VERIFY|SELF_SIGNED|ISSUER/) });
  agent.destroy();
});

test('another process that is given the file trusts the proxy', async () => {
  const script = `
    const net = require('node:net'), tls = require('node:tls');
    const socket = net.connect(${proxy.port}, '127.0.0.1', () => socket.write('CONNECT api.example.com:443 HTTP/1.1\\r\\n\\r\\n'));
    socket.once('data', () => {
      const secure = tls.connect({ socket, servername: 'api.example.com' }, () =>
        secure.write('GET /child HTTP/1.1\\r\\nHost: api.example.com\\r\\nConnection: close\\r\\n\\r\\n'));
      secure.pipe(process.stdout);
    });`;
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: proxy.caFile, NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { env });
  expect(stdout).toContain('api GET api.example.com/child');
});

test('closing ends idle connections, tunnels too, and removes the files of its own authority', async () => {
  const own = await startProxy({ hosts: { 'api.example.com': answerWith('api') } });
  expect(existsSync(own.caFile)).toBe(true);
  const socket = net.connect(own.port, '127.0.0.1');
  socket.write('CONNECT api.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  const secure = tls.connect({ socket, servername: 'api.example.com', rejectUnauthorized: false });
  await new Promise((resolve) => secure.once('secureConnect', resolve));
  secure.on('error', () => undefined);
  const ended = new Promise((resolve) => secure.once('close', resolve));
  await own.close();
  await ended;
  expect(existsSync(own.caFile)).toBe(false);
  await own.close();
});

test('a leaf serves its names, localhost and 127.0.0.1', async () => {
  const leaf = await certificates.issue(['a.example', '*.b.example']);
  expect(await certificates.issue(['*.b.example', 'a.example'])).toBe(leaf);
  const server = tls.createServer(leaf, (socket) => socket.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  for (const servername of ['a.example', 'x.b.example', 'localhost', '127.0.0.1']) {
    const identity = (_: string, certificate: tls.PeerCertificate) => tls.checkServerIdentity(servername, certificate);
    const socket = tls.connect({ port, host: '127.0.0.1', ca: certificates.ca, checkServerIdentity: identity });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    socket.destroy();
  }
  await new Promise((resolve) => server.close(resolve));
});
